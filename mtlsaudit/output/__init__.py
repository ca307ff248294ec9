"""Report formats: each renders the report to text and owns its own types. None decides anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mtlsaudit.model.report import Report

FORMATS: Mapping[str, str] = {
    "table": "mtlsaudit.output.text",
    "json": "mtlsaudit.output.json_v1",
    "sarif": "mtlsaudit.output.sarif",
    "html": "mtlsaudit.output.html",
    "markdown": "mtlsaudit.output.markdown",
}
"""Format → module with `render(report) -> str`; imported when asked for, because some are slow to import."""


def renderer(name: str) -> Callable[[Report], str]:
    """The renderer of a format."""
    render: Callable[[Report], str] = import_module(FORMATS[name]).render
    return render


def pieces(name: str, report: Report) -> Iterable[str]:
    """The same text to be written piece by piece: a JSON report can be large."""
    if name == "json":
        from mtlsaudit.output.json_v1 import pieces as of_json

        return of_json(report)
    return (renderer(name)(report),)
