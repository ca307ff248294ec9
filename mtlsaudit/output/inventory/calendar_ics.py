"""Renewals and expiries as a calendar (iCalendar, RFC 5545), to subscribe to or to import.

The same scan gives the same bytes: DTSTAMP is the time of the scan, and a UID stays the same for as long as it is the
same certificate, so that importing a newer calendar moves an event instead of adding one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from mtlsaudit.model.report import Report
from mtlsaudit.output.certificate_words import all_names, key_words
from mtlsaudit.output.inventory.rows import Row, rows_of

_LIMIT = 75
_SHOWN = 10


def render(report: Report) -> str:
    """One event for each known renewal and expiry. Lines end in CRLF and are folded at 75 octets (RFC 5545 §3.1)."""
    cluster = report.scan.cluster
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//mtlsaudit//mtlsaudit {report.tool_version}//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(f'Certificates of {cluster}' if cluster else 'Certificates')}",
    ]
    for at, kind, row in sorted(_events(report), key=lambda e: (e[0], e[1], e[2].entry.id)):
        lines += _event(report, at, kind, row)
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _events(report: Report) -> Iterator[tuple[datetime, str, Row]]:
    for row in rows_of(report):
        if row.entry.not_after is not None:
            yield row.entry.not_after, "expiry", row
        if row.renewal is not None:
            yield row.renewal, "renewal", row


def _event(report: Report, at: datetime, kind: str, row: Row) -> Iterator[str]:
    entry, cluster = row.entry, report.scan.cluster
    what = "expires" if kind == "expiry" else "is due for renewal"
    parts = [kind, entry.id, entry.sha256, *([cluster] if cluster else ())]
    identity = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    yield "BEGIN:VEVENT"
    yield f"UID:{identity[:40]}@mtlsaudit"
    yield f"DTSTAMP:{_time(report.scan.now)}"
    yield f"DTSTART:{_time(at)}"
    yield f"SUMMARY:{_text(f'{entry.id} {what}')}"
    yield f"DESCRIPTION:{_text(_description(row, cluster))}"
    yield f"CATEGORIES:{kind.upper()}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _description(row: Row, cluster: str) -> str:
    entry = row.entry
    names = all_names(entry.names)
    lines = [
        f"Cluster: {cluster}" if cluster else "",
        f"Subject: {entry.subject or 'none'}",
        f"Names: {_some(names)}" if names else "",
        f"Issuer: {entry.issuer or 'not known'}",
        f"Key: {key_words(entry.key)}",
        f"Managed by: {entry.managed_by or 'nobody known'}",
        f"Used by: {_some(row.users)}" if row.users else "",
        f"SHA-256: {entry.sha256}" if entry.sha256 else "",
    ]
    return "\n".join(line for line in lines if line)


def _some(values: tuple[str, ...]) -> str:
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return ", ".join(values[:_SHOWN]) + more


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")[:19].replace("-", "").replace(":", "") + "Z"


def _text(value: str) -> str:
    r"""RFC 5545 §3.3.11: backslash, semicolon and comma escaped, newlines as \n, other control characters left out."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\r\n", "\n")
    return "".join(c for c in escaped.replace("\n", "\\n") if c >= " " and c != "\x7f")


def _folded(line: str) -> str:
    """At most 75 octets a line, never within a character; the rest goes on after a space."""
    if line.isascii():
        rest = range(_LIMIT, len(line), _LIMIT - 1)
        return "\r\n ".join((line[:_LIMIT], *(line[start : start + _LIMIT - 1] for start in rest)))
    pieces, size = [""], 0
    for character in line:
        octets = len(character.encode("utf-8", "surrogatepass"))
        if size + octets > _LIMIT:
            pieces.append(" ")
            size = 1
        pieces[-1] += character
        size += octets
    return "\r\n".join(pieces)
