"""A `kubectl cluster-info dump` hides most of a cluster; what it hides is not absent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command import mtlsaudit
from tests.support.live import report_of
from tests.support.objects import MUTUAL, ingress, manifests


def _list(kind: str, *items: object) -> str:
    return json.dumps(
        {"kind": f"{kind}List", "apiVersion": "v1" if kind != "Deployment" else "apps/v1", "items": items}
    )


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """As kubectl lays it out, with one Service."""
    top = tmp_path / "dump"
    inside = top / "shop"
    inside.mkdir(parents=True)
    (top / "nodes.json").write_text(_list("Node"))
    service = {"metadata": {"name": "shop", "namespace": "shop"}, "spec": {"ports": [{"port": 80}]}}
    (inside / "services.json").write_text(_list("Service", service))
    for name, kind in (("replication-controllers", "ReplicationController"), ("deployments", "Deployment")):
        (inside / f"{name}.json").write_text(_list(kind))
    (inside / "pod-1").mkdir()
    (inside / "pod-1" / "logs.txt").write_text("==== START logs\n")
    return top


def test_it_is_known_and_said_to_be_partial(dump: Path) -> None:
    report = report_of(dump)
    assert report["coverage"]["resources"] == {"Service": 1}
    assert [(g["kind"], g["subject"]) for g in report["coverage"]["gaps"]] == [("partial-dump", dump.as_posix())]
    assert mtlsaudit("scan", dump, "--strict", "--fail-on", "never").code == 4


def test_what_it_hides_is_not_absent(dump: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.yaml"
    more.write_text(manifests(ingress(annotations=MUTUAL)))
    hop = report_of(dump, more, "--complete")["hops"][0]
    assert hop["mode"] == "unknown"
    assert "holds no Ingress, Secret" in hop["because"]
    alone = report_of(more, "--complete")["hops"][0]
    assert alone["mode"] != "unknown", "without the dump the Secret does not exist, and that decides"
