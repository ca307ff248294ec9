"""`--report-configmap` against the real API server: with the one right that the chart gives, and nothing else is written."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from mtlsaudit.output.config_map import LIMIT
from tests.support.apiserver import ApiServer, Refused
from tests.support.chart import objects, of_kind
from tests.support.command import mtlsaudit
from tests.support.live import NOW

INGRESS = """apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: publish}
spec: {rules: [{host: a.example.com}]}
"""
PLACE = ("--report-configmap", "publish/mtlsaudit-report")
PATH = "/api/v1/namespaces/publish/configmaps/mtlsaudit-report"


@pytest.fixture(scope="module")
def reporter(cluster: ApiServer) -> Path:
    """The kubeconfig of the chart's ServiceAccount, with the chart's roles, installed in the namespace `publish`."""
    made = objects("report.to=configMap", "scan.secrets=none", namespace="publish")
    wanted = [o for o in made if o["kind"] not in ("CronJob", "NetworkPolicy")]
    cluster.apply(INGRESS + "---\n" + "---\n".join(json.dumps(o) + "\n" for o in wanted))
    (account,) = of_kind(made, "ServiceAccount")
    name = account["metadata"]["name"]
    return cluster.kubeconfig("reporter", {"token": cluster.token(name, "publish")})


def scan(kubeconfig: Path, *more: str | Path) -> Any:
    return mtlsaudit("scan", "--kubeconfig", kubeconfig, "--secrets", "none", "--now", NOW, "--fail-on", "never", *more)


def test_the_report_is_in_the_config_map(cluster: ApiServer, reporter: Path, tmp_path: Path) -> None:
    before = len(cluster.audited("system:serviceaccount:publish:mtlsaudit"))
    done = scan(reporter, *PLACE, "-f", "json", "-o", tmp_path / "report.json")
    assert (done.code, done.out, done.err) == (0, "", "")
    kept = cluster.request("GET", PATH)
    assert (
        gzip.decompress(base64.b64decode(kept["binaryData"]["report.json.gz"]))
        == (tmp_path / "report.json").read_bytes()
    )
    top = json.loads(kept["data"]["summary.json"])
    assert (top["now"], top["sources"], top["gaps"]) == (NOW, ["reporter"], 0)
    assert kept["metadata"]["labels"]["app.kubernetes.io/name"] == "mtlsaudit"
    events = cluster.audited("system:serviceaccount:publish:mtlsaudit")[before:]
    writes = [(e["verb"], e["requestURI"].partition("?")[0]) for e in events if e["verb"] not in ("get", "list")]
    assert writes == [("patch", PATH)]


def test_without_a_format_nothing_goes_to_stdout(reporter: Path) -> None:
    done = scan(reporter, *PLACE)
    assert (done.code, done.out, done.err) == (0, "", "")


def test_the_account_may_write_nowhere_else(cluster: ApiServer, reporter: Path) -> None:
    cluster.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: other, namespace: publish}, data: {a: b}}\n")
    done = scan(reporter, "--report-configmap", "publish/other")
    assert (done.code, done.out) == (2, "")
    assert "--report-configmap publish/other: the API server refused: 403" in done.err
    assert cluster.request("GET", "/api/v1/namespaces/publish/configmaps/other")["data"] == {"a": "b"}


def test_a_config_map_that_is_not_there_is_not_made(cluster: ApiServer) -> None:
    done = scan(cluster.kubeconfig("admin"), "--report-configmap", "publish/absent")
    assert done.code == 2
    assert "404" in done.err
    assert "it must be there before" in done.err
    with pytest.raises(Refused) as refused:
        cluster.request("GET", "/api/v1/namespaces/publish/configmaps/absent")
    assert refused.value.code == 404


def test_the_limit_is_that_of_the_server(cluster: ApiServer) -> None:
    """One byte less than the limit is taken, one more is not: the limit is neither a guess nor too careful."""

    def put(size: int) -> None:
        value = {"data": {"summary.json": "x"}, "binaryData": {"r": base64.b64encode(b"\0" * (size - 1)).decode()}}
        cluster.request("PATCH", f"{PATH}?dryRun=All", value, "application/merge-patch+json")

    kept = cluster.request("GET", PATH)
    there = sum(len(base64.b64decode(v)) for v in kept.get("binaryData", {}).values())
    put(LIMIT - there)
    with pytest.raises(Refused) as refused:
        put(LIMIT - there + 1)
    assert refused.value.code == 422


@pytest.mark.parametrize("value", ["report", "a/b/c", "../x", "publish/", "Publish/report"])
def test_a_wrong_place_is_told_before_anything_is_read(value: str) -> None:
    done = mtlsaudit("scan", "--in-cluster", "--report-configmap", value)
    assert (done.code, done.out) == (2, "")
    assert "expected NAMESPACE/NAME" in done.err


def test_it_goes_with_a_cluster_only() -> None:
    done = mtlsaudit("scan", "examples", *PLACE)
    assert (done.code, done.out) == (2, "")
    assert "--report-configmap goes with a cluster" in done.err
    several = mtlsaudit("scan", "--context", "a", "--context", "b", *PLACE)
    assert (several.code, several.out) == (2, "")
    assert "--report-configmap goes with one --context" in several.err
