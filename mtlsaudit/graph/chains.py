"""How the certificate in a Secret chains: to its own ca.crt, to the CAs above it, and to the CA that its issuer has now."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.certificate_entry import Accepted, IssuedChain
from mtlsaudit.model.chain import Chain, Engine, Purpose

_TOLERANCE = timedelta(minutes=5)
"""A child issued right after its CA for the same time ends seconds after it; that is not worth a word."""


def issued_chain(
    chain: Sequence[Certificate], ca_crt: Sequence[Certificate], current_ca: Sequence[Certificate]
) -> IssuedChain:
    """The chain of `tls.crt` (leaf first) judged against `ca.crt`; `current_ca` is the issuer's, empty if not known."""
    leaf = chain[0]
    verdicts = _verdicts(chain, ca_crt) if ca_crt else _NO_ANCHORS
    outlives = _outlives(leaf, chain[1:], ca_crt, current_ca)
    return IssuedChain(
        issuer=leaf.issuer,
        in_tls_crt=len(chain),
        ca_crt=_relation(chain, ca_crt),
        verifies=verdicts.verifies,
        error=verdicts.error,
        with_partial_chain=verdicts.with_partial_chain,
        as_server=verdicts.as_server,
        as_client=verdicts.as_client,
        outlives_issuer=None if outlives is None else outlives > _TOLERANCE,
        outlives_issuer_by_days=round(outlives.total_seconds() / 86400, 6)
        if outlives is not None and outlives > _TOLERANCE
        else None,
        signed_by_current_ca=issued_by(leaf, current_ca[0]) if current_ca else None,
    )


class _Verdicts(NamedTuple):
    """What the verifiers say of a chain; the fields are those of IssuedChain."""

    verifies: bool | None
    error: str
    with_partial_chain: bool | None
    as_server: Accepted | None
    as_client: Accepted | None


_NO_ANCHORS = _Verdicts(None, "", None, None, None)
_MOST_KEPT = 1 << 14
_shared: dict[Hashable, _Verdicts] = {}


def _verdicts(chain: Sequence[Certificate], anchors: Sequence[Certificate]) -> _Verdicts:
    """Asked once for all chains that fare alike."""
    from mtlsaudit.pki.path import Store, alike

    group = alike(chain[0], _moment(chain[0]), Store.of(anchors), Store.of(chain[1:]))
    if group is None:
        return _ask(chain, anchors)
    if group not in _shared:
        if len(_shared) >= _MOST_KEPT:
            _shared.clear()
        _shared[group] = _ask(chain, anchors)
    return _shared[group]


def _ask(chain: Sequence[Certificate], anchors: Sequence[Certificate]) -> _Verdicts:
    plain = _verify(chain, anchors, Engine.OPENSSL, Purpose.NONE, partial=False)
    partial = _verify(chain, anchors, Engine.OPENSSL, Purpose.NONE, partial=True) if plain.holds is False else None
    return _Verdicts(
        plain.holds,
        "" if plain.holds is True else _reason(plain),
        True if partial and partial.holds else None,
        _accepted(chain, anchors, Purpose.SERVER),
        _accepted(chain, anchors, Purpose.CLIENT),
    )


def issued_by(child: Certificate, parent: Certificate) -> bool | None:
    """Did the parent's key sign the child, under the parent's name? None where the algorithm cannot be checked here.

    Validity and usages are not looked at.
    """
    from mtlsaudit.pki.path.signatures import link_signature
    from mtlsaudit.pki.signature import Signature

    if child.issuer_raw != parent.subject_raw:
        return False
    found = link_signature(child, parent)
    return None if found is Signature.UNCHECKABLE else found is Signature.GOOD


def _verify(
    chain: Sequence[Certificate], anchors: Sequence[Certificate], engine: Engine, purpose: Purpose, *, partial: bool
) -> Chain:
    from mtlsaudit.pki.path import Verifier, verify

    verifier = Verifier(
        engine=engine,
        purpose=purpose,
        anchors=tuple(anchors),
        at=_moment(chain[0]),
        partial_chain=partial,
    )
    return verify(verifier, chain[0], tuple(chain[1:]))


def _moment(leaf: Certificate) -> datetime:
    return leaf.not_before + timedelta(seconds=1)


def _reason(chain: Chain) -> str:
    fatal = [d for d in chain.defects if d.fatal] or list(chain.defects)
    return fatal[0].words if fatal else "it does not verify"


def _accepted(chain: Sequence[Certificate], anchors: Sequence[Certificate], purpose: Purpose) -> Accepted:
    openssl = _verify(chain, anchors, Engine.OPENSSL, purpose, partial=True)
    go = _verify(chain, anchors, Engine.GO, purpose, partial=False)
    return Accepted(openssl.holds, go.holds)


def _relation(chain: Sequence[Certificate], ca_crt: Sequence[Certificate]) -> str:
    if not ca_crt:
        return "missing"
    leaf = chain[0]
    if any(ca.sha256 == leaf.sha256 for ca in ca_crt):
        return "leaf-itself"
    if any(issued_by(leaf, ca) for ca in ca_crt):
        return "same-as-issuer"
    above = list(_path(leaf, chain[1:]))
    if above and any(issued_by(above[-1], ca) for ca in ca_crt):
        return "issuer-of-the-chain-in-tls-crt"
    return "unrelated"


def _path(leaf: Certificate, candidates: Sequence[Certificate]) -> Iterator[Certificate]:
    """The certificates above the leaf, one after the other, as far as the candidates reach."""
    seen = {leaf.sha256}
    child: Certificate | None = leaf
    while child is not None:
        parents = (c for c in candidates if c.sha256 not in seen and issued_by(child, c))
        child = next(parents, None)
        if child is not None:
            seen.add(child.sha256)
            yield child


def _outlives(
    leaf: Certificate,
    rest: Sequence[Certificate],
    ca_crt: Sequence[Certificate],
    current_ca: Sequence[Certificate],
) -> timedelta | None:
    """By how much the leaf ends after the first CA above it that ends; None when none above it is known."""
    beside = [c for c in (*rest, *ca_crt) if c.sha256 != leaf.sha256]
    above = list(_path(leaf, [*beside, *current_ca]))
    if above:
        return leaf.not_after - min(ca.not_after for ca in above)
    return timedelta(0) if beside and leaf.self_signed else None
