"""Name constraints (RFC 5280, 4.2.1.10) as OpenSSL, BoringSSL and Go compare names with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mtlsaudit.model.certificate import Certificate, NameConstraints, Subtrees
from mtlsaudit.model.chain import Engine
from mtlsaudit.pki.names import common_names
from mtlsaudit.pki.path.compared_names import ComparedName, names_go, names_openssl
from mtlsaudit.pki.path.comparison import against, defect_of
from mtlsaudit.pki.path.found import Found
from mtlsaudit.pki.path.matching import looks_like_dns_boringssl, looks_like_dns_openssl
from mtlsaudit.pki.path.paths import Path
from mtlsaudit.pki.path.store import self_issued

if TYPE_CHECKING:
    from mtlsaudit.pki.path.verifier import Verifier

_SAN = "2.5.29.17"

_MOST_COMPARISONS = 1 << 20
"""Names times constraints beyond which OpenSSL and BoringSSL give up (NAME_CHECK_MAX)."""


_WORTH_COMPARING = 1 << 17
"""Beyond this many comparisons nothing is compared and the verdict stays open: input may be hostile."""


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
    for name in names_go(certificate):
        if name.value is None:
            yield defect_of("name-unmatchable", name, depth)
            continue
        for constraint in constraints:
            yield from against(constraint, name, depth, Engine.GO)


def _more_than_worth(certificate: Certificate, constraints: list[NameConstraints]) -> bool:
    """Would comparing one by one take long? Host names are looked up, so they do not count."""
    names = certificate.names
    sides = [side for c in constraints for side in (c.permitted, c.excluded)]
    return (
        sum(len(names.ip) * len(s.ip) + len(names.email) * len(s.email) + len(names.uri) * len(s.uri) for s in sides)
        + sum(len(names.directory) * len(s.directory) + len(names.other) * len(s.other) for s in sides)
        > _WORTH_COMPARING
    )


def _openssl(
    engine: Engine, certificate: Certificate, constraints: list[NameConstraints], depth: int
) -> Iterator[Found]:
    names = list(names_openssl(certificate))
    for constraint in constraints:
        if len(names) * (_size(constraint.permitted) + _size(constraint.excluded)) > _MOST_COMPARISONS:
            yield Found("too-many-names", depth, f"{len(names)} names", True)
            return
        for name in names:
            yield from against(constraint, name, depth, engine)
    if depth == 0:
        yield from _common_name(engine, certificate, constraints)


def _size(subtrees: Subtrees) -> int:
    of = subtrees
    return len(of.dns) + len(of.ip) + len(of.email) + len(of.uri) + len(of.directory) + len(of.other)


def _common_name(engine: Engine, certificate: Certificate, constraints: list[NameConstraints]) -> Iterator[Found]:
    """A leaf whose common name looks like a host.

    OpenSSL checks it as a DNS name where there is none among the alternative names (NAME_CONSTRAINTS_check_CN).
    BoringSSL refuses it where there are no alternative names at all.
    """
    looks_like_dns = looks_like_dns_boringssl if engine is Engine.BORINGSSL else looks_like_dns_openssl
    hosts = [name for name in common_names(certificate.subject_raw) if looks_like_dns(name)]
    if engine is Engine.BORINGSSL:
        if hosts and _SAN not in certificate.extensions:
            yield Found("name-unmatchable", 0, f"common name {hosts[0]} without alternative names", True)
    elif not certificate.names.dns:
        for host in hosts:
            for constraint in constraints:
                yield from against(constraint, ComparedName("dns", host, host), 0, engine)
