"""The names in a certificate in words. The library writes them; a plain one, as most leaves have, is read from its bytes."""

from __future__ import annotations

import re
from typing import NamedTuple

from cryptography import x509
from cryptography.x509.oid import NameOID


class NameWords(NamedTuple):
    """`text` as RFC 4514 writes it, the first common name, and the bytes that all who have this name may share."""

    text: str
    common_name: str
    raw: bytes = b""


NO_WORDS = NameWords("", "")
_issuers: dict[bytes, NameWords] = {}
"""Issuers come again and again; each is put into words once, and is one object for all that they issued."""


def issuer_words(raw: bytes, cert: x509.Certificate) -> NameWords:
    """The issuer, whose bytes are `raw`. Raises ValueError where it is no text."""
    found = _issuers.get(raw)
    if found is None:
        found = _issuers[raw] = _words(raw, cert.issuer)
    return found


_LENGTH_AT = 12
_PLAIN_SUBJECT = re.compile(rb"0.1.0.\x06\x03\x55\x04\x03[\x0c\x13].([A-Za-z0-9._*-]+)", re.DOTALL)
"""One common name, a UTF8String or PrintableString in which RFC 4514 escapes nothing; the library has seen that it is DER."""


def subject_words(raw: bytes, cert: x509.Certificate) -> NameWords:
    """The subject, whose bytes are `raw`. Raises ValueError where it is no text."""
    plain = _PLAIN_SUBJECT.fullmatch(raw) if len(raw) < 0x80 else None
    if plain is not None and raw[_LENGTH_AT] == len(plain[1]):
        common_name = plain[1].decode("ascii")
        return NameWords(f"CN={common_name}", common_name)
    return _issuers.get(raw) or _words(raw, cert.subject)


def _words(raw: bytes, name: x509.Name) -> NameWords:
    values = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return NameWords(name.rfc4514_string(), str(values[0].value) if values else "", raw)
