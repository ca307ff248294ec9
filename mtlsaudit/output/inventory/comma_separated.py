"""The inventory as CSV (RFC 4180): a header, one line a certificate, every value as plain text."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain

from mtlsaudit.model.report import Report
from mtlsaudit.output.certificate_words import all_names, is_authority
from mtlsaudit.output.inventory.rows import Row, rows_of

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(report: Report) -> str:
    """The rows; several values of one column are joined by a space-separated bar. Lines end in CRLF."""
    return "".join(pieces(report))


def pieces(report: Report) -> Iterator[str]:
    """The same text line by line."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    lines = ([_cell(read(row)) for read in COLUMNS.values()] for row in rows_of(report))
    for line in chain((COLUMNS,), lines):
        writer.writerow(line)
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        case float():
            return f"{value:g}"
        case tuple() | list():
            return _plain(" | ".join(map(str, value)))
        case _:
            return _plain(str(value))


def _plain(text: str) -> str:
    """Text that a spreadsheet takes as text: a name that starts like a formula gets an apostrophe before it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _usages(row: Row, key: str) -> object:
    return row.entry.usages.get(key)


COLUMNS: Mapping[str, Callable[[Row], object]] = {
    "id": lambda r: r.entry.id,
    "certificate": lambda r: r.entry.certificate,
    "secret": lambda r: r.entry.secret,
    "source": lambda r: r.entry.source,
    "subject": lambda r: r.entry.subject,
    "sans": lambda r: all_names(r.entry.names),
    "issuer": lambda r: r.entry.issuer,
    "is_ca": lambda r: is_authority(r.entry),
    "state": lambda r: r.state.word,
    "not_before": lambda r: r.entry.not_before,
    "not_after": lambda r: r.entry.not_after,
    "days_left": lambda r: None if r.state.left is None else r.state.left.days,
    "lifetime_days": lambda r: r.entry.lifetime_days,
    "next_renewal": lambda r: r.renewal,
    "renew_after_days": lambda r: r.entry.renew_after_days,
    "key_rotates": lambda r: r.entry.key_rotates,
    "key_algorithm": lambda r: r.entry.key.algorithm,
    "key_size": lambda r: r.entry.key.size,
    "signature_algorithm": lambda r: r.entry.signature_algorithm,
    "key_usage": lambda r: _usages(r, "key_usage"),
    "ext_key_usage": lambda r: _usages(r, "ext_key_usage"),
    "serial": lambda r: r.entry.serial,
    "sha256": lambda r: r.entry.sha256,
    "spki_sha256": lambda r: r.entry.spki_sha256,
    "managed_by": lambda r: r.entry.managed_by,
    "basis": lambda r: r.entry.basis,
    "used_by": lambda r: r.users,
}
