"""`spec.literalSubject`: a distinguished name (RFC 4514) as cert-manager v1.21.2 takes it apart (go-ldap v3.4.13)."""

from __future__ import annotations

import re

_TYPES = frozenset({"C", "O", "OU", "CN", "SERIALNUMBER", "L", "ST", "STREET", "DC", "UID"})
"""Those that cert-manager knows, in this spelling alone; anything else must be an object identifier."""

_COMMON_NAME = (2, 5, 4, 3)
_OID = re.compile(r"[+-]?[0-9]+(\.[+-]?[0-9]+)*")
_PLAIN = frozenset(' "#+,;<=>\\')
_HEX = re.compile(r"[0-9A-Fa-f]{2}")


class BadSubject(ValueError):
    """The text is no distinguished name."""


def parse(text: str) -> list[tuple[str, str]]:
    """(type, value) in the order as written; parts of one relative name count as parts of the whole. Raises BadSubject."""
    if not text.strip():
        return []
    found: list[tuple[str, str]] = []
    kind, start, escaping = "", 0, False
    for at, char in enumerate(text):
        if escaping:
            escaping = False
        elif char == "\\":
            escaping = True
        elif char == "=" and not kind:
            kind, start = _unescaped(text[start:at]), at + 1
        elif char in ",+;":
            if not kind:
                raise BadSubject("incomplete type, value pair")
            found.append((kind, _value(text[start:at])))
            kind, start = "", at + 1
    if not kind:
        raise BadSubject("DN ended with incomplete type, value pair")
    return [*found, (kind, _value(text[start:]))]


def is_known(kind: str) -> bool:
    """Does cert-manager know what this type stands for?"""
    return kind in _TYPES or is_oid(kind)


def is_oid(text: str) -> bool:
    """Numbers with dots between them; Go takes signed ones as well."""
    return _OID.fullmatch(text) is not None


def is_common_name(kind: str) -> bool:
    """By name or by object identifier."""
    return kind == "CN" or (is_oid(kind) and tuple(map(int, kind.split("."))) == _COMMON_NAME)


def _value(text: str) -> str:
    # A value in BER (`#0403...`) is said by its octets: only that there is one matters here.
    return text[1:] if text.startswith("#") else _unescaped(text)


def _unescaped(text: str) -> str:
    bare = text.strip(" ")
    if bare.endswith("\\") and text.endswith(" "):
        bare += " "
    out = bytearray()
    at = 0
    while at < len(bare):
        if bare[at] != "\\":
            out += bare[at].encode()
            at += 1
        elif at + 1 >= len(bare):
            raise BadSubject(f"got corrupted escaped character: '{bare}'")
        elif bare[at + 1] in _PLAIN:
            out += bare[at + 1].encode()
            at += 2
        elif _HEX.fullmatch(bare, at + 1, at + 3):
            out.append(int(bare[at + 1 : at + 3], 16))
            at += 3
        else:
            raise BadSubject(f"failed to decode escaped character: {bare[at : at + 3]}")
    return out.decode("utf-8", "replace")
