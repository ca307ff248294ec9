"""Small random estates in which a CA changes, and what the real verifiers make of either side with the new CA."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mtlsaudit.model.chain import Purpose
from tests.graph.test_trust import deployment, webhook
from tests.oracles.engines import Question
from tests.support.objects import config, controller, ingress, ingress_class, secret, service
from tests.support.pki import Made, key, make
from tests.support.scanning import NOW

NEW_KEY = 100
"""Added to the number of a key: the one that the CA has after the change."""


@dataclass(frozen=True)
class Spec:
    """A certificate to be made. `by` is the position of its issuer, None for one that signs itself."""

    name: str
    number: int
    by: int | None
    identified: bool
    ca: bool = True
    days: int = 3650


@dataclass(frozen=True)
class Drawn:
    """`specs` in the order of their making; `held` and `sent` are positions in it, the leaf is the last.

    `target` is the CA that changes: all certificates with its key. Clients meet nginx, servers the API server (Go).
    """

    specs: tuple[Spec, ...]
    held: tuple[int, ...]
    sent: tuple[int, ...]
    target: int
    client: bool

    @property
    def changed(self) -> frozenset[int]:
        """The positions of all certificates of the CA."""
        return frozenset(i for i, s in enumerate(self.specs) if s.number == self.specs[self.target].number)

    def made(self, *, anew: bool = False) -> list[Made]:
        """The certificates; `anew` as they are once the CA has its new key, and what it signs was reissued."""
        out: list[Made] = []
        for position, spec in enumerate(self.specs):
            number = spec.number + NEW_KEY * (anew and position in self.changed)
            out.append(_make(spec, number, out[spec.by] if spec.by is not None else None, client=self.client))
        return out

    def questions(self, *, removed: bool) -> tuple[Question, tuple[Question, ...]]:
        """What is asked now, and after the change: once, or, for a new key, with it on one side and on the other."""
        old, new = self.made(), self.made(anew=True)
        sent = [old[i] for i in self.sent]
        now = self._ask(old[-1], sent, [old[i] for i in self.held])
        if removed:
            return now, (self._ask(old[-1], sent, [old[i] for i in self.held if i not in self.changed]),)
        at_verifier = self._ask(old[-1], sent, [new[i] if i in self.changed else old[i] for i in self.held])
        at_client = self._ask(new[-1], [new[i] for i in self.sent], [old[i] for i in self.held])
        return now, (at_verifier, at_client)

    def _ask(self, leaf: Made, sent: Sequence[Made], anchors: Sequence[Made]) -> Question:
        purpose = Purpose.CLIENT if self.client else Purpose.SERVER
        question = Question(leaf.der, tuple(m.der for m in sent), tuple(m.der for m in anchors), NOW, purpose)
        return replace(question, max_depth=1) if self.client else question

    def objects(self) -> list[dict[str, Any]]:
        """The estate, without cert-manager: what is sent and held stands in Secrets."""
        made = self.made()
        chain = made[-1].pem + "".join(made[i].pem for i in self.sent)
        bundle = "".join(made[i].pem for i in self.held)
        base = [
            ingress_class(),
            controller(),
            config(),
            service(),
            secret("target", {"tls.crt": made[self.target].pem}),
        ]
        if self.client:
            entry = ingress(annotations={"auth-tls-secret": "shop/held"})
            return [*base, secret("held", {"ca.crt": bundle}), secret("leaf", {"tls.crt": chain}), entry]
        return [*base, webhook(bundle), secret("leaf", {"tls.crt": chain}), deployment("shop", "leaf")]


def _make(spec: Spec, number: int, by: Made | None, *, client: bool) -> Made:
    more: list[tuple[x509.ExtensionType, bool]] = []
    if spec.identified and spec.ca:
        public = key("ed25519", number).public_key()
        more.append((x509.SubjectKeyIdentifier.from_public_key(public), False))
    if by is not None and spec.identified:
        held = _identifier(by.cert)
        if held is not None:
            more.append((x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(held), False))
    if spec.ca:
        usages = ["key_cert_sign", "crl_sign"]
        return make(
            spec.name, by=by, algorithm="ed25519", number=number, ca=True, usages=usages, days=spec.days, more=more
        )
    options: dict[str, Any] = {"eku": ["client"]} if client else {"eku": ["server"], "dns": ["shop.shop.svc"]}
    usages = ["digital_signature"]
    return make(
        spec.name, by=by, algorithm="ed25519", number=number, ca=False, usages=usages, days=400, more=more, **options
    )


def _identifier(certificate: x509.Certificate) -> x509.SubjectKeyIdentifier | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return None


def key_of(made: Made) -> bytes:
    return made.cert.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def draw(random: Random) -> Drawn:
    """Two roots, perhaps a CA below, cross-signed or renewed with the same key, and a leaf of one of them."""
    names = random.random() < 0.7
    specs = [Spec("root", 1, None, names), Spec("other", 2, None, random.random() < 0.7)]
    if random.random() < 0.5:
        specs.append(Spec("below", 3, random.choice((0, 1)), names))
    signers = list(range(len(specs)))
    for _ in range(random.choice((0, 1, 1, 2))):
        again = random.choice(signers)
        issuers = [None, *(i for i in signers if specs[i].number != specs[again].number and i < 2)]
        by = random.choice(issuers)
        specs.append(replace(specs[again], by=by, days=random.choice((3000, 4000))))
    signer = random.choice(signers)
    specs.append(Spec("leaf", 9, signer, random.random() < 0.8, ca=False))
    cas = list(range(len(specs) - 1))
    held = tuple(sorted(random.sample(cas, random.randint(1, min(3, len(cas))))))
    sent = [i for i in cas if random.random() < 0.4]
    random.shuffle(sent)
    target = signer if random.random() < 0.6 else random.choice(cas)
    return Drawn(tuple(specs), held, tuple(sent), target, random.random() < 0.6)
