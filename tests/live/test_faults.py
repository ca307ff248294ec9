"""What goes wrong between a scan and an API server ends in a whole report, or in one that says what it lacks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.live.test_scan import CASE, CLIENT
from tests.support.apiserver import ApiServer, running
from tests.support.faults import Fault, Plan, misbehaving
from tests.support.live import Report, modes, report_of, said, scan

RULES = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}]
INGRESSES = "/apis/networking.k8s.io/v1/ingresses"
CONFIG_MAPS = "/api/v1/configmaps"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """One of its own: it is killed and compacted. Lists are continued from etcd, so that compaction ends them."""
    with running(tmp_path_factory.mktemp("faulty"), "--feature-gates=ListFromCacheSnapshot=false") as server:
        server.apply(CASE.read_text())
        server.apply(yaml.safe_dump_all([_config_map(f"c{n:03d}") for n in range(130)]))
        yield server


def _config_map(name: str, data: str = "x") -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "shop"},
        "data": {"d": data},
    }


def _scanned(cluster: ApiServer, plan: Plan, *more: str) -> tuple[Report, list[str]]:
    account = cluster.service_account("faults", RULES)
    with misbehaving(cluster, plan) as proxy:
        report = report_of("--kubeconfig", proxy.kubeconfig(account), "--fail-on", "never", *more, expected=(0,))
        return report, proxy.asked


def _gaps(report: Report) -> list[tuple[str, str]]:
    return [(g["kind"], g["subject"]) for g in report["coverage"]["gaps"]]


def test_through_the_proxy_all_is_well(cluster: ApiServer) -> None:
    report, _ = _scanned(cluster, lambda *_: None)
    assert _gaps(report) == []
    assert modes(report)[CLIENT] == "mutual"


@pytest.mark.parametrize("fault", [Fault(429, retry_after="0.1"), Fault(503), Fault(500), Fault(cut=200)])
def test_what_passes_is_waited_for(cluster: ApiServer, fault: Fault) -> None:
    report, asked = _scanned(cluster, lambda path, before: fault if INGRESSES in path and before < 2 else None)
    assert _gaps(report) == []
    assert modes(report)[CLIENT] == "mutual"
    assert sum(INGRESSES in path for path in asked) == 3


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(503, retry_after="0"), "HTTP 503"),
        (Fault(429, retry_after="0"), "HTTP 429"),
        (Fault(cut=200), "does not answer"),
        (Fault(stall=1.5), "no answer within 1 seconds (--request-timeout)"),
        (Fault(drip=0.3), "not complete after 1 seconds (--request-timeout)"),
    ],
)
def test_what_does_not_pass_is_a_gap(cluster: ApiServer, fault: Fault, reason: str) -> None:
    report, _ = _scanned(cluster, lambda path, _: fault if INGRESSES in path else None, "--request-timeout", "1")
    assert _gaps(report) == [("not-read", "ingresses.networking.k8s.io")]
    assert reason in report["coverage"]["gaps"][0]["reason"]
    assert report["hops"] == []


def test_a_partial_report_is_told_by_the_exit_code(cluster: ApiServer) -> None:
    account = cluster.service_account("faults", RULES)
    plan: Plan = lambda path, _: Fault(503, retry_after="0") if INGRESSES in path else None  # noqa: E731
    with misbehaving(cluster, plan) as proxy:
        config = proxy.kubeconfig(account)
        assert scan("--kubeconfig", config, "--fail-on", "never", "--strict").code == 4
    with misbehaving(cluster, lambda *_: Fault(503, retry_after="0")) as proxy:
        done = scan("--kubeconfig", proxy.kubeconfig(account))
    assert (done.code, done.out) == (3, "")
    assert "the API server cannot be asked: HTTP 503" in done.err


def test_credentials_are_loaded_anew_once(cluster: ApiServer) -> None:
    report, _ = _scanned(cluster, lambda path, before: Fault(401) if INGRESSES in path and before < 1 else None)
    assert _gaps(report) == []
    refused, _ = _scanned(cluster, lambda path, _: Fault(401) if INGRESSES in path else None)
    assert _gaps(refused) == [("forbidden", "ingresses.networking.k8s.io")]


def test_a_list_that_the_server_forgot_begins_anew(cluster: ApiServer) -> None:
    def forget() -> None:
        cluster.apply(yaml.safe_dump(_config_map("later", str(time.time()))))
        cluster.compact()

    done = []

    def plan(path: str, _: int) -> Fault | None:
        if CONFIG_MAPS in path and "continue=" in path and not done:
            done.append(path)
            return Fault(first=forget)
        return None

    report, asked = _scanned(cluster, plan)
    assert _gaps(report) == []
    assert report["coverage"]["resources"]["ConfigMap"] >= 131
    pages = [path for path in asked if path.startswith(CONFIG_MAPS)]
    assert "limit=100" in pages[0]
    assert "limit=400" in pages[-1]


def test_a_server_that_comes_back_is_waited_for(cluster: ApiServer) -> None:
    back = []

    def kill() -> None:
        cluster.stop("apiserver", kill=True)
        thread = threading.Thread(target=cluster.start)
        thread.start()
        back.append(thread)

    report, _ = _scanned(cluster, lambda path, before: Fault(first=kill) if INGRESSES in path and before == 0 else None)
    back[0].join()
    assert modes(report).get(CLIENT) in ("mutual", "unknown", None)
    if modes(report).get(CLIENT) != "mutual":
        assert _gaps(report), "what is missing must be told"


def test_a_definition_that_is_deleted_on_the_way_is_told(cluster: ApiServer) -> None:
    _define(cluster, "v1")
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/certificates.cert-manager.io"

    def delete() -> None:
        cluster.delete(path)
        time.sleep(2)  # the server serves the kind a moment longer

    report, _ = _scanned(
        cluster, lambda asked, before: Fault(first=delete) if "/certificates?" in asked and before == 0 else None
    )
    assert _gaps(report) == [("not-served", "certificates.cert-manager.io")]


def test_a_version_from_the_future_is_not_guessed_at(cluster: ApiServer) -> None:
    _define(cluster, "v2")
    deadline = time.monotonic() + 30
    while not _gaps(report := _scanned(cluster, lambda *_: None)[0]):  # discovery shows a new kind after a while
        assert time.monotonic() < deadline
    cluster.delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/certificates.cert-manager.io")
    assert _gaps(report) == [("unknown-version", "Certificate.cert-manager.io")]


def _define(cluster: ApiServer, version: str) -> None:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "certificates.cert-manager.io"},
        "spec": {
            "group": "cert-manager.io",
            "scope": "Namespaced",
            "names": {
                "kind": "Certificate",
                "plural": "certificates",
                "singular": "certificate",
                "listKind": "CertificateList",
            },
            "versions": [{"name": version, "served": True, "storage": True, "schema": schema}],
        },
    }
    cluster.apply(yaml.safe_dump(definition))
    # After a deletion the group itself is gone for a moment.
    cluster.served(f"/apis/cert-manager.io/{version}/certificates")


def test_an_object_of_a_megabyte_is_no_trouble(cluster: ApiServer, tmp_path: Path) -> None:
    cluster.apply(yaml.safe_dump(_config_map("large", "y" * 1_000_000)))
    report, _ = _scanned(cluster, lambda *_: None)
    assert _gaps(report) == []


@pytest.mark.parametrize("body", [b"", b"<html>login</html>", b"[]", b'{"items": 7}', b'{"kind": "Status"'])
def test_what_is_no_list_is_a_gap_and_makes_nothing_better(cluster: ApiServer, body: bytes) -> None:
    plan: Plan = lambda path, _: Fault(200, body=body) if INGRESSES in path else None  # noqa: E731
    part, _ = _scanned(cluster, plan)
    whole, _ = _scanned(cluster, lambda *_: None)
    assert _gaps(part) == [("not-read", "ingresses.networking.k8s.io")]
    subjects = {row[1] for row in said(whole)}
    better = {row[:2] for row in said(part, ("pass",))} - {row[:2] for row in said(whole, ("pass",))}
    assert {row for row in better if row[1] in subjects} == set()


@pytest.mark.parametrize(
    "body", [b"", b"<html>login</html>", b"[]", b"{}", b'{"kind": "APIGroupDiscoveryList", "items": 7}']
)
def test_what_is_no_api_server_is_said_so(cluster: ApiServer, body: bytes) -> None:
    account = cluster.service_account("faults", RULES)
    with misbehaving(cluster, lambda *_: Fault(200, body=body)) as proxy:
        done = scan("--kubeconfig", proxy.kubeconfig(account))
    assert (done.code, done.out) == (3, ""), done.err
    assert "internal error" not in done.err
    assert "API server" in done.err


def test_a_server_that_stays_away_leaves_an_honest_part(cluster: ApiServer) -> None:
    gone = threading.Event()

    def plan(path: str, _: int) -> Fault | None:
        if INGRESSES in path:
            gone.set()
        return Fault(cut=0) if gone.is_set() else None

    report, _ = _scanned(cluster, plan)
    assert ("not-read", "ingresses.networking.k8s.io") in _gaps(report)
    assert modes(report) == {}
