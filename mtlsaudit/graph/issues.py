"""What was issued for a Certificate, from the CertificateRequests that are kept, the Secret, and cert-manager's own count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.certificate_entry import Issue
from mtlsaudit.model.values import replace
from mtlsaudit.platforms.cert_manager.objects import CertificateSpec
from mtlsaudit.platforms.cert_manager.requests import CertificateRequest
from mtlsaudit.platforms.cert_manager.status import parse_time

_MOST = 50


def issues_of(
    spec: CertificateSpec,
    leaf: Certificate | None,
    requests: Sequence[CertificateRequest],
    secret_created: datetime | None,
    key_rotates: bool | None,
) -> tuple[Issue, ...]:
    """Every issue that is known of, oldest first, at most the last 50."""
    issued = sorted((r for r in requests if r.chain), key=lambda r: (r.revision or 0, r.key))
    known = [_seen(r.revision, r.chain[0], "request") for r in issued]
    if leaf is not None and leaf.sha256 not in {i.sha256 for i in known}:
        known.append(_seen(spec.status.revision, leaf, "secret"))
    first_revision = _first_revision(spec, issued)
    last = spec.status.revision or 0
    counted = [Issue(n, "", "", None, None, None, "revision") for n in range(first_revision, last + 1)]
    known += [issue for issue in counted if issue.revision not in {i.revision for i in known}]
    ordered = sorted(known, key=lambda i: i.revision or 0)
    return tuple(_with_keys(ordered, secret_created, key_rotates))[-_MOST:]


def _seen(revision: int | None, certificate: Certificate, source: str) -> Issue:
    cert = certificate
    return Issue(revision, cert.sha256, cert.spki_sha256, cert.not_before, cert.not_after, None, source)


def _first_revision(spec: CertificateSpec, issued: Sequence[CertificateRequest]) -> int:
    """1; but a first issue is sometimes requested twice within its first second, over one key: that is no rotation."""
    created = parse_time(spec.created)
    for request in issued:
        if request.created is not None and created is not None and request.created - created < timedelta(seconds=1):
            return max(request.revision or 1, 1)
    return 1


def _with_keys(ordered: Iterable[Issue], secret_created: datetime | None, key_rotates: bool | None) -> Iterable[Issue]:
    previous: Issue | None = None
    for issue in ordered:
        if previous is None:
            new: bool | None = True if issue.revision in (None, 1) else None
            policy = False
        elif previous.spki_sha256 and issue.spki_sha256:
            new, policy = previous.spki_sha256 != issue.spki_sha256, False
        elif _secret_is_younger(issue, secret_created):
            new, policy = True, False  # also under Never: there was no key left to keep
        else:
            new, policy = key_rotates, True
        previous = issue
        yield replace(issue, new_key=new, by_policy=policy)


def _secret_is_younger(issue: Issue, secret_created: datetime | None) -> bool:
    return secret_created is not None and issue.not_before is not None and secret_created >= issue.not_before
