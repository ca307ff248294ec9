"""What a certificate holds as bytes: its names unchanged, and its extensions one by one (RFC 5280, 4.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from mtlsaudit.pki.der import Element, children, contents, whole, wrap
from mtlsaudit.pki.unreadable import in_words

_VERSION, _EXTENSIONS, _SEQUENCE = 0xA0, 0xA3, 0x30


class RawParts(NamedTuple):
    """The DER of issuer, subject and public key, and between which bytes of the certificate stands what comes after it."""

    issuer: bytes
    subject: bytes
    spki: bytes
    after: int
    end: int


def raw_parts(der: bytes) -> RawParts:
    """These as they stand in the certificate. Raises MalformedDer."""
    at, limit = contents(der, whole(der).body, len(der))
    if der[at] == _VERSION:
        at = contents(der, at, limit)[1]
    at = contents(der, at, limit)[1]  # the serial number
    at = contents(der, at, limit)[1]  # the signature algorithm
    issuer = contents(der, at, limit)[1]
    validity = contents(der, issuer, limit)[1]
    subject = contents(der, validity, limit)[1]
    spki = contents(der, subject, limit)[1]
    return RawParts(der[at:issuer], der[validity:subject], der[subject:spki], spki, limit)


def extensions_one_by_one(
    cert: x509.Certificate, der: bytes
) -> tuple[list[x509.Extension[x509.ExtensionType]], list[str]]:
    """The extensions that can be read, and a sentence for each that cannot; of two with one OID the first counts.

    `cryptography` reads all or none, so each is put alone into a copy of the certificate, which is never verified.
    """
    good: list[x509.Extension[x509.ExtensionType]] = []
    bad: list[str] = []
    seen: set[bytes] = set()
    for oid, raw in _split(der):
        if oid in seen:
            bad.append("extensions: one OID twice")
            continue
        seen.add(oid)
        try:
            alone = x509.load_der_x509_certificate(_with_extension(der, raw))
            good += alone.extensions
        except (ValueError, TypeError, x509.UnsupportedGeneralNameType) as error:
            if oid == _KEY_USAGE and (usage := _bare(der, raw)) is not None:
                good.append(usage)
                continue
            bad.append(f"{_label(oid)}: {in_words(error)}")
    return good, bad


_KEY_USAGE = bytes.fromhex("551d0f")
_LABELS = {
    "551d0e": "subject key identifier",
    "551d0f": "key usage",
    "551d11": "subject alternative names",
    "551d13": "basic constraints",
    "551d1e": "name constraints",
    "551d1f": "CRL distribution points",
    "551d23": "authority key identifier",
    "551d25": "extended key usage",
}


def _bare(der: bytes, extension: bytes) -> x509.Extension[x509.ExtensionType] | None:
    """A key usage as its bytes: `cryptography` does not take encipher only without key agreement, which certificates have."""
    parts = list(children(extension, whole(extension)))
    value = extension[parts[-1].body : parts[-1].end]
    if len(value) not in (4, 5) or value[:1] != b"\x03":
        return None
    return x509.Extension(
        ExtensionOID.KEY_USAGE, len(parts) == 3, x509.UnrecognizedExtension(ExtensionOID.KEY_USAGE, value)
    )


def _label(oid: bytes) -> str:
    return _LABELS.get(oid.hex(), "extension")


def _fields(der: bytes) -> list[Element]:
    return list(children(der, next(children(der, whole(der)))))


def _split(der: bytes) -> Iterator[tuple[bytes, bytes]]:
    """OID contents and the whole extension, for each."""
    for field in _fields(der):
        if field.tag == _EXTENSIONS:
            for extension in children(der, next(children(der, field))):
                oid = next(children(der, extension))
                yield der[oid.body : oid.end], der[extension.start : extension.end]


def _with_extension(der: bytes, extension: bytes) -> bytes:
    outer = list(children(der, whole(der)))
    kept = b"".join(der[f.start : f.end] for f in _fields(der) if f.tag != _EXTENSIONS)
    tbs = wrap(_SEQUENCE, kept + wrap(_EXTENSIONS, wrap(_SEQUENCE, extension)))
    return wrap(_SEQUENCE, tbs + b"".join(der[f.start : f.end] for f in outer[1:]))
