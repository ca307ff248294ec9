"""Certificates by subject, so that an issuer is found by its name and not by trying all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.pki.names import canonical


@dataclass(frozen=True, slots=True)
class Store:
    """Each certificate once, in the order given; by the bytes of the subject, and by its canonical form."""

    by_bytes: Mapping[bytes, tuple[Certificate, ...]]
    by_canonical: Mapping[bytes, tuple[Certificate, ...]]
    hashes: frozenset[str]

    @classmethod
    def of(cls, certificates: Iterable[Certificate]) -> Store:
        """Index them."""
        unique = {c.sha256: c for c in certificates}
        by_bytes: dict[bytes, list[Certificate]] = {}
        by_canonical: dict[bytes, list[Certificate]] = {}
        for certificate in unique.values():
            by_bytes.setdefault(certificate.subject_raw, []).append(certificate)
            by_canonical.setdefault(canonical(certificate.subject_raw), []).append(certificate)
        return cls(
            {name: tuple(some) for name, some in by_bytes.items()},
            {name: tuple(some) for name, some in by_canonical.items()},
            frozenset(unique),
        )

    def named(self, issuer_raw: bytes) -> tuple[Certificate, ...]:
        """Those whose subject is this name as OpenSSL compares names."""
        return self.by_canonical.get(canonical(issuer_raw), ())

    def named_exactly(self, issuer_raw: bytes) -> tuple[Certificate, ...]:
        """Those whose subject is this name byte for byte."""
        return self.by_bytes.get(issuer_raw, ())

    def __contains__(self, certificate: Certificate) -> bool:
        return certificate.sha256 in self.hashes
