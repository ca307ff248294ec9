"""What crypto/x509 refuses to parse though other libraries read it (Go 1.26, parser.go).

A certificate that Go does not parse ends a handshake when it was sent, and is left out of a pool of anchors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.pki.names import Attribute, attributes

_PRINTABLE = re.compile(rb"[A-Za-z0-9 '()+,\-./:=?*&]*", re.ASCII)
_PLAIN_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(//[A-Za-z0-9._-]*(:[0-9]{1,5})?)?([A-Za-z0-9/?#:@!$&'()*+,;=._~-]|%[0-9A-Fa-f]{2})*"
)
_SAN = "2.5.29.17"


class Problem(NamedTuple):
    """`certain` is False where only Go itself could tell."""

    words: str
    certain: bool = True


_problems: dict[str, tuple[Problem, ...]] = {}
"""By SHA-256."""


def go_problems(certificate: Certificate) -> tuple[Problem, ...]:
    """Everything known here that keeps Go from parsing it; looked for once a certificate."""
    found = _problems.get(certificate.sha256)
    if found is None:
        found = _problems[certificate.sha256] = tuple(_find_problems(certificate))
    return found


def _find_problems(certificate: Certificate) -> Iterator[Problem]:
    for which, raw in (("subject", certificate.subject_raw), ("issuer", certificate.issuer_raw)):
        if not name_parses(raw):
            yield Problem(f"a string in its {which}")
    if certificate.key.encoding:
        yield Problem(f"its public key: {certificate.key.encoding} encoding")
    names = certificate.names
    if not all(name.isascii() for name in (*names.dns, *names.uri, *names.email)):
        yield Problem("an alternative name that is no ASCII")
    for uri in names.uri:
        if not _PLAIN_URI.fullmatch(uri):
            yield Problem(f"the URI {uri}, perhaps", certain=False)
        elif not domain_valid(_host(uri)):
            yield Problem(f"the host of the URI {uri}")
    if _SAN in certificate.critical and not (names or names.ip):
        yield Problem("critical alternative names of which it knows none")


def sent_along(certificates: Iterable[Certificate]) -> Iterator[tuple[Certificate, Problem]]:
    """Those of a peer's certificates that Go does not parse: crypto/tls then ends the handshake, needed or not."""
    for certificate in certificates:
        for problem in go_problems(certificate):
            yield certificate, problem
        if certificate.negative_serial:
            yield certificate, Problem("a negative serial number")


def _host(uri: str) -> str:
    rest = uri.partition(":")[2]
    return re.split(r"[/?#]", rest[2:], maxsplit=1)[0] if rest.startswith("//") else ""


@lru_cache(maxsize=1 << 14)
def name_parses(raw: bytes) -> bool:
    """parseASN1String accepts every value in the name."""
    return all(map(_string_parses, attributes(raw)))


def _string_parses(attribute: Attribute) -> bool:
    value = attribute.value
    match attribute.tag:
        case 0x14:  # TeletexString
            return True
        case 0x13:  # PrintableString
            return _PRINTABLE.fullmatch(value) is not None
        case 0x0C:  # UTF8String
            return attribute.text() is not None
        case 0x16:  # IA5String
            return value.isascii()
        case 0x12:  # NumericString
            return all(b in b"0123456789 " for b in value)
        case 0x1E:  # BMPString
            text = attribute.text()
            return text is not None and not any(0xFDD0 <= ord(c) <= 0xFDEF or ord(c) >= 0xFFFE for c in text)
    return False


def domain_valid(name: str) -> bool:
    """domainNameValid for a name, not a constraint: printable ASCII, no empty label."""
    if not name:
        return True
    return all("!" <= c <= "~" for c in name) and all(name.split("."))


_ATEXT = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!#$%&'*+-/=?^_`{|}~.")


def mailbox(address: str) -> tuple[str, str] | None:
    """Local part and domain (parseRFC2821Mailbox), None where Go does not parse them; quoted parts come without quotes."""
    parsed = _quoted(address) if address.startswith('"') else _unquoted(address)
    if parsed is None:
        return None
    local, rest = parsed
    if not rest.startswith("@"):
        return None
    labels = rest[1:].split(".") if rest[1:] else []
    if not all(labels) or not all("!" <= c <= "~" for c in rest[1:]):
        return None
    return local, rest[1:]


def _quoted(address: str) -> tuple[str, str] | None:
    local: list[str] = []
    at = 1
    while at < len(address):
        c = address[at]
        at += 1
        if c == '"':
            return "".join(local), address[at:]
        if c == "\\":
            if at >= len(address) or address[at] in "\0\n\r":
                return None
            c = address[at]
            at += 1
        elif c in "\0\t\n\r":
            return None
        local.append(c)
    return None


def _unquoted(address: str) -> tuple[str, str] | None:
    local: list[str] = []
    at = 0
    while at < len(address):
        if address[at] == "\\":
            at += 1
            if at >= len(address):
                return None
        elif address[at] not in _ATEXT:
            break
        local.append(address[at])
        at += 1
    text = "".join(local)
    if not text or text[0] == "." or text[-1] == "." or ".." in text:
        return None
    return text, address[at:]
