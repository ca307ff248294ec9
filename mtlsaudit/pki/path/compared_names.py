"""The names of a certificate that each family of verifiers holds against name constraints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.pki.names import emails, empty
from mtlsaudit.pki.path.go_parsing import domain_valid, mailbox
from mtlsaudit.pki.path.matching import uri_host_go, uri_host_openssl


class ComparedName(NamedTuple):
    """A name of a certificate; `value` is None where the verifier cannot read it."""

    kind: str
    value: str | bytes | None
    shown: str


def names_go(certificate: Certificate) -> Iterator[ComparedName]:
    """Alternative names only, in the order in which Go reads them."""
    names = certificate.names
    yield from (ComparedName("ip", ip, ip) for ip in names.ip)
    yield from (ComparedName("dns", name if domain_valid(name) else None, name) for name in names.dns)
    yield from (ComparedName("uri", uri_host_go(uri), uri) for uri in names.uri)
    for email in names.email:
        parsed = mailbox(email)
        yield ComparedName("email", "\0".join(parsed) if parsed else None, email)


def names_openssl(certificate: Certificate) -> Iterator[ComparedName]:
    """The subject as a directory name, its e-mail addresses, the alternative names (NAME_CONSTRAINTS_check)."""
    names = certificate.names
    if not empty(certificate.subject_raw):
        yield ComparedName("directory", certificate.subject_raw, certificate.subject)
        yield from (
            ComparedName("email", email, email or "in its subject") for email in emails(certificate.subject_raw)
        )
    yield from (ComparedName("ip", ip, ip) for ip in names.ip)
    yield from (ComparedName("dns", name, name) for name in names.dns)
    yield from (ComparedName("uri", uri_host_openssl(uri) or None, uri) for uri in names.uri)
    yield from (ComparedName("email", email, email) for email in names.email)
    yield from (ComparedName("directory", raw, "of a directory") for raw in names.directory)
    yield from (ComparedName("other", kind, kind) for kind in names.other)
