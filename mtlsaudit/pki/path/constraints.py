"""Name constraints (RFC 5280, 4.2.1.10) as OpenSSL, BoringSSL and Go compare names with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from mtlsaudit.model.certificate import Certificate, NameConstraints, Subtrees
from mtlsaudit.model.chain import Engine
from mtlsaudit.pki.names import common_names, emails, empty
from mtlsaudit.pki.path.found import Found
from mtlsaudit.pki.path.go_parsing import domain_valid, mailbox
from mtlsaudit.pki.path.matching import (
    Match,
    directory_within,
    dns_bases,
    dns_within_any,
    email_within_go,
    email_within_openssl,
    ip_within,
    looks_like_dns_boringssl,
    looks_like_dns_openssl,
    uri_host_go,
    uri_host_openssl,
    uri_within_openssl,
)
from mtlsaudit.pki.path.search import Path
from mtlsaudit.pki.path.store import self_issued

if TYPE_CHECKING:
    from mtlsaudit.pki.path.verifier import Verifier

_SAN = "2.5.29.17"

_MOST_COMPARISONS = 1 << 20
"""Names times constraints beyond which OpenSSL and BoringSSL give up (NAME_CHECK_MAX)."""


_WORTH_COMPARING = 1 << 17
"""Beyond this many comparisons nothing is compared and the verdict stays open: input may be hostile."""


class _Named(NamedTuple):
    """A name of a certificate; `value` is None where the verifier cannot read it."""

    kind: str
    value: str | bytes | None
    shown: str


def name_defects(verifier: Verifier, path: Path) -> Iterator[Found]:
    """Every name of every certificate against the constraints of all CAs above it, the anchor's too."""
    above = [
        (depth, c.name_constraints)
        for depth, c in enumerate(path.certificates)
        if depth and c.name_constraints is not None
    ]
    go = verifier.engine is Engine.GO
    if go:
        yield from _unsupported_by_go(path)
    for depth, certificate in enumerate(path.certificates):
        constraints = [c for at, c in above if at > depth]
        if not constraints or (depth and not go and self_issued(certificate)):
            continue
        if _more_than_worth(certificate, constraints):
            yield Found("too-many-names", depth, "its names are not compared one by one", False)
        elif go:
            yield from _go(certificate, constraints, depth)
        else:
            yield from _openssl(verifier.engine, certificate, constraints, depth)


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


def _go(certificate: Certificate, constraints: list[NameConstraints], depth: int) -> Iterator[Found]:
    """Alternative names only: Go does not look at the subject. It reads all of them once there is any constraint."""
    for name in _names_go(certificate):
        if name.value is None:
            yield _found("name-unmatchable", name, depth)
            continue
        for constraint in constraints:
            yield from _against(constraint, name, depth, True)


def _more_than_worth(certificate: Certificate, constraints: list[NameConstraints]) -> bool:
    """Would comparing one by one take long? Host names are looked up, so they do not count."""
    names = certificate.names
    sides = [side for c in constraints for side in (c.permitted, c.excluded)]
    return (
        sum(len(names.ip) * len(s.ip) + len(names.email) * len(s.email) + len(names.uri) * len(s.uri) for s in sides)
        + sum(len(names.directory) * len(s.directory) + len(names.other) * len(s.other) for s in sides)
        > _WORTH_COMPARING
    )


def _names_go(certificate: Certificate) -> Iterator[_Named]:
    names = certificate.names
    yield from (_Named("ip", ip, ip) for ip in names.ip)
    yield from (_Named("dns", name if domain_valid(name) else None, name) for name in names.dns)
    yield from (_Named("uri", uri_host_go(uri), uri) for uri in names.uri)
    for email in names.email:
        parsed = mailbox(email)
        yield _Named("email", "\0".join(parsed) if parsed else None, email)


def _openssl(
    engine: Engine, certificate: Certificate, constraints: list[NameConstraints], depth: int
) -> Iterator[Found]:
    names = list(_names_openssl(certificate))
    for constraint in constraints:
        if len(names) * (_size(constraint.permitted) + _size(constraint.excluded)) > _MOST_COMPARISONS:
            yield Found("too-many-names", depth, f"{len(names)} names", True)
            return
        for name in names:
            yield from _against(constraint, name, depth, False)
    if depth == 0:
        yield from _common_name(engine, certificate, constraints)


def _size(subtrees: Subtrees) -> int:
    of = subtrees
    return len(of.dns) + len(of.ip) + len(of.email) + len(of.uri) + len(of.directory) + len(of.other)


def _names_openssl(certificate: Certificate) -> Iterator[_Named]:
    """The subject as a directory name, its e-mail addresses, the alternative names (NAME_CONSTRAINTS_check)."""
    names = certificate.names
    if not empty(certificate.subject_raw):
        yield _Named("directory", certificate.subject_raw, certificate.subject)
        yield from (_Named("email", email, email or "in its subject") for email in emails(certificate.subject_raw))
    yield from (_Named("ip", ip, ip) for ip in names.ip)
    yield from (_Named("dns", name, name) for name in names.dns)
    yield from (_Named("uri", uri_host_openssl(uri) or None, uri) for uri in names.uri)
    yield from (_Named("email", email, email) for email in names.email)
    yield from (_Named("directory", raw, "of a directory") for raw in names.directory)
    yield from (_Named("other", kind, kind) for kind in names.other)


def _common_name(engine: Engine, certificate: Certificate, constraints: list[NameConstraints]) -> Iterator[Found]:
    """A leaf whose common name looks like a host.

    OpenSSL 3 checks it as a DNS name where there is none among the alternative names (NAME_CONSTRAINTS_check_CN; not
    since 4.0). BoringSSL refuses it where there are no alternative names at all.
    """
    looks_like_dns = looks_like_dns_boringssl if engine is Engine.BORINGSSL else looks_like_dns_openssl
    hosts = [name for name in common_names(certificate.subject_raw) if looks_like_dns(name)]
    if engine is Engine.BORINGSSL:
        if hosts and _SAN not in certificate.extensions:
            yield Found("name-unmatchable", 0, f"common name {hosts[0]} without alternative names", True)
    elif not certificate.names.dns:
        for host in hosts:
            for constraint in constraints:
                yield from _against(constraint, _Named("dns", host, host), 0, False)


def _against(constraint: NameConstraints, name: _Named, depth: int, go: bool) -> Iterator[Found]:
    permitted = _matches(name, constraint.permitted, go, False)
    if permitted and Match.INSIDE not in permitted:
        code = "name-unmatchable" if Match.UNKNOWN in permitted else "name-not-permitted"
        yield _found(code, name, depth)
    refused = _matches(name, constraint.excluded, go, True)
    if Match.INSIDE in refused:
        yield _found("name-excluded", name, depth)
    elif Match.UNKNOWN in refused:
        yield _found("name-unmatchable", name, depth)


def _matches(name: _Named, subtrees: Subtrees, go: bool, excluding: bool) -> set[Match]:
    """What comparing the name with all bases of its kind comes to; empty where there are none."""
    bases = _bases(subtrees, name.kind)
    if not bases:
        return set()
    if isinstance(name.value, str) and (name.kind == "dns" or (go and name.kind == "uri")):
        return {dns_within_any(name.value, dns_bases(subtrees, name.kind), go and excluding)}
    return {_within(name, base, go, excluding) for base in bases}


def _found(code: str, name: _Named, depth: int) -> Found:
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


def _within(name: _Named, base: str | bytes, go: bool, excluding: bool) -> Match:
    value = name.value
    if isinstance(base, bytes):
        return directory_within(value, base) if isinstance(value, bytes) else Match.UNKNOWN
    if not isinstance(value, str):
        return Match.UNKNOWN
    match name.kind:
        case "ip":
            return ip_within(value, base)
        case "email":
            return email_within_go(value, base, excluding) if go else email_within_openssl(value, base)
        case "uri":
            return uri_within_openssl(value, base)
    return Match.UNKNOWN if base == value else Match.OUTSIDE
