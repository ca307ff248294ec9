"""Roots of the public Web PKI, by their keys (mtlsaudit/data/public-roots.yaml)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from mtlsaudit.data import facts
from mtlsaudit.decode.reader import Reader
from mtlsaudit.model.certificate import Certificate


class _Roots(NamedTuple):
    keys: frozenset[str]
    named: frozenset[tuple[str, str]]
    names: frozenset[str]


@cache
def _roots() -> _Roots:
    rows = [(r.text("spki") or "", r.text("ski") or "", r.text("subject") or "") for r in _rows()]
    keys = frozenset(spki for spki, _, _ in rows)
    return _Roots(keys, frozenset((ski, s) for _, ski, s in rows if ski), frozenset(s for _, _, s in rows))


def _rows() -> list[Reader]:
    return facts("public-roots").children("roots")


def is_public_root(certificate: Certificate) -> bool:
    """Does the certificate hold the key of a public root? Cross-signed ones count: the key is what is trusted."""
    return certificate.spki_sha256 in _roots().keys


def public_root_above(path: Sequence[Certificate]) -> str:
    """The public root that a chain ends under, or empty: one in the chain by its key, or one named by its last issuer.

    The root itself is seldom sent. Its name together with its key identifier is enough to know it; the signature is
    then not checked.
    """
    roots = _roots()
    for certificate in path:
        if certificate.spki_sha256 in roots.keys:
            return certificate.subject
        if (certificate.authority_key_id, certificate.issuer) in roots.named:
            return certificate.issuer
    return ""
