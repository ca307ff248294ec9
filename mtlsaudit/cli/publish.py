"""`--report-configmap`: the one thing that a scan writes to a cluster, and only where it is asked to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from mtlsaudit.cli.live import is_live, live_of
from mtlsaudit.cli.names import LABEL, SUBDOMAIN
from mtlsaudit.collect import Live, connect
from mtlsaudit.errors import OutputError

if TYPE_CHECKING:
    from mtlsaudit.model.report import Report


class Place(NamedTuple):
    """A ConfigMap."""

    namespace: str
    name: str


def _place(_: click.Context, option: click.Parameter, value: str | None) -> Place | None:
    if value is None:
        return None
    namespace, _slash, name = value.partition("/")
    if not LABEL.fullmatch(namespace) or not SUBDOMAIN.fullmatch(name):
        raise click.BadParameter("expected NAMESPACE/NAME", param=option)
    return Place(namespace, name)


report_config_map = click.option(
    "--report-configmap",
    callback=_place,
    metavar="NS/NAME",
    help="Write the JSON report, compressed, and its summary into this ConfigMap, which must be there [default: nowhere].",
)


class Destination(NamedTuple):
    """A ConfigMap of a cluster."""

    live: Live
    place: Place


def destination(place: Place, options: dict[str, Any]) -> Destination:
    """Where the report goes: to the one cluster that is read. Raises UsageError."""
    if not is_live(options):
        raise click.UsageError("--report-configmap goes with a cluster (--kubeconfig, --context, --in-cluster)")
    if len(options["contexts"]) > 1:
        raise click.UsageError("--report-configmap goes with one --context")
    return Destination(live_of(options, "".join(options["contexts"])), place)


def publish(report: Report, where: Destination) -> None:
    """Patch the ConfigMap: needs the right to `patch` it, and no other. Raises OutputError."""
    from mtlsaudit.output.config_map import merge_patch
    from mtlsaudit.sources.cluster.connection import NoAnswer, Refused

    patch, problem = merge_patch(report)
    namespace, name = where.place
    told = f"--report-configmap {namespace}/{name}"
    connection = connect(where.live)
    try:
        path = f"/api/v1/namespaces/{namespace}/configmaps/{name}?fieldManager=mtlsaudit"
        connection.send("PATCH", path, patch, content="application/merge-patch+json")
    except Refused as error:
        hint = "; it must be there before: kubectl create configmap" if error.status == 404 else ""
        raise OutputError(f"{told}: the API server refused: {error}{hint}") from None
    except NoAnswer as error:
        raise OutputError(f"{told}: {error}") from None
    finally:
        connection.close()
    if problem:
        sys.stderr.write(f"mtlsaudit: {told}: {problem}\n")
