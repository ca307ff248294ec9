"""`mtlsaudit snapshot`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import click

from mtlsaudit import __version__
from mtlsaudit.cli.live import is_live, live_of, live_options
from mtlsaudit.cli.options import now_option
from mtlsaudit.errors import OutputError


@click.command("snapshot")
@live_options
@now_option
@click.option("-o", "--output", required=True, metavar="FILE", help="Where it goes, such as cluster.tar.gz.")
@click.option("--strict", is_flag=True, help="Exit with 4 when something could not be read.")
def command(output: str, strict: bool, **options: Any) -> int:
    """Keep what a scan reads of a cluster, without anything secret: `mtlsaudit scan FILE` audits it later or elsewhere.

    The same state of the cluster and the same --now give the same bytes. Private keys and the other contents of Secrets are
    not in it: of a key only the digest of its public half.
    """
    if not is_live({**options, "paths": ()}):
        raise click.UsageError("nothing to read: give a cluster (--kubeconfig, --context, --in-cluster)")
    contexts = options["contexts"]
    if len(contexts) > 1:
        raise click.UsageError("one --context at a time: a snapshot is of one cluster")
    from mtlsaudit.collect import SNAPSHOT_SUFFIXES, collect_live
    from mtlsaudit.sources.snapshot import write_snapshot

    if not output.endswith(SNAPSHOT_SUFFIXES):
        raise click.UsageError(f"-o must end in {' or '.join(SNAPSHOT_SUFFIXES)}, so that scan knows it again")
    harvest = collect_live(live_of(options, contexts[0] if contexts else ""))
    try:
        with tempfile.NamedTemporaryFile(dir=Path(output).parent, prefix=".mtlsaudit-", delete=False) as file:
            write_snapshot(harvest, options["now"], __version__, file)
        os.replace(file.name, output)
    except OSError as error:
        raise OutputError(f"{output}: {error.strerror}") from None
    click.echo(f"{output}: {len(harvest.bodies)} of {harvest.documents} objects of {harvest.source}", err=True)
    for gap in harvest.gaps:
        click.echo(f"not read: {gap.subject}: {gap.reason}", err=True)
    return 4 if strict and harvest.gaps else 0
