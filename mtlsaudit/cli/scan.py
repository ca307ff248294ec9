"""`mtlsaudit scan`."""

from __future__ import annotations

from typing import Any

import click

from mtlsaudit.cli.options import history_option, input_options, make_request
from mtlsaudit.cli.perform import run_scan
from mtlsaudit.cli.publish import Place, publish, report_config_map
from mtlsaudit.cli.writing import exit_code, on_terminal, output_options, pairs, write
from mtlsaudit.model.report import Report
from mtlsaudit.output import FORMATS, renderer


@click.command("scan")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@input_options
@output_options(list(FORMATS))
@history_option
@report_config_map
@click.option("--all-outcomes", is_flag=True, help="List also what passed or did not apply.")
def command(
    formats: tuple[str, ...],
    outputs: tuple[str, ...],
    fail_on: str,
    strict: bool,
    all_outcomes: bool,
    report_configmap: Place | None,
    **options: Any,
) -> int:
    """Audit manifests: files, directories, or - for stdin; or a live cluster."""
    targets = pairs(formats, outputs) if formats or outputs or report_configmap is None else []
    live = make_request(options).live
    if report_configmap is not None and live is None:
        raise click.UsageError("--report-configmap goes with a cluster (--kubeconfig, --context, --in-cluster)")
    report = run_scan(options, keep_all=all_outcomes)
    if report_configmap is not None and live is not None:
        publish(report, live, report_configmap)
    for name, target in targets:
        _write(name, target, report)
    return exit_code(report, fail_on, strict)


def _write(name: str, target: str, report: Report) -> None:
    if name == "table" and on_terminal(target):
        from mtlsaudit.output.text import render

        write(lambda: render(report, colour=True), target)
        return
    write(lambda: renderer(name)(report), target)
