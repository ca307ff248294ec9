"""The inventory of certificates: one module a format, all from the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module

from mtlsaudit.model.report import Report

FORMATS: Mapping[str, str] = {
    "table": "mtlsaudit.output.inventory.table",
    "json": "mtlsaudit.output.json_v1",
    "csv": "mtlsaudit.output.inventory.comma_separated",
    "cyclonedx": "mtlsaudit.output.inventory.cyclonedx",
    "ics": "mtlsaudit.output.inventory.calendar_ics",
    "sarif": "mtlsaudit.output.sarif",
    "html": "mtlsaudit.output.html",
}
"""Format → module with `render(report) -> str`; those of a scan render the same report as there."""


def renderer(name: str) -> Callable[[Report], str]:
    """The renderer of a format."""
    render: Callable[[Report], str] = import_module(FORMATS[name]).render
    return render


_IN_PIECES = frozenset({"json", "csv", "cyclonedx"})
"""The formats whose module has `pieces(report) -> Iterator[str]` as well."""


def pieces(name: str, report: Report) -> Iterable[str]:
    """The text of a format to be written piece by piece, where it can be had so: an inventory can be large."""
    if name not in _IN_PIECES:
        return (renderer(name)(report),)
    of_format: Callable[[Report], Iterable[str]] = import_module(FORMATS[name]).pieces
    return of_format(report)
