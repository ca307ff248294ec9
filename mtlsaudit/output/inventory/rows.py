"""Certificates as rows: what of a report's entries an inventory shows, in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.model.report import Report
from mtlsaudit.model.values import replace
from mtlsaudit.output.certificate_words import State, next_renewal, state_of
from mtlsaudit.output.html_words import hop_label

_LAST = float("inf")


class Row(NamedTuple):
    """One certificate. `renewal` is when this issue is due to be replaced; `users` are the hops that use it, in words."""

    entry: CertificateEntry
    state: State
    renewal: datetime | None
    users: tuple[str, ...]


def listed(report: Report) -> tuple[CertificateEntry, ...]:
    """Everything that an inventory lists: the certificates of the report, and those of bundles and chains."""
    return (*report.certificates, *report.bundled)


def rows_of(report: Report) -> Iterator[Row]:
    """One row for each certificate, in the order of the report."""
    return map(Rows(report).of, listed(report))


class Rows:
    """Makes the rows of a report, each when it is asked for: of a large estate not all of them fit into memory well."""

    def __init__(self, report: Report) -> None:
        self._now = report.scan.now
        self._labels = {hop.id: hop_label(hop) for hop in report.hops}

    def of(self, entry: CertificateEntry) -> Row:
        """The row of one certificate of the report."""
        users = tuple([self._labels.get(u, u) for u in entry.used_by])
        return Row(entry, state_of(entry, self._now), next_renewal(entry), users)


def expiring(report: Report, within: timedelta) -> Report:
    """The report with only those certificates that have expired or will within the span; dates not known are left out."""
    limit = report.scan.now + within

    def kept(entries: Iterable[CertificateEntry]) -> tuple[CertificateEntry, ...]:
        return tuple(e for e in entries if e.not_after is not None and e.not_after <= limit)

    return replace(report, certificates=kept(report.certificates), bundled=kept(report.bundled))


def ordered(report: Report, by: str) -> Report:
    """The report with its certificates sorted; what has no value for it comes last, ties by id."""
    order = ORDERS[by]

    def placed(entries: Iterable[CertificateEntry]) -> tuple[CertificateEntry, ...]:
        return tuple(sorted(entries, key=lambda e: (order(e), e.id)))

    return replace(report, certificates=placed(report.certificates), bundled=placed(report.bundled))


def _time(value: datetime | None) -> float:
    return _LAST if value is None else value.timestamp()


ORDERS: Mapping[str, Callable[[CertificateEntry], float | str]] = {
    "expiry": lambda e: _time(e.not_after),
    "renewal": lambda e: _time(next_renewal(e)),
    "interval": lambda e: _LAST if e.renew_after_days is None else e.renew_after_days,
    "name": lambda e: e.id,
    "subject": lambda e: e.subject,
    "issuer": lambda e: e.issuer,
}
