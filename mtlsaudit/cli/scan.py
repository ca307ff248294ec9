"""`mtlsaudit scan`."""

from __future__ import annotations

from typing import Any

import click

from mtlsaudit.cli.options import history_option, input_options
from mtlsaudit.cli.perform import run_scan
from mtlsaudit.cli.writing import exit_code, on_terminal, output_options, pairs, write
from mtlsaudit.model.report import Report
from mtlsaudit.output import FORMATS, renderer


@click.command("scan")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@input_options
@output_options(list(FORMATS))
@history_option
@click.option("--all-outcomes", is_flag=True, help="List also what passed or did not apply.")
def command(
    formats: tuple[str, ...], outputs: tuple[str, ...], fail_on: str, strict: bool, all_outcomes: bool, **options: Any
) -> int:
    """Audit manifests: files, directories, or - for stdin."""
    targets = pairs(formats, outputs)
    report = run_scan(options, keep_all=all_outcomes)
    for name, target in targets:
        _write(name, target, report)
    return exit_code(report, fail_on, strict)


def _write(name: str, target: str, report: Report) -> None:
    if name == "table" and on_terminal(target):
        from mtlsaudit.output.text import render

        write(lambda: render(report, colour=True), target)
        return
    write(lambda: renderer(name)(report), target)
