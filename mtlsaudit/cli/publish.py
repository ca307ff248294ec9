"""`--report-configmap`: the one thing that a scan writes to a cluster, and only where it is asked to."""

from __future__ import annotations

import sys
from typing import NamedTuple

import click

from mtlsaudit.cli.names import LABEL, SUBDOMAIN
from mtlsaudit.collect import Live, connect
from mtlsaudit.errors import OutputError
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


def publish(report: Report, live: Live, place: Place) -> None:
    """Patch the ConfigMap of the cluster that was read: needs the right to `patch` it, and no other. Raises OutputError."""
    from mtlsaudit.output.config_map import merge_patch
    from mtlsaudit.sources.cluster.connection import NoAnswer, Refused

    patch, problem = merge_patch(report)
    where = f"--report-configmap {place.namespace}/{place.name}"
    path = f"/api/v1/namespaces/{place.namespace}/configmaps/{place.name}?fieldManager=mtlsaudit"
    connection = connect(live)
    try:
        connection.send("PATCH", path, patch, content="application/merge-patch+json")
    except Refused as error:
        hint = "; it must be there before: kubectl create configmap" if error.status == 404 else ""
        raise OutputError(f"{where}: the API server refused: {error}{hint}") from None
    except NoAnswer as error:
        raise OutputError(f"{where}: {error}") from None
    finally:
        connection.close()
    if problem:
        sys.stderr.write(f"mtlsaudit: {where}: {problem}\n")
