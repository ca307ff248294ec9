"""API Priority and Fairness of a real API server: a scan that has no seat is told to wait, and says what it could not read."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import yaml

from tests.live.test_scan import CASE, CLIENT
from tests.support.apiserver import ApiServer, running
from tests.support.faults import Fault, Plan, misbehaving
from tests.support.live import modes, report_of, scan
from tests.support.processes import PATIENCE

RULES = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}]
CONFIG_MAPS = "/api/v1/configmaps"
INGRESSES = "/apis/networking.k8s.io/v1/ingresses"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """One of its own: others must not find its seats taken."""
    with running(tmp_path_factory.mktemp("fairness")) as server:
        server.apply(CASE.read_text())
        large = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"d": "x" * 900_000}}
        for number in range(16):
            server.apply(yaml.safe_dump({**large, "metadata": {"name": f"large-{number}", "namespace": "shop"}}))
        server.service_account("sitting", RULES)
        yield server


def _resources(group: str, plural: str) -> dict[str, Any]:
    where = {"clusterScope": True, "namespaces": ["*"]}
    return {"resourceRules": [{"verbs": ["list"], "apiGroups": [group], "resources": [plural], **where}]}


LISTS = _resources("networking.k8s.io", "ingresses")
DISCOVERY = {"nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["*"]}]}


def _one_seat(account: str, asked: Mapping[str, Any]) -> str:
    """A level with a seat for one request, for what the account asks and for the lists of the account `sitting`."""
    limits = {"nominalConcurrencyShares": 0, "lendablePercent": 0, "borrowingLimitPercent": 0}
    level = {
        "apiVersion": "flowcontrol.apiserver.k8s.io/v1",
        "kind": "PriorityLevelConfiguration",
        "metadata": {"name": "one-seat"},
        "spec": {"type": "Limited", "limited": {**limits, "limitResponse": {"type": "Reject"}}},
    }
    rules = [
        {"subjects": [{"kind": "ServiceAccount", "serviceAccount": {"name": name, "namespace": "audit"}}], **what}
        for name, what in ((account, asked), ("sitting", _resources("", "configmaps")))
    ]
    spec = {"priorityLevelConfiguration": {"name": "one-seat"}, "matchingPrecedence": 10, "rules": rules}
    return yaml.safe_dump_all([level, {**level, "kind": "FlowSchema", "spec": spec}])


@contextmanager
def _seat_taken(cluster: ApiServer, account: str, asked: Mapping[str, Any], path: str) -> Iterator[Callable[[], None]]:
    """The server itself answers 429 to what the account asks, of which `path` is one, until the seat is given back.

    It is taken by a list of some megabytes that nobody reads on.
    """
    cluster.apply(_one_seat(account, asked))
    _until(cluster, account, path, 200)
    context = ssl.create_default_context(cafile=str(cluster.ca_file))
    with socket.create_connection(("127.0.0.1", cluster.port), timeout=30) as plain:
        sitting = context.wrap_socket(plain, server_hostname="127.0.0.1")
        token = cluster.token("sitting")
        sitting.sendall(f"GET {CONFIG_MAPS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        _until(cluster, account, path, 429)

        def give_back() -> None:
            sitting.close()
            _until(cluster, account, path, 200)

        yield give_back
        sitting.close()


def _until(cluster: ApiServer, account: str, path: str, status: int) -> None:
    """The server takes a moment to hear of a change of its own configuration."""
    token = cluster.token(account)
    deadline = time.monotonic() + PATIENCE
    while cluster.status_of(path, token) != status:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_scan_without_a_seat_says_what_it_could_not_read(cluster: ApiServer) -> None:
    config = cluster.service_account("seatless", RULES)
    with _seat_taken(cluster, "seatless", LISTS, INGRESSES):
        report = report_of("--kubeconfig", config, "--fail-on", "never", expected=(0,))
    (gap,) = report["coverage"]["gaps"]
    assert (gap["kind"], gap["subject"]) == ("not-read", "ingresses.networking.k8s.io")
    assert "429" in gap["reason"]
    assert report["hops"] == []


def test_a_server_that_has_no_seat_for_anything_is_told(cluster: ApiServer) -> None:
    config = cluster.service_account("outside", RULES)
    with _seat_taken(cluster, "outside", DISCOVERY, "/apis"):
        done = scan("--kubeconfig", config)
    assert (done.code, done.out) == (3, "")
    assert "the API server cannot be asked: 429" in done.err


def test_a_seat_that_comes_free_is_waited_for(cluster: ApiServer) -> None:
    """The first list is refused by the server, for the second one there is a seat."""
    config = cluster.service_account("waiting", RULES)
    with _seat_taken(cluster, "waiting", LISTS, INGRESSES) as give_back:
        plan: Plan = lambda path, before: Fault(first=give_back) if INGRESSES in path and before == 1 else None  # noqa: E731
        with misbehaving(cluster, plan) as proxy:
            report = report_of("--kubeconfig", proxy.kubeconfig(config), "--fail-on", "never", expected=(0,))
        assert sum(INGRESSES in path for path in proxy.asked) == 2
    assert report["coverage"]["gaps"] == []
    assert modes(report)[CLIENT] == "mutual"
