"""`mtlsaudit explain`: why a hop has its mode, with every field that decided and what it might have been."""

from __future__ import annotations

from typing import Any

import click

from mtlsaudit.cli.emit import emit
from mtlsaudit.cli.live import is_live
from mtlsaudit.cli.options import input_options
from mtlsaudit.cli.perform import run_scan
from mtlsaudit.output.explain import explain


@click.command("explain")
@click.argument("entry")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@input_options
def command(entry: str, paths: tuple[str, ...], **options: Any) -> int:
    """Say why each hop of ENTRY has its mode: the chain of objects and fields, winners and losers.

    ENTRY is namespace/name of an Ingress, or a host. PATHs are scanned as by `scan`; the current directory is the default.
    """
    options["paths"] = paths
    if not is_live(options):
        options["paths"] = paths or (".",)
    report = run_scan(options)
    text = explain(report, entry)
    if text is None:
        known = ", ".join(sorted({h.entry for h in report.hops})[:20]) or "none"
        raise click.UsageError(f"no entry or host {entry!r} in the input; entries: {known}")
    emit(text)
    return 0
