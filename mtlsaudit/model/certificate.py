"""A certificate's public content. There is no field that could hold a private key."""

from __future__ import annotations

from datetime import datetime

from mtlsaudit.model.values import dataclass


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A public key. `size` is in bits, None where the algorithm has only one (Ed25519, Ed448).

    `encoding` is empty where the key is written in the usual way, `explicit curve` where the curve is spelt out instead
    of named (RFC 5480, 2.1.1 forbids it), `unusual` where something else differs: a compressed point, a missing NULL.
    """

    algorithm: str
    size: int | None
    curve: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """Subject alternative names by type; `directory` are the DER of names, `other` the types that are none of these."""

    dns: tuple[str, ...] = ()
    uri: tuple[str, ...] = ()
    ip: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    directory: tuple[bytes, ...] = ()
    other: tuple[str, ...] = ()

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


@dataclass(frozen=True, slots=True)
class Subtrees:
    """The names on one side of a name constraint. `ip` are networks (`10.0.0.0/8`), `directory` the DER of names.

    `other` are the kinds that are none of these, by their name in RFC 5280 or their tag.
    """

    dns: tuple[str, ...] = ()
    ip: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    uri: tuple[str, ...] = ()
    directory: tuple[bytes, ...] = ()
    other: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.dns or self.ip or self.email or self.uri or self.directory or self.other)


@dataclass(frozen=True, slots=True)
class NameConstraints:
    """The names that a CA's certificates may carry (RFC 5280, 4.2.1.10)."""

    permitted: Subtrees
    excluded: Subtrees
    critical: bool


@dataclass(frozen=True, slots=True, repr=False)
class Certificate:
    """An X.509 certificate (RFC 5280). Times are aware and in UTC; digests and identifiers are lower-case hex.

    `subject_raw` and `issuer_raw` are the bytes in the certificate, as `der` is the whole of it. `key_usage` and
    `ext_key_usage` are None where the extension is absent, in cert-manager's words where present.
    `authority_issuer_raw` and `authority_serial` name the issuer's certificate where the authority key identifier does.
    `extensions` are the OIDs of all extensions that parse, `critical` those of the critical ones, `unhandled_critical`
    those of them that are none of RFC 5280's and none read here. `policy_required` says that a policy constraint asks
    for an acceptable certificate policy (RFC 5280, 4.2.1.11). `problems` lists the parts that could not be parsed; what
    they would have said is empty.
    """

    der: bytes
    sha256: str
    spki_sha256: str
    subject: str
    subject_raw: bytes
    common_name: str
    issuer: str
    issuer_raw: bytes
    serial: str
    not_before: datetime
    not_after: datetime
    key: KeyInfo
    signature_hash: str
    signature_algorithm: str
    names: Names
    key_usage: tuple[str, ...] | None
    ext_key_usage: tuple[str, ...] | None
    has_basic_constraints: bool
    is_ca: bool
    path_length: int | None
    subject_key_id: str
    authority_key_id: str
    authority_issuer_raw: bytes
    authority_serial: str
    name_constraints: NameConstraints | None
    extensions: tuple[str, ...]
    critical: tuple[str, ...]
    unhandled_critical: tuple[str, ...]
    revocation: Revocation
    must_staple: bool
    policy_required: bool
    self_signed: bool
    version: int
    problems: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What people know it by: the subject, else its first alternative name, else the start of its digest."""
        if self.subject:
            return self.subject
        names = (*self.names.dns, *self.names.uri, *self.names.ip, *self.names.email)
        return names[0] if names else self.sha256[:16]

    @property
    def negative_serial(self) -> bool:
        """Is the serial number below zero, which RFC 5280 (4.1.2.2) forbids?"""
        return self.serial.startswith("-")

    @property
    def lifetime_days(self) -> float:
        """NotAfter - notBefore, in days."""
        return (self.not_after - self.not_before).total_seconds() / 86400
