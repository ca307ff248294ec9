"""The `chain` of the conformance cases, worked out by OpenSSL, Go and the certificates themselves (their README)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from mtlsaudit.model.chain import Purpose
from tests.oracles.engines import Go, Question, openssl

_TOLERANCE = timedelta(minutes=5)


def chain_of(tls_crt: str, ca_crt: str, current: str, program: Go) -> Mapping[str, Any]:
    """Without `issuer` and `error`, which are words."""
    chain, anchors = _all(tls_crt), _all(ca_crt)
    leaf = chain[0]
    out: dict[str, Any] = {
        "in_tls_crt": len(chain),
        "ca_crt": _relation(leaf, chain[1:], anchors),
        "verifies": None,
        "as_server": None,
        "as_client": None,
    }
    if anchors:
        plain = openssl(_question(chain, anchors, Purpose.NONE)).holds
        out["verifies"] = plain
        if not plain and openssl(_question(chain, anchors, Purpose.NONE, partial=True)).holds:
            out["verifies_with_partial_chain"] = True
        for field, purpose in (("as_server", Purpose.SERVER), ("as_client", Purpose.CLIENT)):
            with_partial = openssl(_question(chain, anchors, purpose, partial=True)).holds
            out[field] = {"openssl": with_partial, "go": program.ask(_question(chain, anchors, purpose)).holds}
    above = _above(leaf, [c for c in (*chain[1:], *anchors, *_all(current)) if c != leaf])
    if not above and leaf.issuer == leaf.subject and any(c != leaf for c in (*chain[1:], *anchors)):
        out["outlives_issuer"] = False
    if above:
        late = leaf.not_valid_after_utc - min(c.not_valid_after_utc for c in above)
        out["outlives_issuer"] = late > _TOLERANCE
        if late > _TOLERANCE:
            out["outlives_issuer_by_days"] = round(late.total_seconds() / 86400, 6)
    if current:
        out["signed_by_current_ca"] = _signed(leaf, _all(current)[0])
    return out


def _all(pem: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(pem.encode()) if pem else []


def _question(
    chain: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], purpose: Purpose, *, partial: bool = False
) -> Question:
    ders = [c.public_bytes(Encoding.DER) for c in chain]
    held = tuple(c.public_bytes(Encoding.DER) for c in anchors)
    at: datetime = chain[0].not_valid_before_utc + timedelta(seconds=1)
    return Question(ders[0], tuple(ders[1:]), held, at, purpose, partial_chain=partial)


def _signed(child: x509.Certificate, parent: x509.Certificate) -> bool:
    try:
        child.verify_directly_issued_by(parent)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _above(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """The certificates above, one after the other."""
    out: list[x509.Certificate] = []
    child = leaf
    while True:
        parents = [c for c in others if c not in out and c != leaf and _signed(child, c)]
        if not parents:
            return out
        child = parents[0]
        out.append(child)


def _relation(leaf: x509.Certificate, rest: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]) -> str:
    if not anchors:
        return "missing"
    if leaf in anchors:
        return "leaf-itself"
    if any(_signed(leaf, a) for a in anchors):
        return "same-as-issuer"
    path = _above(leaf, rest)
    if path and any(_signed(path[-1], a) for a in anchors):
        return "issuer-of-the-chain-in-tls-crt"
    return "unrelated"
