"""A certificate's public content. There is no field that could hold a private key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A public key. `size` is in bits, None where the algorithm has only one (Ed25519, Ed448)."""

    algorithm: str
    size: int | None
    curve: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """Subject alternative names by type."""

    dns: tuple[str, ...] = ()
    uri: tuple[str, ...] = ()
    ip: tuple[str, ...] = ()
    email: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.dns or self.uri or self.ip or self.email)


@dataclass(frozen=True, slots=True)
class Revocation:
    """URLs in a certificate that tell where its status and its issuer can be fetched."""

    crl: tuple[str, ...] = ()
    ocsp: tuple[str, ...] = ()
    issuer: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.crl or self.ocsp or self.issuer)


@dataclass(frozen=True, slots=True, repr=False)
class Certificate:
    """An X.509 certificate (RFC 5280). Times are aware and in UTC; digests are lower-case hex SHA-256.

    `key_usage` and `ext_key_usage` are None where the extension is absent, in cert-manager's words where present.
    `problems` lists the parts that could not be parsed; what they would have said is empty.
    """

    sha256: str
    spki_sha256: str
    subject: str
    common_name: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    key: KeyInfo
    signature_hash: str
    names: Names
    key_usage: tuple[str, ...] | None
    ext_key_usage: tuple[str, ...] | None
    is_ca: bool
    path_length: int | None
    self_signed: bool
    version: int
    problems: tuple[str, ...] = ()

    @property
    def lifetime_days(self) -> float:
        """NotAfter - notBefore, in days."""
        return (self.not_after - self.not_before).total_seconds() / 86400
