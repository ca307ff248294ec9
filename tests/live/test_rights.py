"""The rights that are printed and deployed are enough for a scan of each tier, and none of them is left unused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from mtlsaudit.platforms import CLUSTER_SCOPED, KINDS
from mtlsaudit.sources.cluster.rights import RETIRED, plural
from tests.support.apiserver import ApiServer, running
from tests.support.chart import objects, of_kind
from tests.support.command import ROOT, Result, mtlsaudit
from tests.support.definitions import definitions
from tests.support.live import NOW, Report, modes, report_of

CASE = ROOT / "tests" / "conformance" / "ingress-nginx" / "verify-on-tls" / "manifests.yaml"
CLIENT = "client-to-entry:shop/shop:shop.example.com/"
TIERS = ("none", "named", "list")
DISCOVERY = {"/api", "/apis"}
Use = tuple[str, str, str]
"""Verb, API group, resource."""


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A server of its own, which has every kind that a scan may ask for."""
    beta = (
        "--feature-gates=ClusterTrustBundle=true",
        "--runtime-config=certificates.k8s.io/v1beta1/clustertrustbundles=true",
    )
    with running(tmp_path_factory.mktemp("rights"), *beta) as server:
        server.apply(definitions())
        other = "{apiVersion: v1, kind: Secret, metadata: {name: other, namespace: shop}, type: Opaque, data: {}}\n"
        server.apply(CASE.read_text() + "---\n" + other)
        yield server


def deployed(server: ApiServer, namespace: str, *values: str) -> Path:
    """The kubeconfig of the ServiceAccount that the chart makes, with the chart's roles."""
    made = objects(*values, release=namespace, namespace=namespace)
    wanted = [o for o in made if o["kind"] in {"ServiceAccount", "Role", "RoleBinding"} or "Cluster" in o["kind"]]
    server.apply("---\n".join(json.dumps(o) + "\n" for o in wanted))
    (account,) = of_kind(made, "ServiceAccount")
    return server.kubeconfig(namespace, {"token": server.token(account["metadata"]["name"], namespace)})


def granted(roles: Sequence[dict[str, Any]]) -> set[Use]:
    return {
        (verb, group, resource)
        for role in roles
        for rule in role.get("rules") or ()
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def used(events: Sequence[dict[str, Any]]) -> set[Use]:
    found = set()
    for event in events:
        if "objectRef" in event:
            found.add((event["verb"], event["objectRef"].get("apiGroup", ""), event["objectRef"]["resource"]))
        else:
            assert (event["verb"], event["requestURI"].partition("?")[0]) in {("get", path) for path in DISCOVERY}
    return found


def events_of(server: ApiServer, namespace: str) -> list[dict[str, Any]]:
    return server.audited(f"system:serviceaccount:{namespace}:{namespace}-mtlsaudit")


def test_the_server_names_every_kind_as_the_roles_do(estate: ApiServer) -> None:
    served: dict[tuple[str, str], tuple[str, bool]] = {}
    roots = ["/api/v1"]
    for group in estate.request("GET", "/apis")["groups"]:
        roots += [f"/apis/{version['groupVersion']}" for version in group["versions"]]
    for root in roots:
        group = root.split("/")[2] if root.startswith("/apis") else ""
        for row in estate.request("GET", root)["resources"]:
            if "/" not in row["name"]:
                served[group, row["kind"]] = (row["name"], row["namespaced"])
    wanted = {kind: (plural(kind[1]), kind[1] not in CLUSTER_SCOPED) for kind in KINDS if kind not in RETIRED}
    assert {kind: served.get(kind) for kind in wanted} == wanted
    assert not set(RETIRED) & set(served)


@pytest.mark.parametrize("tier", TIERS)
def test_the_chart_grants_enough_and_nothing_more(estate: ApiServer, tier: str) -> None:
    namespace = f"chart-{tier}"
    account = deployed(estate, namespace, f"scan.secrets={tier}")
    report = report_of("--kubeconfig", account, "--secrets", tier)
    assert report["coverage"]["gaps"] == []
    assert modes(report)[CLIENT] == ("unknown" if tier == "none" else "mutual")
    events = events_of(estate, namespace)
    assert [e for e in events if e["responseStatus"]["code"] == 403] == []
    assert used(events) == granted(objects(f"scan.secrets={tier}"))


@pytest.mark.parametrize("tier", TIERS)
def test_the_chart_grants_enough_for_the_namespaces_that_it_is_asked_for(estate: ApiServer, tier: str) -> None:
    namespace = f"some-{tier}"
    values = (f"scan.secrets={tier}", "scan.namespaces={shop}")
    account = deployed(estate, namespace, *values)
    report = report_of("--kubeconfig", account, "--secrets", tier, "-n", "shop")
    assert [g for g in report["coverage"]["gaps"] if g["kind"] == "forbidden"] == []
    events = events_of(estate, namespace)
    assert [e for e in events if e["responseStatus"]["code"] == 403] == []
    assert used(events) == granted(objects(*values))
    assert {e["objectRef"]["namespace"] for e in events if e.get("objectRef", {}).get("namespace")} == {"shop"}
    # The roles hold: the rest of the cluster is closed to this account.
    blind = report_of("--kubeconfig", account, "--secrets", tier)
    assert {g["kind"] for g in blind["coverage"]["gaps"]} == {"forbidden"}
    assert modes(blind).get(CLIENT, "unknown") == "unknown"


def test_the_manifests_grant_the_same(estate: ApiServer) -> None:
    plain = list(yaml.safe_load_all((ROOT / "deploy" / "manifests" / "mtlsaudit.yaml").read_text()))
    estate.apply(yaml.safe_dump_all(o for o in plain if o["kind"] not in ("CronJob", "NetworkPolicy")))
    account = estate.kubeconfig("plain", {"token": estate.token("mtlsaudit", "mtlsaudit")})
    assert report_of("--kubeconfig", account)["coverage"]["gaps"] == []


def test_roles_with_names_let_the_scan_read_those_secrets_and_no_others(estate: ApiServer) -> None:
    text = mtlsaudit("rbac", "--names-from", CASE, "--name", "narrow", "--service-account", "audit/narrow").out
    account = estate.service_account("narrow-account", [])
    estate.apply(text.replace("name: narrow\n    namespace: audit", "name: narrow-account\n    namespace: audit"))
    report = report_of("--kubeconfig", account)
    assert report["coverage"]["gaps"] == []
    assert modes(report)[CLIENT] == "mutual"
    named = {
        n for role in yaml.safe_load_all(text) for rule in role.get("rules", ()) for n in rule.get("resourceNames", ())
    }
    events = estate.audited("system:serviceaccount:audit:narrow-account")
    read = {e["objectRef"]["name"] for e in events if e.get("objectRef", {}).get("resource") == "secrets"}
    assert read == named


def test_a_secret_that_the_role_does_not_name_hides_no_other(estate: ApiServer) -> None:
    """Refusals are for each name then: the first one says nothing of the rest of the namespace."""
    rules = [
        *granted_rules("none"),
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["shop-tls"], "verbs": ["get"]},
    ]
    report = report_of("--kubeconfig", estate.service_account("one-name", rules))
    assert report["coverage"]["resources"]["Secret"] == 1
    assert modes(report)[CLIENT] == "unknown"
    (gap,) = report["coverage"]["gaps"]
    assert (gap["kind"], "shop" in gap["subject"]) == ("forbidden", True)


def test_without_the_right_a_namespace_is_not_asked_over_and_over(estate: ApiServer) -> None:
    meta = {"name": "many", "namespace": "many"}
    tls = [{"hosts": [f"h{n}.example.com"], "secretName": f"tls-{n}"} for n in range(60)]
    ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta}
    rules = [{"host": row["hosts"][0]} for row in tls]
    estate.apply(json.dumps({**ingress, "spec": {"ingressClassName": "nginx", "tls": tls, "rules": rules}}))
    try:
        report = report_of("--kubeconfig", estate.service_account("refused", granted_rules("none")))
    finally:
        estate.delete("/apis/networking.k8s.io/v1/namespaces/many/ingresses/many")
    assert {g["subject"] for g in report["coverage"]["gaps"]} == {"Secrets of many", "Secrets of shop"}
    events = estate.audited("system:serviceaccount:audit:refused")
    asked = [e for e in events if e.get("objectRef", {}).get("resource") == "secrets"]
    # Three, and those that were under way already.
    assert 3 <= len([e for e in asked if e["objectRef"]["namespace"] == "many"]) < 15


def granted_rules(tier: str) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = yaml.safe_load(mtlsaudit("rbac", "--secrets", tier).out)["rules"]
    return rules


def preflight(account: Path, *more: str) -> Result:
    return mtlsaudit("scan", "--kubeconfig", account, "--preflight", *more)


@pytest.mark.parametrize("tier", TIERS)
def test_preflight_finds_everything_granted_where_the_chart_is_installed(estate: ApiServer, tier: str) -> None:
    namespace = f"ask-{tier}"
    account = deployed(estate, namespace, f"scan.secrets={tier}")
    done = preflight(account, "--secrets", tier, "--strict")
    assert (done.code, done.err) == (0, "")
    rights = granted(objects(f"scan.secrets={tier}"))
    rows = [line.split() for line in done.out.splitlines() if line.startswith(("yes", "no"))]
    assert {(verb, *reversed(resource.partition(".")[::2])) for _, verb, resource in rows} == rights
    assert {row[0] for row in rows} == {"yes"}
    assert f"All {len(rights)} rights are granted." in done.out
    events = events_of(estate, namespace)
    reviews = [e for e in events if e["verb"] != "get"]
    assert {(e["verb"], e["objectRef"]["resource"]) for e in reviews} == {("create", "selfsubjectaccessreviews")}
    assert len(reviews) == len(rights)
    assert {e["requestURI"] for e in events if e["verb"] == "get"} == DISCOVERY


def test_preflight_tells_what_is_missing_and_what_for(estate: ApiServer) -> None:
    rules = [r for r in granted_rules("named") if "networking.k8s.io" not in r["apiGroups"]]
    account = estate.service_account("no-networking", rules)
    done = preflight(account)
    assert (done.code, done.err) == (0, "")
    refused = {line.split()[2] for line in done.out.splitlines() if line.startswith("no ")}
    assert refused == {f"{r}.networking.k8s.io" for r in ("ingresses", "ingressclasses", "networkpolicies")}
    words = " ".join(done.out.split())
    assert "Without networkpolicies.networking.k8s.io, " in words
    told = words.partition("Without networkpolicies.networking.k8s.io, ")[2].partition("Without")[0]
    assert "exposure-backend-not-isolated" in told
    assert "ingress-client-cert-optional" not in told
    assert preflight(account, "--strict").code == 4


def test_preflight_with_nothing_allowed_ends_as_the_scan_would(cluster: ApiServer) -> None:
    account = cluster.service_account("nobody", [])
    done = preflight(account)
    assert done.code == 3
    assert "Nothing may be listed: a scan would end with exit code 3." in done.out
    assert "yes " not in done.out
    assert mtlsaudit("scan", "--kubeconfig", account).code == 3


def test_preflight_asks_for_each_namespace(estate: ApiServer) -> None:
    account = deployed(estate, "ask-some", "scan.namespaces={shop}")
    assert preflight(account, "-n", "shop", "--strict").code == 0
    done = preflight(account, "-n", "shop", "-n", "pay", "--strict")
    assert done.code == 4
    rows = [line for line in done.out.splitlines() if line.startswith(("yes", "no", "in part"))]
    assert {row.partition("(")[2] for row in rows if row.startswith("in part")} == {"not in pay)"}
    assert not [row for row in rows if row.startswith("no ")]
    assert [row.split()[2] for row in rows if row.startswith("yes")][:1] == ["namespaces"]


def test_preflight_agrees_with_the_scan_about_every_kind(estate: ApiServer) -> None:
    """Each right taken away alone: preflight says no to it, and the scan has the gap; to the others yes, and no gap."""
    everything = granted_rules("none")
    for kind in ("pods", "configmaps", "networkpolicies.networking.k8s.io", "certificates.cert-manager.io"):
        resource, _, group = kind.partition(".")
        rules = [
            {**rule, "resources": [r for r in rule["resources"] if (rule["apiGroups"], r) != ([group], resource)]}
            for rule in everything
        ]
        account = estate.service_account(f"without-{resource}", [r for r in rules if r["resources"]])
        done = preflight(account, "--secrets", "none")
        assert [line.split()[2] for line in done.out.splitlines() if line.startswith("no ")] == [kind]
        report: Report = report_of("--kubeconfig", account, "--secrets", "none")
        assert [(g["kind"], g["subject"]) for g in report["coverage"]["gaps"]] == [("forbidden", kind)]


def test_preflight_of_several_contexts_takes_the_worst(cluster: ApiServer, tmp_path: Path) -> None:
    files = [cluster.kubeconfig("admin"), cluster.service_account("nobody-either", [])]
    configs = [yaml.safe_load(f.read_text()) for f in files]
    merged = {**configs[0], **{k: configs[0][k] + configs[1][k] for k in ("contexts", "clusters", "users")}}
    file = tmp_path / "both"
    file.write_text(yaml.safe_dump(merged))
    done = preflight(file, "--context", "admin", "--context", "nobody-either")
    assert done.code == 3
    assert [line for line in done.out.splitlines() if line.startswith("Preflight of ")] == [
        "Preflight of admin: --secrets named, all namespaces",
        "Preflight of nobody-either: --secrets named, all namespaces",
    ]


def test_preflight_goes_with_a_cluster_that_answers(estate: ApiServer) -> None:
    done = mtlsaudit("scan", "examples", "--preflight")
    assert (done.code, "--preflight goes with a cluster" in done.err) == (2, True)
    nobody = preflight(estate.kubeconfig("nowhere", server="https://127.0.0.1:1"))
    assert (nobody.code, nobody.out) == (3, "")
    assert "the API server cannot be asked" in nobody.err
    stale = preflight(estate.kubeconfig("stale-token", {"token": "no.such.token"}))
    assert (stale.code, stale.out) == (3, "")
    assert NOW not in stale.err
