"""From a leaf to an anchor as Go goes: all paths, trusted certificates first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.values import dataclass
from mtlsaudit.pki.path.issuing import by_identifiers
from mtlsaudit.pki.path.paths import Found, Path
from mtlsaudit.pki.path.signatures import link_signature
from mtlsaudit.pki.path.store import Store
from mtlsaudit.pki.signature import Signature

GO_LIMIT = 100
"""Candidates that Go looks at for one leaf (crypto/x509, maxChainSignatureChecks, Go 1.26)."""
_MOST_PATHS = 64


@dataclass(slots=True)
class GoSearch:
    """One search: every candidate is tried until one path holds (crypto/x509, buildChains)."""

    roots: Store
    sent: Store
    looked_at: int = 0
    cut_off: bool = False

    def search(self, leaf: Certificate) -> Found:
        """Every path from the leaf that Go would look at."""
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
