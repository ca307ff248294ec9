"""What `-f`, `-o`, `--fail-on` and `--strict` come to, the same for every command that reports."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from mtlsaudit.cli.emit import UNWRITABLE, emit
from mtlsaudit.errors import OutputError
from mtlsaudit.model.verdict import Outcome, Severity

if TYPE_CHECKING:
    from mtlsaudit.model.report import Report

_NEVER = "never"

Render = Callable[["Report"], str]


def output_options(formats: Sequence[str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Where reports go and what the exit code is; the first format is that of a call without `-f`."""
    options = (
        click.option(
            "-f",
            "--format",
            "formats",
            multiple=True,
            type=click.Choice(list(formats)),
            help="May be given several times, with -o.",
        ),
        click.option(
            "-o",
            "--output",
            "outputs",
            multiple=True,
            metavar="FILE",
            help="Where the format before it goes; - is stdout.",
        ),
        click.option(
            "--fail-on",
            type=click.Choice([*(s.value for s in Severity), _NEVER]),
            default="high",
            show_default=True,
            help="Exit with 1 for a finding of this severity or worse.",
        ),
        click.option("--strict", is_flag=True, help="Exit with 4 when something could not be read."),
    )

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def pairs(formats: Sequence[str], outputs: Sequence[str], default: str = "table") -> list[tuple[str, str]]:
    """(format, where it goes), in the order given. Raises UsageError where two go to stdout or an -o has no -f."""
    formats = formats or (default,)
    if len(outputs) > len(formats):
        raise click.UsageError("more -o than -f: each -o goes with the -f before it")
    padded = [*outputs, *("-" for _ in range(len(formats) - len(outputs)))]
    if padded.count("-") > 1:
        raise click.UsageError("only one format can go to stdout: give the others an -o FILE")
    return list(zip(formats, padded, strict=True))


def write(text: Callable[[], str | Iterable[str]], target: str) -> None:
    """To stdout or a file, which is opened before anything is rendered. Raises OutputError."""
    if target == "-":
        emit(text())
        return
    try:
        with open(target, "w", encoding="utf-8", errors=UNWRITABLE, newline="") as file:
            made = text()
            file.writelines((made,) if isinstance(made, str) else made)
    except OSError as error:
        raise OutputError(f"{target}: {error.strerror}") from None


def on_terminal(target: str) -> bool:
    """Is this stdout, is that a terminal, and does nobody object to colour?"""
    return target == "-" and sys.stdout.isatty() and "NO_COLOR" not in os.environ


def terminal_width(otherwise: int) -> int:
    """Columns of the terminal, or of $COLUMNS; `otherwise` where neither says."""
    return shutil.get_terminal_size((otherwise, 24)).columns


def exit_code(report: Report, fail_on: str, strict: bool) -> int:
    """What the command exits with; the same in every format."""
    if fail_on != _NEVER:
        limit = Severity(fail_on).rank
        if any(a.outcome is Outcome.FAIL and a.severity.rank <= limit for a in report.assessments):
            return 1
    return 4 if strict and report.coverage.gaps else 0
