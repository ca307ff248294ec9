"""Key usages and extended key usages (RFC 5280, 4.2.1.3 and 4.2.1.12) in cert-manager's words."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from mtlsaudit.pki.same import one_of

EXTENDED_USAGES = {
    ExtendedKeyUsageOID.SERVER_AUTH: "server auth",
    ExtendedKeyUsageOID.CLIENT_AUTH: "client auth",
    ExtendedKeyUsageOID.CODE_SIGNING: "code signing",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "email protection",
    ExtendedKeyUsageOID.TIME_STAMPING: "timestamping",
    ExtendedKeyUsageOID.OCSP_SIGNING: "ocsp signing",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "any",
    ObjectIdentifier("1.3.6.1.5.5.7.3.5"): "ipsec end system",
    ObjectIdentifier("1.3.6.1.5.5.7.3.6"): "ipsec tunnel",
    ObjectIdentifier("1.3.6.1.5.5.7.3.7"): "ipsec user",
    ObjectIdentifier("1.3.6.1.4.1.311.10.3.3"): "microsoft sgc",
    ObjectIdentifier("2.16.840.1.113730.4.1"): "netscape sgc",
}

_KEY_USAGES = (
    ("digital_signature", "digital signature"),
    ("content_commitment", "content commitment"),
    ("key_encipherment", "key encipherment"),
    ("data_encipherment", "data encipherment"),
    ("key_agreement", "key agreement"),
    ("key_cert_sign", "cert sign"),
    ("crl_sign", "crl sign"),
)

_BITS = (*(word for _, word in _KEY_USAGES), "encipher only", "decipher only")
"""By their place in the bit string (RFC 5280, 4.2.1.3)."""


def key_usages(value: x509.KeyUsage) -> tuple[str, ...]:
    """Those that are set, in the order of their bits."""
    return one_of((*(word for name, word in _KEY_USAGES if getattr(value, name)), *_rare(value)))


def key_usages_in(bits: bytes) -> tuple[str, ...]:
    """The same of a BIT STRING of one or two bytes that the library does not take."""
    set_bits = int.from_bytes(bits[3:].ljust(2, b"\0"), "big")
    return tuple(word for place, word in enumerate(_BITS) if set_bits & (0x8000 >> place))


def extended_usages(value: x509.ExtendedKeyUsage) -> tuple[str, ...]:
    """In their order; one without a name here by its OID."""
    return one_of(tuple([EXTENDED_USAGES.get(oid) or oid.dotted_string for oid in value]))


def _rare(value: x509.KeyUsage) -> tuple[str, ...]:
    """The two bits that only say what a key agreement is for."""
    if not value.key_agreement:
        return ()
    return (("encipher only",) if value.encipher_only else ()) + (("decipher only",) if value.decipher_only else ())
