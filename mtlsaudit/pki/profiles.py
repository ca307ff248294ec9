"""Certificates of one profile differ in their alternative names and key identifier; what else they extend is read once.

A CA issues thousands of certificates whose other extensions are the same bytes. The library reads those of the first;
the two that differ are read here where they are plain, and by the library with all the others where they are not. So
whatever is unusual is read, and named as a problem, as if there were no profiles.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from mtlsaudit.model.certificate import Names
from mtlsaudit.pki.der import MalformedDer, contents
from mtlsaudit.pki.extensions import Extensions

_EXTENSIONS, _SEQUENCE, _BOOLEAN, _OCTETS = 0xA3, 0x30, 0x01, 0x04
_NAMES, _KEY_ID = bytes.fromhex("0603551d11"), bytes.fromhex("0603551d0e")
_DIFFERENT = frozenset({_NAMES, _KEY_ID})
_EMAIL, _DNS, _URI = 0x81, 0x82, 0x86
_MOST_KEPT = 1 << 12

_profiles: dict[tuple[bytes, ...], Extensions] = {}
"""Profile → what the library read of the first certificate that has it, without a problem."""


class Extended(NamedTuple):
    """The names and the key identifier are those of one certificate; those in `shared` may be another's."""

    shared: Extensions
    names: Names
    subject_key_id: str


class _Own(NamedTuple):
    """`profile` is every extension in its order; of the two that differ, only which it is and whether it is critical."""

    profile: tuple[bytes, ...]
    names: Names | None
    subject_key_id: str | None


def read_by_profile(der: bytes, at: int, limit: int, problems: list[str], read: Callable[[], Extensions]) -> Extended:
    """The extensions of the certificate `der`, which stand between `at` and `limit`, as `read` has them.

    `read` adds to `problems` what it cannot read. It is asked where the profile is new, or something is not plain.
    """
    own = _own(der, at, limit)
    known = _profiles.get(own.profile) if own else None
    if own is None or known is None:
        before = len(problems)
        found = read()
        if own is not None and len(problems) == before:
            if len(_profiles) >= _MOST_KEPT:
                _profiles.clear()  # certificates of public CAs, with a proof of logging each, are all of a profile of their own
            _profiles[own.profile] = found
        return Extended(found, found.names, found.subject_key_id)
    names = known.names if own.names is None else own.names
    return Extended(known, names, known.subject_key_id if own.subject_key_id is None else own.subject_key_id)


def _own(der: bytes, at: int, limit: int) -> _Own | None:
    """None where the names or the key identifier are not plain."""
    names: Names | None = None
    key_id: str | None = None
    profile: list[bytes] = []
    while at < limit and der[at] != _EXTENSIONS:
        at = contents(der, at, limit)[1]
    if at < limit:
        at, limit = contents(der, contents(der, at, limit)[0], limit)
    while at < limit:
        body, end = contents(der, at, limit)
        oid = der[body : body + 5]
        if oid in _DIFFERENT:
            octets = contents(der, body + 5, end)[1] if der[body + 5] == _BOOLEAN else body + 5
            profile.append(der[body:octets])
            value = der[contents(der, octets, end)[0] : end]
            if oid == _NAMES:
                names = _plain_names(value)
            else:
                key_id = _plain_key_id(value)
            if (names if oid == _NAMES else key_id) is None:
                return None
        else:
            profile.append(der[at:end])
        at = end
    return _Own(tuple(profile), names, key_id)


def _plain_key_id(value: bytes) -> str | None:
    """An OCTET STRING of a short length, and nothing after it."""
    plain = len(value) > 1 and value[0] == _OCTETS and value[1] < 0x80 and len(value) == 2 + value[1]
    return value[2:].hex() if plain else None


def _plain_names(value: bytes) -> Names | None:
    """A SEQUENCE of at least one name, all of them DNS names, URIs or e-mail addresses in ASCII of a short length."""
    try:
        at, end = contents(value, 0, len(value))
    except MalformedDer:
        return None
    shortest = 2 + (end - at > 0x7F) + (end - at > 0xFF) + (end - at > 0xFFFF)
    if value[0] != _SEQUENCE or at != shortest or end != len(value) or at == end:
        return None
    found: dict[int, list[str]] = {_DNS: [], _URI: [], _EMAIL: []}
    while at < end:
        tag, last = value[at], at + 2 + value[at + 1] if at + 1 < end else end + 1
        text = value[at + 2 : last]
        if tag not in found or last > end or value[at + 1] > 0x7F or not text.isascii():
            return None
        found[tag].append(text.decode("ascii"))
        at = last
    return Names(tuple(found[_DNS]), tuple(found[_URI]), (), tuple(found[_EMAIL]))
