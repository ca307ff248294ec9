"""The table of certificates, in words that count from the time of the scan."""

from __future__ import annotations

from collections.abc import Callable

from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.model.report import Report
from mtlsaudit.model.values import dataclass
from mtlsaudit.output.certificate_words import (
    all_names,
    is_authority,
    key_words,
    renewal_words,
    state_of,
    states_in_words,
)
from mtlsaudit.output.counting import count
from mtlsaudit.output.html_evidence import place_of
from mtlsaudit.output.html_findings import Subject
from mtlsaudit.output.html_words import day, days

# One wildcard certificate may serve a thousand hops; the rest is a number.
_USERS = 5


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One certificate. `state` says in a word whether it is valid now; `remaining` says for how long."""

    anchor: str
    name: str
    secret: str
    subject: str
    names: str
    authority: bool
    issuer: str
    not_before: str
    not_after: str
    state: str
    remaining: str
    lifetime: str
    renewal: str
    key: str
    key_rotates: str
    managed_by: str
    basis: str
    place: str
    used_by: tuple[Subject, ...]
    used_more: int


def certificates_headline(report: Report) -> str:
    """In one line, for a report of certificates alone."""
    said = states_in_words(report.certificates, report.scan.now)
    return count(len(report.certificates), "certificate") + (f": {said}" if said else "")


def certificate_rows(report: Report, subjects: Callable[[str], Subject]) -> tuple[CertificateRow, ...]:
    """The earliest expiry first; those without a date last, in the order of the report."""
    entries = sorted(enumerate(report.certificates), key=lambda pair: _expiry(pair[1]))
    return tuple(_row(report, entry, f"certificate-{number + 1}", subjects) for number, entry in entries)


def _expiry(entry: CertificateEntry) -> tuple[bool, float]:
    return (entry.not_after is None, entry.not_after.timestamp() if entry.not_after else 0.0)


def _row(report: Report, entry: CertificateEntry, anchor: str, subjects: Callable[[str], Subject]) -> CertificateRow:
    state = state_of(entry, report.scan.now)
    names = all_names(entry.names)
    return CertificateRow(
        anchor=anchor,
        name=entry.id,
        secret=entry.secret if entry.certificate else "",
        subject=entry.subject,
        names=", ".join(names[:_USERS]) + (f" and {len(names) - _USERS} more" if len(names) > _USERS else ""),
        authority=is_authority(entry),
        issuer=entry.issuer,
        not_before=day(entry.not_before),
        not_after=day(entry.not_after),
        state=state.word,
        remaining=state.remaining,
        lifetime="not known" if entry.lifetime_days is None else days(entry.lifetime_days),
        renewal=renewal_words(entry),
        key=key_words(entry.key),
        key_rotates={True: "new key at renewal", False: "same key kept", None: "rotation not known"}[entry.key_rotates],
        managed_by=entry.managed_by or "nobody known",
        basis=entry.basis,
        place=place_of(report, entry.evidence[0].site) if entry.evidence else "",
        used_by=tuple(subjects(user) for user in entry.used_by[:_USERS]),
        used_more=max(0, len(entry.used_by) - _USERS),
    )
