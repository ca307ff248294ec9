"""From a leaf to an anchor: which paths the verifier would come to.

Go tries every candidate until one path holds (crypto/x509, buildChains). OpenSSL and BoringSSL take one issuer at a
time and never go back: a trusted one first, else the first that fits among those sent along. So several trusted
certificates that fit equally leave open which is taken; then all paths come back, as `any_of`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Engine
from mtlsaudit.model.values import dataclass
from mtlsaudit.pki.names import canonical
from mtlsaudit.pki.path.signatures import link_signature
from mtlsaudit.pki.path.store import Store, self_issued
from mtlsaudit.pki.signature import Signature

if TYPE_CHECKING:
    from mtlsaudit.pki.path.verifier import Verifier

GO_LIMIT = 100
"""Candidates that Go looks at for one leaf (crypto/x509, maxChainSignatureChecks, Go 1.26)."""
_MOST_PATHS = 64
_MOST_STEPS = 100


class Path(NamedTuple):
    """Leaf first. The certificates from `trusted` on are anchors; `end` is the code of what is missing, empty if nothing."""

    certificates: tuple[Certificate, ...]
    trusted: int
    end: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """At least one path. `any_of`: the verifier takes one of them and which is not known."""

    paths: tuple[Path, ...]
    any_of: bool = False
    cut_off: bool = False


def search(verifier: Verifier, leaf: Certificate, intermediates: Sequence[Certificate]) -> Found:
    """All paths that the verifier may come to."""
    if verifier.engine is Engine.GO:
        return _Go(verifier.store, Store.of(intermediates)).search(leaf)
    return _greedy(verifier, leaf, intermediates)


@dataclass(slots=True)
class _Go:
    roots: Store
    sent: Store
    looked_at: int = 0
    cut_off: bool = False

    def search(self, leaf: Certificate) -> Found:
        if leaf in self.roots:
            return Found((Path((leaf,), 0),))
        paths: list[Path] = []
        for path in self._from((leaf,)):
            paths.append(path)
            if len(paths) >= _MOST_PATHS:
                self.cut_off = True
                break
        return Found(tuple(paths), cut_off=self.cut_off)

    def _from(self, chain: tuple[Certificate, ...]) -> Iterator[Path]:
        forged: list[Path] = []
        went_on = False
        child = chain[-1]
        for trusted, store in ((True, self.roots), (False, self.sent)):
            for candidate in by_identifiers(child, store.named_exactly(child.issuer_raw)):
                self.looked_at += 1
                if self.looked_at > GO_LIMIT:
                    self.cut_off = True
                    break
                if _again(candidate, chain):
                    continue
                longer = (*chain, candidate)
                if link_signature(child, candidate) is Signature.BAD:
                    forged.append(Path(longer, len(chain) if trusted else len(longer)))
                    continue
                went_on = True
                if trusted:
                    yield Path(longer, len(chain))
                else:
                    yield from self._from(longer)
        if not went_on:
            yield forged[0] if forged else self._dead_end(chain)

    def _dead_end(self, chain: tuple[Certificate, ...]) -> Path:
        child = chain[-1]
        for trusted, store in ((True, self.roots), (False, self.sent)):
            for candidate in store.named(child.issuer_raw):
                if candidate.subject_raw != child.issuer_raw and not _again(candidate, chain):
                    longer = (*chain, candidate)
                    return Path(longer, len(chain) if trusted else len(longer), "name-encoding-differs")
        return Path(chain, len(chain), "self-signed-not-trusted" if child.self_signed else "issuer-not-found")


def _again(candidate: Certificate, chain: Sequence[Certificate]) -> bool:
    """Go's alreadyInChain: the same subject, key and alternative names count as the same certificate."""
    return any(
        c.spki_sha256 == candidate.spki_sha256 and c.subject_raw == candidate.subject_raw and c.names == candidate.names
        for c in chain
    )


def by_identifiers(child: Certificate, candidates: Sequence[Certificate]) -> Sequence[Certificate]:
    """Those whose key identifier fits first, then those where one is absent, then those that differ."""
    if len(candidates) < 2:
        return candidates

    def rank(candidate: Certificate) -> int:
        if candidate.subject_key_id == child.authority_key_id:
            return 0
        return 1 if not candidate.subject_key_id or not child.authority_key_id else 2

    return sorted(candidates, key=rank)


def _greedy(verifier: Verifier, leaf: Certificate, intermediates: Sequence[Certificate]) -> Found:
    paths: list[Path] = []
    pending: list[tuple[tuple[Certificate, ...], int | None]] = [((leaf,), None)]
    sent = Store.of(intermediates)
    most = min(_MOST_STEPS, (verifier.max_depth + 1) if verifier.max_depth is not None else _MOST_STEPS)
    cut_off = False
    while pending:
        chain, trusted = pending.pop(0)
        if len(paths) + len(pending) > _MOST_PATHS:
            cut_off = True
            break
        found = _step(verifier, chain, trusted, sent, most)
        if isinstance(found, Path):
            paths.append(found)
        else:
            pending += found
    return Found(tuple(paths), any_of=len(paths) > 1, cut_off=cut_off)


def _step(
    verifier: Verifier, chain: tuple[Certificate, ...], trusted: int | None, sent: Store, most: int
) -> Path | list[tuple[tuple[Certificate, ...], int | None]]:
    """The next certificate, or the path's end."""
    child = chain[-1]
    partial = verifier.partial_chain or verifier.engine is Engine.BORINGSSL
    if trusted is not None and (partial or looks_self_signed(verifier.engine, child)):
        return Path(chain, trusted)
    if len(chain) > most:
        return Path(chain, len(chain) if trusted is None else trusted, "too-deep")
    if looks_self_signed(verifier.engine, child):
        if child in verifier.store:
            return Path(chain, len(chain) - 1)
        return _leaf_itself(verifier, chain, partial) or Path(chain, len(chain), "self-signed-not-trusted")
    anchors = _best(verifier, [c for c in verifier.store.named(child.issuer_raw) if issued(verifier.engine, child, c)])
    if anchors:
        return [((*chain, c), len(chain) if trusted is None else trusted) for c in anchors]
    if trusted is None:
        candidates = [c for c in sent.named(child.issuer_raw) if c not in chain and issued(verifier.engine, child, c)]
        if candidates:
            return [((*chain, _first(verifier, candidates)), None)]
        return _leaf_itself(verifier, chain, partial) or Path(chain, len(chain), "issuer-not-found")
    return Path(chain, trusted, "anchor-not-self-signed")


def _leaf_itself(verifier: Verifier, chain: tuple[Certificate, ...], partial: bool) -> Path | None:
    """With partial chains a leaf that is trusted itself will do; what was found above it is checked all the same."""
    return Path(chain, 0) if partial and chain[0] in verifier.store else None


def _best(verifier: Verifier, candidates: list[Certificate]) -> list[Certificate]:
    """OpenSSL prefers those that are valid now, else the one that ends last; BoringSSL does not."""
    if len(candidates) < 2:
        return candidates
    valid = [c for c in candidates if c.not_before <= verifier.at < c.not_after]
    if valid:
        return valid
    latest = max(c.not_after for c in candidates)
    return [c for c in candidates if c.not_after == latest]


def _first(verifier: Verifier, candidates: list[Certificate]) -> Certificate:
    if verifier.engine is Engine.BORINGSSL:
        return candidates[0]
    return _best(verifier, candidates)[0]


def issued(engine: Engine, child: Certificate, issuer: Certificate) -> bool:
    """Does OpenSSL (or BoringSSL) take the one for the issuer of the other? Names are known to fit; no signature is checked.

    OpenSSL 3: ossl_x509_likely_issued, X509_check_akid. BoringSSL: X509_check_issued, which also wants cert sign.
    """
    if child.authority_key_id and issuer.subject_key_id and child.authority_key_id != issuer.subject_key_id:
        return False
    if child.authority_serial and child.authority_serial != issuer.serial:
        return False
    if child.authority_issuer_raw and canonical(child.authority_issuer_raw) != canonical(issuer.issuer_raw):
        return False
    if engine is Engine.BORINGSSL:
        return issuer.key_usage is None or "cert sign" in issuer.key_usage
    if () in (child.key_usage, issuer.key_usage):
        return False  # OpenSSL does not read the extensions of such a certificate (X509V3_R_EMPTY_KEY_USAGE)
    made_by = _MADE_BY.get(child.signature_algorithm.partition("-")[0])
    return made_by is None or issuer.key.algorithm in (made_by, "unknown")


_MADE_BY = {"rsa": "RSA", "rsassa": "RSA", "ecdsa": "ECDSA", "dsa": "DSA", "ed25519": "Ed25519", "ed448": "Ed448"}
"""The key that makes signatures of an algorithm, by the first word of its name."""


def looks_self_signed(engine: Engine, certificate: Certificate) -> bool:
    """By name and key identifiers, as OpenSSL tells it (EXFLAG_SS): the signature is not looked at."""
    return self_issued(certificate) and issued(engine, certificate, certificate)
