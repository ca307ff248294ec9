"""Certificates by subject, so that an issuer is found by its name and not by trying all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.values import dataclass
from mtlsaudit.pki.names import canonical

_MOST_KEPT = 4096
_made: dict[tuple[str, ...], Store] = {}
_self_issued: dict[str, bool] = {}
"""By SHA-256."""


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """Each certificate once, in the order given; by the bytes of the subject, and by its canonical form.

    `hashes` and `keys` are the digests of the certificates and of their public keys. All certificates are in time after
    `not_before` and before `not_after`.
    """

    by_bytes: Mapping[bytes, tuple[Certificate, ...]]
    by_canonical: Mapping[bytes, tuple[Certificate, ...]]
    hashes: frozenset[str]
    keys: frozenset[str]
    not_before: datetime
    not_after: datetime

    @classmethod
    def of(cls, certificates: Iterable[Certificate]) -> Store:
        """The index of these; the same certificates in the same order give the same store."""
        given = tuple(certificates)
        name = tuple([c.sha256 for c in given])
        found = _made.get(name)
        if found is None:
            if len(_made) >= _MOST_KEPT:
                _made.clear()
            found = _made[name] = cls._index({c.sha256: c for c in given})
        return found

    @classmethod
    def _index(cls, unique: Mapping[str, Certificate]) -> Store:
        by_bytes: dict[bytes, list[Certificate]] = {}
        by_canonical: dict[bytes, list[Certificate]] = {}
        for certificate in unique.values():
            by_bytes.setdefault(certificate.subject_raw, []).append(certificate)
            by_canonical.setdefault(canonical(certificate.subject_raw), []).append(certificate)
        return cls(
            {name: tuple(some) for name, some in by_bytes.items()},
            {name: tuple(some) for name, some in by_canonical.items()},
            frozenset(unique),
            frozenset(c.spki_sha256 for c in unique.values()),
            max((c.not_before for c in unique.values()), default=datetime.min.replace(tzinfo=UTC)),
            min((c.not_after for c in unique.values()), default=datetime.max.replace(tzinfo=UTC)),
        )

    def named(self, issuer_raw: bytes) -> tuple[Certificate, ...]:
        """Those whose subject is this name as OpenSSL compares names."""
        return self.by_canonical.get(canonical(issuer_raw), ())

    def named_exactly(self, issuer_raw: bytes) -> tuple[Certificate, ...]:
        """Those whose subject is this name byte for byte."""
        return self.by_bytes.get(issuer_raw, ())

    def __contains__(self, certificate: Certificate) -> bool:
        return certificate.sha256 in self.hashes


def self_issued(certificate: Certificate) -> bool:
    """Are subject and issuer the same name, as OpenSSL compares names?"""
    found = _self_issued.get(certificate.sha256)
    if found is None:
        same = canonical(certificate.subject_raw) == canonical(certificate.issuer_raw)
        found = _self_issued[certificate.sha256] = same
    return found
