"""`mtlsaudit scan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mtlsaudit.cli.options import history_option, input_options
from mtlsaudit.cli.perform import run_scan
from mtlsaudit.cli.preflight import preflight as ask_first
from mtlsaudit.cli.preflight import preflight_option
from mtlsaudit.cli.publish import Place, destination, publish, report_config_map
from mtlsaudit.cli.writing import exit_code, on_terminal, output_options, pairs, write
from mtlsaudit.output import FORMATS, pieces

if TYPE_CHECKING:
    from mtlsaudit.model.report import Report


@click.command("scan")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@input_options
@output_options(list(FORMATS))
@history_option
@report_config_map
@preflight_option
@click.option("--all-outcomes", is_flag=True, help="List also what passed or did not apply.")
@click.option("--fleet", metavar="FILE", help="With several --context: the summary as JSON.")
def command(
    formats: tuple[str, ...],
    outputs: tuple[str, ...],
    fail_on: str,
    strict: bool,
    all_outcomes: bool,
    fleet: str | None,
    report_configmap: Place | None,
    preflight: bool,
    **options: Any,
) -> int:
    """Audit manifests (files, directories, - for stdin), a snapshot, or a live cluster.

    With several --context each cluster gets a report of its own, whose -o holds {context}, and a line in a summary.
    """
    if preflight:
        return ask_first(options, strict)
    where = destination(report_configmap, options) if report_configmap else None
    targets = pairs(formats, outputs) if formats or outputs or where is None else []
    if len(options["contexts"]) > 1:
        from mtlsaudit.cli.fleet import scan_fleet

        return scan_fleet(
            options, targets, fleet, lambda one: run_scan(one, keep_all=all_outcomes), _write, fail_on, strict
        )
    report = run_scan(options, keep_all=all_outcomes)
    if where is not None:
        publish(report, where)
    for name, target in targets:
        _write(name, target, report)
    return exit_code(report, fail_on, strict)


def _write(name: str, target: str, report: Report) -> None:
    if name == "table" and on_terminal(target):
        from mtlsaudit.output.text import render

        write(lambda: render(report, colour=True), target)
        return
    write(lambda: pieces(name, report), target)
