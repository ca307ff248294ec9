"""A rule of path validation as a pair of chains: one breaks it, its neighbour differs in that alone and does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mtlsaudit.model.chain import Engine, Purpose
from mtlsaudit.pki.path.defects import UNDECIDED
from tests.oracles.engines import Question
from tests.support.pki import START, Made, key, make

NOW = START + timedelta(days=30)
SIGNS = ("key_cert_sign", "crl_sign")


@dataclass(frozen=True)
class Pair:
    """`openssl`, `go` and `boringssl` are what the bad chain shows there and the good one does not.

    Codes with a blank between; one with `!` is refused by that verifier. Empty: it makes no difference there. None:
    the pair says nothing of that verifier. The good chain holds wherever the pair says something.
    """

    code: str
    title: str
    bad: Question
    good: Question
    openssl: str | None = ""
    go: str | None = ""
    boringssl: str | None = ""

    def shown(self, engine: Engine) -> frozenset[str] | None:
        """What is promised of one verifier."""
        text = {Engine.OPENSSL: self.openssl, Engine.GO: self.go, Engine.BORINGSSL: self.boringssl}[engine]
        return None if text is None else frozenset(text.split())

    def holds(self, engine: Engine) -> bool | None:
        """What is promised of the bad chain's verdict; only for a verifier that the pair speaks of."""
        shown = self.shown(engine) or frozenset()
        if "search-cut-off" in shown:
            return None
        if any(code.endswith("!") for code in shown):
            return False
        return None if shown & UNDECIDED else True


def everywhere(code: str, title: str, bad: Question, good: Question) -> Pair:
    """All three refuse it."""
    return Pair(code, title, bad, good, f"{code}!", f"{code}!", f"{code}!")


def subject_id(number: int, algorithm: str = "ecdsa") -> tuple[x509.ExtensionType, bool]:
    return x509.SubjectKeyIdentifier.from_public_key(key(algorithm, number).public_key()), False


def authority_id(by: Made) -> tuple[x509.ExtensionType, bool]:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), False


def authority(name: str, by: Made | None = None, *, number: int, **more: Any) -> Made:
    """A CA with both key identifiers, that may sign certificates and lists."""
    algorithm = more.get("algorithm", "ecdsa")
    identifiers = [subject_id(number, algorithm), *([authority_id(by)] if by else [])]
    given: dict[str, Any] = {"ca": True, "usages": SIGNS, **more}
    given["more"] = [*given.get("more", identifiers), *given.pop("beside", ())]
    return make(name, by=by, number=number, **given)


def client(by: Made, **more: Any) -> Made:
    """A client's certificate that names the key of its CA."""
    given: dict[str, Any] = {"usages": ("digital_signature",), "eku": ("client",), "number": 99, **more}
    given["more"] = [*given.get("more", [authority_id(by)]), *given.pop("beside", ())]
    return make("client", by=by, **given)


def asked(leaf: Made | bytes, *sent: Made | bytes, anchors: tuple[Made, ...] | None = None, **more: Any) -> Question:
    """A client with what it sends, at one who trusts ROOT alone unless told otherwise."""
    anchors = (ROOT,) if anchors is None else anchors
    return Question(_der(leaf), tuple(map(_der, sent)), tuple(map(_der, anchors)), NOW, Purpose.CLIENT, **more)


def _der(made: Made | bytes) -> bytes:
    return made if isinstance(made, bytes) else made.der


def lists(*crls: x509.CertificateRevocationList | bytes) -> dict[str, tuple[bytes, ...]]:
    """Revocation lists as `asked` takes them."""
    return {"crls": tuple(c if isinstance(c, bytes) else c.public_bytes(Encoding.DER) for c in crls)}


def at(question: Question, **later: float) -> Question:
    """The same at START and so much later."""
    return replace(question, at=START + timedelta(**later))


ROOT = authority("root", number=1, days=3650)
MIDDLE = authority("middle", ROOT, number=2, days=3650)
GOOD = asked(client(ROOT))
GOOD_BELOW = asked(client(MIDDLE), MIDDLE)
