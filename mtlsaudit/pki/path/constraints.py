"""Name constraints (RFC 5280, 4.2.1.10) as OpenSSL, BoringSSL and Go compare names with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from mtlsaudit.model.certificate import Certificate, NameConstraints, Subtrees
from mtlsaudit.model.chain import Engine
from mtlsaudit.pki.names import canonical, common_names, emails, empty
from mtlsaudit.pki.path.found import Found
from mtlsaudit.pki.path.matching import (
    Match,
    directory_within,
    dns_within,
    email_within_go,
    email_within_openssl,
    ip_within,
    looks_like_dns,
    uri_host_go,
    uri_host_openssl,
    uri_within_openssl,
)
from mtlsaudit.pki.path.search import Path

if TYPE_CHECKING:
    from mtlsaudit.pki.path.verifier import Verifier


class _Named(NamedTuple):
    kind: str
    value: str | bytes | None


def name_defects(verifier: Verifier, path: Path) -> Iterator[Found]:
    """Every name of every certificate against the constraints of all CAs above it, the anchor's too."""
    above = [
        (depth, c.name_constraints)
        for depth, c in enumerate(path.certificates)
        if depth and c.name_constraints is not None
    ]
    if not above:
        return
    go = verifier.engine is Engine.GO
    if go:
        yield from _unsupported_by_go(path)
    for depth, certificate in enumerate(path.certificates):
        if depth and not go and canonical(certificate.subject_raw) == canonical(certificate.issuer_raw):
            continue
        constraints = [c for at, c in above if at > depth]
        if constraints:
            names = _names_go(certificate) if go else list(_names_openssl(certificate, leaf=depth == 0))
            for constraint in constraints:
                yield from _against(constraint, names, depth, go)


def _unsupported_by_go(path: Path) -> Iterator[Found]:
    for depth, certificate in enumerate(path.certificates):
        constraint = certificate.name_constraints
        if constraint is None:
            continue
        kinds = [*constraint.permitted.other, *constraint.excluded.other]
        kinds += ["DirectoryName"] * bool(constraint.permitted.directory or constraint.excluded.directory)
        if kinds:
            words = f"Go does not know constraints on {', '.join(dict.fromkeys(kinds))}"
            yield Found("name-constraint-unsupported", depth, words, constraint.critical)


def _names_go(certificate: Certificate) -> list[_Named]:
    """Alternative names only: Go does not look at the subject (checkChainConstraints)."""
    names = certificate.names
    return [
        *(_Named("ip", ip) for ip in names.ip),
        *(_Named("dns", name) for name in names.dns),
        *(_Named("uri", uri) for uri in names.uri),
        *(_Named("email", email) for email in names.email),
    ]


def _names_openssl(certificate: Certificate, leaf: bool) -> Iterator[_Named]:
    """The subject as a directory name, its e-mail addresses, the alternative names; a leaf's CN where no DNS name is.

    OpenSSL 3: NAME_CONSTRAINTS_check, and NAME_CONSTRAINTS_check_CN for what looks like a host name (not since 4.0).
    """
    names = certificate.names
    if not empty(certificate.subject_raw):
        yield _Named("directory", certificate.subject_raw)
        yield from (_Named("email", email) for email in emails(certificate.subject_raw))
    yield from _names_go(certificate)
    yield from (_Named("directory", raw) for raw in names.directory)
    yield from (_Named("other", kind) for kind in names.other)
    if leaf and not names.dns:
        yield from (_Named("dns", name) for name in common_names(certificate.subject_raw) if looks_like_dns(name))


def _against(constraint: NameConstraints, names: list[_Named], depth: int, go: bool) -> Iterator[Found]:
    for name in names:
        permitted = _bases(constraint.permitted, name.kind)
        excluded = _bases(constraint.excluded, name.kind)
        if not permitted and not excluded:
            if go and name.kind in ("uri", "email") and _host_missing(name):
                yield _found("name-unmatchable", name, depth)
            continue
        results = [_within(name, base, go, False) for base in permitted]
        if results and Match.INSIDE not in results:
            code = "name-unmatchable" if Match.UNKNOWN in results else "name-not-permitted"
            yield _found(code, name, depth)
        refused = [_within(name, base, go, True) for base in excluded]
        if Match.INSIDE in refused:
            yield _found("name-excluded", name, depth)
        elif Match.UNKNOWN in refused:
            yield _found("name-unmatchable", name, depth)


def _host_missing(name: _Named) -> bool:
    """Go parses every URI once any constraint is there, and refuses one without a host."""
    return name.kind == "uri" and isinstance(name.value, str) and uri_host_go(name.value) is None


def _found(code: str, name: _Named, depth: int) -> Found:
    shown = "its subject" if isinstance(name.value, bytes) else str(name.value)
    return Found(code, depth, f"{name.kind} name {shown}", True)


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


def _within(name: _Named, base: str | bytes, go: bool, excluding: bool) -> Match:
    value = name.value
    if isinstance(base, bytes):
        return directory_within(value, base) if isinstance(value, bytes) else Match.UNKNOWN
    if not isinstance(value, str):
        return Match.UNKNOWN
    match name.kind:
        case "dns":
            return dns_within(value, base, go, excluding)
        case "ip":
            return ip_within(value, base)
        case "email":
            return email_within_go(value, base, excluding) if go else email_within_openssl(value, base)
        case "uri" if go:
            host = uri_host_go(value)
            return Match.UNKNOWN if host is None else dns_within(host, base, True, excluding)
        case "uri":
            host = uri_host_openssl(value)
            return Match.UNKNOWN if not host else uri_within_openssl(host, base)
    return Match.UNKNOWN if base == value else Match.OUTSIDE
