"""One name against one name constraint (RFC 5280, 4.2.1.10)."""

from __future__ import annotations

from collections.abc import Iterator

from mtlsaudit.model.certificate import NameConstraints, Subtrees
from mtlsaudit.model.chain import Engine
from mtlsaudit.pki.path.compared_names import ComparedName
from mtlsaudit.pki.path.found import Found
from mtlsaudit.pki.path.matching import (
    Match,
    directory_within,
    dns_bases,
    dns_within_any,
    email_within_go,
    email_within_openssl,
    ip_within,
    uri_within_openssl,
)


def against(constraint: NameConstraints, name: ComparedName, depth: int, engine: Engine) -> Iterator[Found]:
    """What one constraint has against one name: not permitted, excluded, or not to be compared."""
    permitted = _matches(name, constraint.permitted, engine, False)
    if permitted and Match.INSIDE not in permitted:
        code = "name-unmatchable" if Match.UNKNOWN in permitted else "name-not-permitted"
        yield defect_of(code, name, depth)
    refused = _matches(name, constraint.excluded, engine, True)
    if Match.INSIDE in refused:
        yield defect_of("name-excluded", name, depth)
    elif Match.UNKNOWN in refused:
        yield defect_of("name-unmatchable", name, depth)


def _matches(name: ComparedName, subtrees: Subtrees, engine: Engine, excluding: bool) -> set[Match]:
    """What comparing the name with all bases of its kind comes to; empty where there are none."""
    go = engine is Engine.GO
    bases = _bases(subtrees, name.kind)
    if not bases:
        return set()
    if isinstance(name.value, str) and (name.kind == "dns" or (go and name.kind == "uri")):
        star = excluding and engine is not Engine.OPENSSL
        return {dns_within_any(name.value, dns_bases(subtrees, name.kind), star)}
    return {_within(name, base, engine, excluding) for base in bases}


def defect_of(code: str, name: ComparedName, depth: int) -> Found:
    """The defect of a name."""
    return Found(code, depth, f"{name.kind} name {name.shown}", True)


def _bases(subtrees: Subtrees, kind: str) -> tuple[str, ...] | tuple[bytes, ...]:
    match kind:
        case "dns":
            return subtrees.dns
        case "ip":
            return subtrees.ip
        case "email":
            return subtrees.email
        case "uri":
            return subtrees.uri
        case "directory":
            return subtrees.directory
    return subtrees.other


def _within(name: ComparedName, base: str | bytes, engine: Engine, excluding: bool) -> Match:
    value = name.value
    if isinstance(base, bytes):
        return directory_within(value, base) if isinstance(value, bytes) else Match.UNKNOWN
    if not isinstance(value, str):
        return Match.UNKNOWN
    match name.kind:
        case "ip" if engine is Engine.BORINGSSL:
            return Match.UNKNOWN  # nc_match_single knows no addresses
        case "ip":
            return ip_within(value, base)
        case "email" if engine is Engine.GO:
            return email_within_go(value, base, excluding)
        case "email":
            return email_within_openssl(value, base)
        case "uri":
            return uri_within_openssl(value, base)
    return Match.UNKNOWN if base == value else Match.OUTSIDE
