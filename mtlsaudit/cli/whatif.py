"""`mtlsaudit whatif rotate | remove-ca`: which handshakes a change of a CA breaks, and the order in which none does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from mtlsaudit.cli.emit import emit
from mtlsaudit.cli.options import input_options, make_request


@click.group("whatif")
def command() -> None:
    """Say what a change of a CA breaks, before it is made. Exit code 1 when something breaks."""


def _arguments(wrapped: Callable[..., Any]) -> Callable[..., Any]:
    for decorate in (
        click.option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True),
        input_options,
        click.argument("paths", nargs=-1, metavar="[PATH]..."),
        click.argument("name"),
    ):
        wrapped = decorate(wrapped)
    return wrapped


@command.command("rotate")
@_arguments
def rotate(name: str, form: str, **options: Any) -> int:
    """NAME gets a new key: a CA by its Certificate or Secret (namespace/name), issuer, or SHA-256 (8 digits or more)."""
    return _run(name, form, options, rotating=True)


@command.command("remove-ca")
@_arguments
def remove_ca(name: str, form: str, **options: Any) -> int:
    """NAME is taken out of every bundle: a CA by its Certificate or Secret (namespace/name), issuer, or SHA-256 (8 digits or more)."""
    return _run(name, form, options, rotating=False)


def _run(name: str, form: str, options: dict[str, Any], rotating: bool) -> int:
    from mtlsaudit.collect import collect
    from mtlsaudit.graph.trust import build_trust
    from mtlsaudit.graph.trust.changes import find_target, weigh
    from mtlsaudit.output.whatif import as_json, text
    from mtlsaudit.scan import graph_of

    request = make_request(options)
    graph = graph_of(collect(request), request)
    trust = build_trust(graph, request.now)
    target = find_target(name, graph, trust)
    if target is None:
        known = sorted({c.certificate or c.secret for c in trust.credentials if c.is_ca} | set(graph.inventory.issuers))
        raise click.UsageError(f"no CA {name!r} in the input; there are {', '.join(known[:20]) or 'none'}")
    change = weigh(target, graph, trust, request.now, rotating=rotating)
    emit((as_json if form == "json" else text)(change, rotating))
    return 1 if change.broken else 0
