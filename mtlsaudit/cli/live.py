"""Options that lead to a live cluster instead of paths, and what they come to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from mtlsaudit.collect import Live

_EVERY = "all"

_LIVE = (
    click.option(
        "--kubeconfig",
        metavar="FILE",
        help="Read the cluster that this kubeconfig leads to [with --context: KUBECONFIG or ~/.kube/config].",
    ),
    click.option("--context", "contexts", multiple=True, metavar="NAME", help="A context of the kubeconfig."),
    click.option("--in-cluster", is_flag=True, help="Read the cluster around this pod, as its ServiceAccount."),
    click.option(
        "-n", "--namespace", "namespaces", multiple=True, metavar="NS", help="Namespaces to read [default: all]."
    ),
    click.option(
        "--secrets",
        type=click.Choice(["none", "named", "list"]),
        default="named",
        show_default=True,
        help="Which Secrets of the cluster to read: none, those that something names, or besides all of type TLS.",
    ),
    click.option(
        "--source",
        multiple=True,
        metavar="DIR",
        help="Manifests of what is scanned: gives findings their lines, and shows drift.",
    ),
    click.option("--qps", default=50.0, show_default=True, type=click.FloatRange(0.1, 1000), help="Requests a second."),
    click.option(
        "--request-timeout", default=60.0, show_default=True, type=click.FloatRange(1, 3600), help="Seconds an answer."
    ),
)
_OPTIONS = ("kubeconfig", "contexts", "in_cluster", "namespaces")


def live_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Everything that says which cluster, how much of it and how hard."""
    for decorate in reversed(_LIVE):
        command = decorate(command)
    return command


def is_live(options: dict[str, Any]) -> bool:
    """Do the options ask for a cluster? Raises UsageError where they ask for paths as well, or for neither."""
    asked = [name for name in ("kubeconfig", "contexts", "in_cluster") if options.get(name)]
    if asked and options["paths"]:
        raise click.UsageError("either PATHs or a cluster (--kubeconfig, --context, --in-cluster), not both")
    if options.get("in_cluster") and len(asked) > 1:
        raise click.UsageError("--in-cluster goes without --kubeconfig and --context")
    if not asked and options.get("namespaces"):
        raise click.UsageError("-n goes with a cluster (--kubeconfig, --context, --in-cluster)")
    return bool(asked)


def live_of(options: dict[str, Any], context: str = "") -> Live:
    """What to read, of one context."""
    from mtlsaudit.sources.cluster.access import Target
    from mtlsaudit.sources.cluster.tiers import Tier

    namespaces: Sequence[str] = options["namespaces"]
    return Live(
        Target(options["kubeconfig"] or "", context, options["in_cluster"]),
        Tier(options["secrets"]),
        () if _EVERY in namespaces else tuple(namespaces),
        options["qps"],
        options["request_timeout"],
        _progress if sys.stderr.isatty() else None,
    )


def _progress(done: int, lists: int, objects: int) -> None:
    """One line on a terminal, written over until all is read."""
    end = "\r\x1b[K" if done == lists else ""
    sys.stderr.write(f"\r\x1b[Kreading: {done} of {lists} lists, {objects} objects{end}")
    sys.stderr.flush()
