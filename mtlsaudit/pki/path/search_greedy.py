"""From a leaf to an anchor as OpenSSL and BoringSSL go: one issuer at a time, and never back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Engine
from mtlsaudit.pki.path.issuing import issued, looks_self_signed
from mtlsaudit.pki.path.paths import Found, Path
from mtlsaudit.pki.path.store import Store

if TYPE_CHECKING:
    from mtlsaudit.pki.path.verifier import Verifier

_MOST_PATHS = 64
_MOST_STEPS = 100


def greedy(verifier: Verifier, leaf: Certificate, intermediates: Sequence[Certificate]) -> Found:
    """The path that OpenSSL or BoringSSL comes to; several where it is not known which of them."""
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
    """The next certificate, or the path's end.

    With partial chains OpenSSL stops at the first anchor. BoringSSL takes any anchor too, and goes on to its root all the
    same as long as there are anchors above; then they count.
    """
    child = chain[-1]
    boring = verifier.engine is Engine.BORINGSSL
    partial = verifier.partial_chain or boring
    if trusted is not None and ((partial and not boring) or looks_self_signed(verifier.engine, child)):
        return Path(chain, trusted)
    if boring and trusted is not None and len(chain) > most:
        return Path(chain, trusted)
    if len(chain) > most:
        return Path(chain, len(chain) if trusted is None else trusted, "too-deep")
    if looks_self_signed(verifier.engine, child):
        if child in verifier.store:
            return Path(chain, len(chain) - 1)
        kept = chain[:-1] if boring and len(chain) > 1 else chain
        return _leaf_itself(verifier, kept, partial) or Path(chain, len(chain), "self-signed-not-trusted")
    anchors = _best(verifier, [c for c in verifier.store.named(child.issuer_raw) if issued(verifier.engine, child, c)])
    if anchors:
        return [((*chain, c), len(chain) if trusted is None else trusted) for c in anchors]
    if trusted is None:
        candidates = [c for c in sent.named(child.issuer_raw) if c not in chain and issued(verifier.engine, child, c)]
        if candidates:
            return [((*chain, _first(verifier, candidates)), None)]
        return _leaf_itself(verifier, chain, partial) or Path(chain, len(chain), "issuer-not-found")
    return Path(chain, trusted, "" if boring else "anchor-not-self-signed")


def _leaf_itself(verifier: Verifier, chain: tuple[Certificate, ...], partial: bool) -> Path | None:
    """With partial chains a leaf that is trusted itself will do; what was found above it is checked all the same.

    BoringSSL has dropped a self-signed end that is not trusted by then (X509_verify_cert).
    """
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
