"""`mtlsaudit scan`."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from mtlsaudit.cli.emit import emit
from mtlsaudit.cli.options import input_options
from mtlsaudit.cli.run import run_scan
from mtlsaudit.errors import OutputError
from mtlsaudit.model.report import Report
from mtlsaudit.model.verdict import Outcome, Severity
from mtlsaudit.output import FORMATS, renderer

_NEVER = "never"


@click.command("scan")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@input_options
@click.option(
    "-f",
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(list(FORMATS)),
    help="May be given several times, with -o.",
)
@click.option(
    "-o", "--output", "outputs", multiple=True, metavar="FILE", help="Where the format before it goes; - is stdout."
)
@click.option(
    "--fail-on",
    type=click.Choice([*(s.value for s in Severity), _NEVER]),
    default="high",
    show_default=True,
    help="Exit with 1 for a finding of this severity or worse.",
)
@click.option("--strict", is_flag=True, help="Exit with 4 when something could not be read.")
@click.option("--all-outcomes", is_flag=True, help="List also what passed or did not apply.")
def command(
    formats: tuple[str, ...], outputs: tuple[str, ...], fail_on: str, strict: bool, all_outcomes: bool, **options: Any
) -> int:
    """Audit manifests: files, directories, or - for stdin."""
    targets = _targets(formats, outputs)
    report = run_scan(options, keep_all=all_outcomes)
    for name, target in targets:
        _write(name, target, report)
    return exit_code(report, fail_on, strict)


def _targets(formats: tuple[str, ...], outputs: tuple[str, ...]) -> list[tuple[str, str]]:
    formats = formats or ("table",)
    if len(outputs) > len(formats):
        raise click.UsageError("more -o than -f: each -o goes with the -f before it")
    padded = [*outputs, *("-" for _ in range(len(formats) - len(outputs)))]
    if padded.count("-") > 1:
        raise click.UsageError("only one format can go to stdout: give the others an -o FILE")
    return list(zip(formats, padded, strict=True))


def _write(name: str, target: str, report: Report) -> None:
    if target == "-":
        if name == "table" and sys.stdout.isatty() and "NO_COLOR" not in os.environ:
            from mtlsaudit.output.text import render

            emit(render(report, colour=True))
            return
        emit(renderer(name)(report))
        return
    try:
        with open(target, "w", encoding="utf-8", newline="\n") as file:
            file.write(renderer(name)(report))
    except OSError as error:
        raise OutputError(f"{target}: {error.strerror}") from None


def exit_code(report: Report, fail_on: str, strict: bool) -> int:
    """What the command exits with; the same in every format."""
    if fail_on != _NEVER:
        limit = Severity(fail_on).rank
        if any(a.outcome is Outcome.FAIL and a.severity.rank <= limit for a in report.assessments):
            return 1
    return 4 if strict and report.coverage.gaps else 0
