"""Distinguished names as bytes: the canonical form that OpenSSL compares, and the attributes inside."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from mtlsaudit.pki.der import MalformedDer, children, whole, wrap

_SEQUENCE, _SET, _UTF8 = 0x30, 0x31, 0x0C
_STRINGS = {
    0x0C: "utf-8",
    0x13: "latin-1",  # PrintableString
    0x14: "latin-1",  # TeletexString
    0x16: "latin-1",  # IA5String
    0x1A: "latin-1",  # VisibleString
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}
_COMMON_NAME, _EMAIL = bytes.fromhex("550403"), bytes.fromhex("2a864886f70d010901")
_IA5 = 0x16


class Attribute(NamedTuple):
    """One attribute of a name: the contents of its OID, the tag of its value, its bytes."""

    oid: bytes
    tag: int
    value: bytes

    def text(self) -> str | None:
        """The value as text, None where it is no string or none that decodes."""
        encoding = _STRINGS.get(self.tag)
        try:
            return self.value.decode(encoding) if encoding else None
        except UnicodeDecodeError:
            return None


def canonical(raw: bytes) -> bytes:
    """A name's RDNs as OpenSSL compares them: strings in UTF-8, ASCII lower case, spaces trimmed and folded.

    Source: OpenSSL 3, X509_NAME_cmp(3) and crypto/x509/x_name.c. Bytes that are no name come back as they are. The
    canonical form of a name begins with that of every name above it, which is what a directory constraint asks.
    """
    return _canonical(raw)


@lru_cache(maxsize=1 << 16)
def _canonical(raw: bytes) -> bytes:
    try:
        return b"".join(wrap(_SET, b"".join(sorted(map(_canonical_attribute, rdn)))) for rdn in _rdns(raw))
    except MalformedDer:
        return raw


def _canonical_attribute(attribute: Attribute) -> bytes:
    text = attribute.text()
    oid = wrap(0x06, attribute.oid)
    if text is None:
        return wrap(_SEQUENCE, oid + wrap(attribute.tag, attribute.value))
    words = text.encode("utf-8", "surrogatepass").lower().split()
    return wrap(_SEQUENCE, oid + wrap(_UTF8, b" ".join(words)))


@lru_cache(maxsize=1 << 12)
def _rdns(raw: bytes) -> tuple[tuple[Attribute, ...], ...]:
    out = []
    for rdn in children(raw, whole(raw)):
        attributes = []
        for pair in children(raw, rdn):
            oid, value = list(children(raw, pair))[:2]
            attributes.append(Attribute(raw[oid.body : oid.end], value.tag, raw[value.body : value.end]))
        out.append(tuple(attributes))
    return tuple(out)


def attributes(raw: bytes) -> tuple[Attribute, ...]:
    """All attributes in order; none where the bytes are no name."""
    try:
        return tuple(a for rdn in _rdns(raw) for a in rdn)
    except (MalformedDer, ValueError):
        return ()


def common_names(raw: bytes) -> tuple[str, ...]:
    """All common names that are text."""
    return tuple(text for a in attributes(raw) if a.oid == _COMMON_NAME and (text := a.text()) is not None)


def emails(raw: bytes) -> tuple[str | None, ...]:
    """All e-mail addresses in the name (PKCS #9); None for one that is no IA5String, as RFC 5280 wants it."""
    return tuple(a.text() if a.tag == _IA5 else None for a in attributes(raw) if a.oid == _EMAIL)


def empty(raw: bytes) -> bool:
    """Has the name no attribute?"""
    return not attributes(raw)
