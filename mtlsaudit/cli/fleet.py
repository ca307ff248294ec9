"""`mtlsaudit scan` of several contexts: one report each, then a line for each cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from mtlsaudit.cli.emit import emit
from mtlsaudit.cli.live import is_live
from mtlsaudit.cli.writing import exit_code, write
from mtlsaudit.errors import ClusterError
from mtlsaudit.model.origin import as_directory
from mtlsaudit.model.report import Report
from mtlsaudit.output.fleet import Member, as_json, as_text, member_of

_PLACE = "{context}"
_ORDER = (1, 3, 4)
"""Findings first, then clusters that could not be read, then those that were read in part."""


def scan_fleet(
    options: dict[str, Any],
    targets: Sequence[tuple[str, str]],
    summary: str | None,
    scan: Callable[[dict[str, Any]], Report],
    put: Callable[[str, str, Report], None],
    fail_on: str,
    strict: bool,
) -> int:
    """Each context after the other; one that cannot be read does not stop the rest. Raises UsageError."""
    is_live(options)
    _check(targets, options["contexts"])
    members, codes = [], []
    for context in dict.fromkeys(options["contexts"]):
        try:
            report = scan({**options, "contexts": (context,)})
        except ClusterError as error:
            members.append(Member(context, str(error)))
            codes.append(3)
            continue
        for name, target in targets:
            put(name, _named(target, context), report)
        members.append(member_of(context, report))
        codes.append(exit_code(report, fail_on, strict))
    if summary:
        write(lambda: as_json(members), summary)
    emit(as_text(members))
    return next((code for code in _ORDER if code in codes), 0)


def _check(targets: Sequence[tuple[str, str]], contexts: Sequence[str]) -> None:
    places: dict[str, str] = {}
    for context in contexts:
        other = places.setdefault(as_directory(context), context)
        if other != context and any(target != "-" for _, target in targets):
            raise click.UsageError(f"the reports of {other} and {context} would have the same name: scan them apart")
    for name, target in targets:
        if target == "-" and name != "table":
            raise click.UsageError(f"several contexts: give {name} an -o with {_PLACE} in its name")
        if target != "-" and _PLACE not in target:
            raise click.UsageError(
                f"several contexts: {target} needs {_PLACE} in its name, or each report would replace the last"
            )


def _named(target: str, context: str) -> str:
    """The file of one context, whose name may hold anything (`arn:aws:eks:…/prod`)."""
    if target == "-":
        return target
    path = Path(target.replace(_PLACE, as_directory(context)))
    path.parent.mkdir(parents=True, exist_ok=True)
    return str(path)
