"""What goes wrong on the way: each fault ends in a complete report, or in an honest part of one, and a clear message."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.support.apiserver import ApiServer
from tests.support.command import ROOT
from tests.support.live import modes, report_of, said, scan
from tests.support.middleman import Answer, Middleman, between

CASE = ROOT / "tests" / "conformance" / "ingress-nginx" / "verify-on-tls" / "manifests.yaml"
CLIENT = "client-to-entry:shop/shop:shop.example.com/"
MAPS = "/api/v1/configmaps"
INGRESSES = "/apis/networking.k8s.io/v1/ingresses"
_BUSY = b'{"kind": "Status", "message": "too many requests, please try again later"}'
Ask = Callable[[], Answer]


@pytest.fixture(scope="module")
def estate(cluster: ApiServer) -> ApiServer:
    """One mutual host, and more ConfigMaps than go on a page."""
    cluster.apply(CASE.read_text())
    cluster.apply(yaml.safe_dump_all([_map(f"m{n}", "x") for n in range(130)]))
    return cluster


@pytest.fixture(scope="module")
def whole(estate: ApiServer) -> set[tuple[str, ...]]:
    """What is said where nothing goes wrong."""
    return said(report_of("--kubeconfig", estate.kubeconfig("admin")))


def _map(name: str, text: str) -> dict[str, object]:
    meta = {"name": name, "namespace": "maps"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"text": text}}


def _on(wanted: str, fault: Callable[[int, Ask], Answer]) -> Callable[[str, int, Ask], Answer]:
    """The fault for one path, whatever its query; the truth for all others."""
    seen = {"count": 0}

    def choose(path: str, _: int, ask: Ask) -> Answer:
        if path.partition("?")[0] != wanted:
            return ask()
        seen["count"] += 1
        return fault(seen["count"], ask)

    return choose


def _config(man: Middleman) -> Path:
    return man.cluster.directory / "between.kubeconfig"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again_when_it_wants(
    estate: ApiServer, whole: set[tuple[str, ...]], status: int
) -> None:
    def busy(count: int, ask: Ask) -> Answer:
        return Answer(status, _BUSY, (("Retry-After", "1"),)) if count <= 2 else ask()

    with between(estate, _on(INGRESSES, busy)) as man:
        start = time.monotonic()
        report = report_of("--kubeconfig", _config(man))
        assert time.monotonic() - start >= 2
    assert report["coverage"]["gaps"] == []
    assert said(report) == whole


def test_a_server_that_stays_busy_leaves_an_honest_part(estate: ApiServer, whole: set[tuple[str, ...]]) -> None:
    def busy(_: int, __: Ask) -> Answer:
        return Answer(503, _BUSY, (("Retry-After", "0"),))

    with between(estate, _on(INGRESSES, busy)) as man:
        report = report_of("--kubeconfig", _config(man))
        strict = scan("--kubeconfig", _config(man), "--strict", "--fail-on", "never")
    _is_partial(report, "ingresses.networking.k8s.io", "too many requests")
    assert strict.code == 4
    assert CLIENT not in modes(report)
    _says_nothing_better(said(report), whole)


@pytest.mark.parametrize("where", ["headers", "body"])
def test_an_answer_that_stalls_ends_after_the_time_limit(
    estate: ApiServer, whole: set[tuple[str, ...]], where: str
) -> None:
    def stalls(_: int, ask: Ask) -> Answer:
        if where == "headers":
            man.stopping.wait(60)
            raise OSError
        whole_answer = ask()
        return Answer(200, whole_answer.body, whole_answer.headers, pause=0.8)

    with between(estate, _on(INGRESSES, stalls)) as man:
        start = time.monotonic()
        report = report_of("--kubeconfig", _config(man), "--request-timeout", "1")
        assert time.monotonic() - start < 30
    _is_partial(report, "ingresses.networking.k8s.io", "--request-timeout")
    _says_nothing_better(said(report), whole)


def test_a_connection_that_breaks_is_made_anew(estate: ApiServer, whole: set[tuple[str, ...]]) -> None:
    def breaks(count: int, ask: Ask) -> Answer:
        answer = ask()
        return Answer(200, answer.body, answer.headers, cut=50) if count == 1 else answer

    with between(estate, _on(MAPS, breaks)) as man:
        report = report_of("--kubeconfig", _config(man))
    assert report["coverage"]["gaps"] == []
    assert said(report) == whole


def test_a_list_that_the_server_forgot_is_begun_anew(estate: ApiServer, whole: set[tuple[str, ...]]) -> None:
    def forgets(count: int, ask: Ask) -> Answer:
        if count == 2:
            estate.apply(yaml.safe_dump(_map("m0", f"changed {time.time()}")))
            estate.compact()
        return ask()

    with between(estate, _on(MAPS, forgets)) as man:
        report = report_of("--kubeconfig", _config(man))
    lists = [p for p in man.asked if p.startswith(MAPS)]
    assert len([p for p in lists if "continue=" not in p]) == 2, "begun twice"
    assert report["coverage"]["gaps"] == []
    assert report["coverage"]["resources"]["ConfigMap"] >= 130
    assert said(report) == whole


def test_a_kind_that_goes_away_meanwhile_is_a_gap(estate: ApiServer) -> None:
    path = "/apis/gateway.networking.k8s.io/v1/backendtlspolicies"
    definition = "backendtlspolicies.gateway.networking.k8s.io"
    estate.apply(_definition("BackendTLSPolicy", "gateway.networking.k8s.io"))
    estate.served(path)

    def goes(count: int, ask: Ask) -> Answer:
        if count == 1:
            estate.delete(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{definition}")
        deadline = time.monotonic() + 20
        while (answer := ask()).status == 200 and time.monotonic() < deadline:
            time.sleep(0.1)
        return answer

    with between(estate, _on(path, goes)) as man:
        report = report_of("--kubeconfig", _config(man))
    assert [(g["kind"], g["subject"]) for g in report["coverage"]["gaps"]] == [("not-served", definition)]
    assert modes(report)[CLIENT] in ("mutual", "unknown")


def test_a_version_from_the_future_is_not_guessed_at(estate: ApiServer) -> None:
    estate.apply(_definition("BackendTLSPolicy", "gateway.networking.k8s.io", version="v9"))
    path = "/apis/gateway.networking.k8s.io/v9/backendtlspolicies"
    estate.served(path)
    report = report_of("--kubeconfig", estate.kubeconfig("admin"))
    estate.delete(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/backendtlspolicies.gateway.networking.k8s.io"
    )
    assert [g["kind"] for g in report["coverage"]["gaps"]] == ["unknown-version"]


def test_a_server_that_is_killed_and_comes_back_is_read_to_the_end(
    estate: ApiServer, whole: set[tuple[str, ...]]
) -> None:
    def dies(count: int, ask: Ask) -> Answer:
        if count == 1:
            estate.stop("apiserver", kill=True)
            estate.start()
        return ask()

    with between(estate, _on(INGRESSES, dies)) as man:
        report = report_of("--kubeconfig", _config(man))
    assert report["coverage"]["gaps"] == []
    assert said(report) == whole


def test_a_server_that_stays_away_leaves_an_honest_part(estate: ApiServer, whole: set[tuple[str, ...]]) -> None:
    gone = {"now": False}

    def vanish(path: str, _: int, ask: Ask) -> Answer:
        gone["now"] |= path.startswith(INGRESSES)
        if gone["now"]:
            raise OSError
        return ask()

    with between(estate, vanish) as man:
        done = scan("--kubeconfig", _config(man), "--strict", "--fail-on", "never")
    assert done.code == 4, done.err
    report = json.loads(done.out)
    assert "ingresses.networking.k8s.io" in {g["subject"] for g in report["coverage"]["gaps"]}
    _says_nothing_better(said(report), whole)


def test_an_object_of_a_megabyte_is_read(estate: ApiServer, whole: set[tuple[str, ...]]) -> None:
    estate.apply(yaml.safe_dump(_map("large", "x" * 1_000_000)))
    report = report_of("--kubeconfig", estate.kubeconfig("admin"))
    estate.delete("/api/v1/namespaces/maps/configmaps/large")
    assert report["coverage"]["gaps"] == []
    assert modes(report)[CLIENT] == "mutual"


@pytest.mark.parametrize("body", [b"", b"<html>login</html>", b"[]", b'{"items": 7}', b'{"kind": "Status"'])
def test_what_is_no_list_is_a_gap(estate: ApiServer, whole: set[tuple[str, ...]], body: bytes) -> None:
    with between(estate, _on(INGRESSES, lambda _, __: Answer(200, body))) as man:
        report = report_of("--kubeconfig", _config(man))
    _is_partial(report, "ingresses.networking.k8s.io", "")
    _says_nothing_better(said(report), whole)


@pytest.mark.parametrize(
    "body", [b"", b"<html>login</html>", b"[]", b"{}", b'{"kind": "APIGroupDiscoveryList", "items": 7}']
)
def test_what_is_no_api_server_is_said_so(estate: ApiServer, body: bytes) -> None:
    with between(estate, lambda *_: Answer(200, body)) as man:
        done = scan("--kubeconfig", _config(man))
    assert (done.code, done.out) == (3, ""), done.err
    assert "Traceback" not in done.err
    assert "internal error" not in done.err


def _definition(kind: str, group: str, version: str = "v1") -> str:
    plural = "backendtlspolicies"
    names = {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"}
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    meta = {"name": f"{plural}.{group}", "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"}}
    spec = {
        "group": group,
        "names": names,
        "scope": "Namespaced",
        "versions": [{"name": version, "served": True, "storage": True, "schema": schema}],
    }
    kinds = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    return yaml.safe_dump({**kinds, "metadata": meta, "spec": spec})


def _is_partial(report: object, subject: str, word: str) -> None:
    gaps = report["coverage"]["gaps"]  # type: ignore[index]
    assert [g["subject"] for g in gaps] == [subject]
    assert word in gaps[0]["reason"]


def _says_nothing_better(part: set[tuple[str, ...]], whole: set[tuple[str, ...]]) -> None:
    """No rule passes on a subject on which it did not pass when all was seen."""
    subjects = {row[1] for row in whole}
    passed = {row[:2] for row in part if row[2] == "pass" and row[1] in subjects}
    assert passed <= {row[:2] for row in whole if row[2] == "pass"}
