"""A scan of a real API server: the same truth as from files, with only the rights that it was given, and nothing leaked."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.apiserver import ApiServer
from tests.support.command import ROOT, mtlsaudit
from tests.support.live import NOW, dump, modes, report_of, said, scan
from tests.support.objects import controller, ingress, manifests
from tests.support.pki import Made, key_windows, make

CASE = ROOT / "tests" / "conformance" / "ingress-nginx" / "verify-on-tls" / "manifests.yaml"
CLIENT = "client-to-entry:shop/shop:shop.example.com/"
READ = ("get", "list")


@pytest.fixture(scope="module")
def canary() -> Made:
    return make("canary", dns=["canary.example.com"], start=datetime(2026, 5, 1, tzinfo=UTC), number=77)


@pytest.fixture(scope="module")
def estate(cluster: ApiServer, canary: Made) -> ApiServer:
    """One mutual host, its Secrets, a policy, a key where none belongs, a Secret of Helm, a Pod made by others."""
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "shut", "namespace": "shop"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
    }
    other = make("other-canary", number=79)
    pair = {"tls.crt": canary.pem, "tls.key": canary.key_pem}
    secrets = [
        _secret("canary-tls", pair, "kubernetes.io/tls"),
        _secret("canary-opaque", {"key.pem": other.key_pem, "note": "x"}, "Opaque"),
        _secret("sh.helm.release.v1.x", {"release": other.key_pem}, "helm.sh/release.v1"),
    ]
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "bad", "namespace": "shop"}, "data": pair}
    cluster.apply(CASE.read_text() + "---\n" + yaml.safe_dump_all([policy, *secrets, config, _deployment()]))
    return cluster


def _secret(name: str, data: Mapping[str, str], kind: str) -> dict[str, Any]:
    meta = {"name": name, "namespace": "shop"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": kind, "stringData": dict(data)}


def _deployment() -> dict[str, Any]:
    labels = {"app": "shop"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "shop", "image": "example.com/shop:1"}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "shop", "namespace": "shop"},
        "spec": {"selector": {"matchLabels": labels}, "template": pod},
    }


def _rules(without: str = "", secrets: Sequence[str] = ("get", "list")) -> list[dict[str, Any]]:
    rules = [
        {"apiGroups": ["*"], "resources": [r], "verbs": list(READ)}
        for r in (
            "ingresses ingressclasses networkpolicies services configmaps namespaces pods deployments daemonsets "
            "statefulsets replicasets replicationcontrollers jobs cronjobs apiservices customresourcedefinitions "
            "validatingwebhookconfigurations mutatingwebhookconfigurations clustertrustbundles issuers clusterissuers "
            "certificates certificaterequests backendtlspolicies"
        ).split()
        if r != without
    ]
    if secrets:
        rules.append({"apiGroups": [""], "resources": ["secrets"], "verbs": list(secrets)})
    return rules


COPIES = (
    "certificate-key-reused",
    "certificate-key-shared",
    "certificate-key-shared-across-namespaces",
    "certificate-replicated",
)
BY_ALL_SECRETS = (*COPIES, "trust-client-ca-accepts-servers")
"""Rules that pass only where every Secret was read, which a scan of a cluster never does."""


def test_a_cluster_says_what_its_objects_say_from_a_file(estate: ApiServer, tmp_path: Path) -> None:
    file = tmp_path / "dump.json"
    file.write_text(dump(estate))
    live = report_of("--kubeconfig", estate.kubeconfig("admin"), "--secrets", "list")
    offline = report_of(file, "--complete")
    assert modes(live)[CLIENT] == "mutual"
    assert modes(live) == modes(offline)
    # Secrets that nothing names, and that are not of the type TLS, are in the file only.
    unseen = {row[1] for row in said(offline) if any(name in row[1] + row[3] for name in ("canary-opaque", "helm"))}
    different = {row for row in said(offline) ^ said(live) if row[1] not in unseen and row[0] not in BY_ALL_SECRETS}
    assert {row for row in different if row[2] not in ("unknown", "not-applicable")} == set()
    gone = {row[:2] for row in said(offline, ("fail",)) if row[1] not in unseen}
    assert gone & {row[:2] for row in said(live, ("pass", "not-applicable"))} == set()
    once = {row for row in said(live, ("pass",)) if row[1] == "Keys that were seen in one place"}
    assert said(live, ("pass",)) - once <= said(offline, ("pass",))
    # Whether a key has copies is not known in a cluster, where some Secrets are never read.
    copies = {row for row in said(live, ("pass",)) if row[0] in COPIES}
    assert {row[0] for row in copies} <= {"certificate-key-reused"}


def test_every_tier_says_what_it_did_not_see(estate: ApiServer) -> None:
    admin = estate.kubeconfig("admin")
    named = report_of("--kubeconfig", admin)
    assert modes(named)[CLIENT] == "mutual"
    assert named["coverage"]["resources"]["Secret"] == 2
    assert "--secrets named" in named["scan"]["notes"][0]
    listed = report_of("--kubeconfig", admin, "--secrets", "list")
    assert listed["coverage"]["resources"]["Secret"] == 3
    nothing = report_of("--kubeconfig", admin, "--secrets", "none")
    assert "Secret" not in nothing["coverage"]["resources"]
    assert modes(nothing)[CLIENT] == "unknown"
    because = next(h["because"] for h in nothing["hops"] if h["id"] == CLIENT)
    assert "the Secret shop/client-ca was not read: Secrets were not read (--secrets none)" in because


@pytest.mark.parametrize(
    "resource", ["ingressclasses", "services", "configmaps", "networkpolicies", "namespaces", "deployments", "pods"]
)
def test_what_may_not_be_read_makes_nothing_better(estate: ApiServer, resource: str) -> None:
    whole = report_of("--kubeconfig", estate.service_account("whole", _rules()))
    assert whole["coverage"]["gaps"] == []
    blind = report_of("--kubeconfig", estate.service_account(f"no-{resource}", _rules(without=resource)))
    gaps = [(g["kind"], g["subject"].partition(".")[0]) for g in blind["coverage"]["gaps"]]
    assert gaps == [("forbidden", resource)]
    subjects = {a["subject"] for a in whole["assessments"]} & {a["subject"] for a in blind["assessments"]}
    better = {(r, s) for r, s, *_ in said(blind, ("pass",))} - {(r, s) for r, s, *_ in said(whole, ("pass",))}
    assert {(rule, subject) for rule, subject in better if subject in subjects} == set()
    assert modes(blind)[CLIENT] in ("mutual", "unknown")


def test_without_the_right_to_secrets_their_contents_are_unknown(estate: ApiServer) -> None:
    report = report_of("--kubeconfig", estate.service_account("no-secrets", _rules(secrets=())))
    assert modes(report)[CLIENT] == "unknown"
    assert [(g["kind"], g["subject"]) for g in report["coverage"]["gaps"]] == [("forbidden", "Secrets of shop")]
    done = scan(
        "--kubeconfig", estate.service_account("no-secrets", _rules(secrets=())), "--strict", "--fail-on", "never"
    )
    assert done.code == 4


def test_the_audit_log_shows_reads_only(estate: ApiServer) -> None:
    account = estate.service_account("watched", _rules())
    report_of("--kubeconfig", account)
    events = estate.audited("system:serviceaccount:audit:watched")
    assert {e["verb"] for e in events} == {"get", "list"}
    secrets = {
        (e["verb"], e["objectRef"]["name"]) for e in events if e.get("objectRef", {}).get("resource") == "secrets"
    }
    assert secrets == {("get", "client-ca"), ("get", "shop-tls")}
    assert not [e for e in events if e["responseStatus"]["code"] == 403]


@pytest.mark.parametrize("tier", ["none", "named", "list"])
def test_no_output_holds_a_piece_of_a_private_key(estate: ApiServer, canary: Made, tmp_path: Path, tier: str) -> None:
    pieces = key_windows(canary) | key_windows(make("other-canary", number=79))
    formats = ("table", "json", "sarif", "html", "markdown")
    asked = [word for name in formats for word in ("-f", name, "-o", str(tmp_path / name))]
    done = mtlsaudit(
        "scan", "--kubeconfig", estate.kubeconfig("admin"), "--secrets", tier, "--all-outcomes", *asked,
        "--history", tmp_path / "history", env={"MTLSAUDIT_DEBUG": "1"},
    )  # fmt: skip
    assert done.code in (0, 1), done.err
    for name in formats:
        text = (tmp_path / name).read_text()
        assert len(text) > 200
        assert not [p for p in pieces if p in text or p in "".join(text.split())], name
    raw = (tmp_path / "history").read_bytes().decode("latin-1") + done.out + done.err
    assert not [p for p in pieces if p in raw]


def test_only_the_namespaces_that_were_asked_for(estate: ApiServer) -> None:
    report = report_of("--kubeconfig", estate.kubeconfig("admin"), "-n", "shop")
    names = {
        e["site"]["resource"].split("/")[5] for h in report["hops"] for e in h["evidence"] if "namespaces" in str(e)
    }
    assert names == {"shop"}
    # Nobody looked where a controller would run: its flags are not known.
    assert modes(report)[CLIENT] == "unknown"


def test_an_ingress_of_a_namespace_that_was_not_asked_for_may_decide(estate: ApiServer) -> None:
    """Read or not, it may share the host; what is said without it holds with it as well."""
    shared = ingress("shared", namespace="web", paths=("/web",), tls=False)
    estate.apply(manifests(controller(), shared))
    admin = estate.kubeconfig("admin")
    try:
        whole = modes(report_of("--kubeconfig", admin))
        part = report_of("--kubeconfig", admin, "-n", "shop", "-n", "ingress-nginx")
    finally:
        estate.delete("/apis/networking.k8s.io/v1/namespaces/web/ingresses/shared")
        estate.delete("/apis/apps/v1/namespaces/ingress-nginx/deployments/controller")
    assert {h: mode for h, mode in modes(part).items() if mode not in ("unknown", whole[h])} == {}
    (hop,) = (h for h in part["hops"] if h["id"] == CLIENT)
    assert (whole[CLIENT], hop["mode"]) == ("mutual", "unknown")
    assert "an Ingress that was not read may share the host" in hop["because"]


def test_each_wrong_way_in_ends_with_its_reason(estate: ApiServer, tmp_path: Path) -> None:
    def refused(path: Path | str, *more: str) -> str:
        done = scan("--kubeconfig", path, *more)
        assert (done.code, done.out) == (3, "")
        return done.err

    other = make("other-ca", ca=True, number=78)
    (tmp_path / "other.crt").write_text(other.pem)
    assert "is not trusted" in refused(
        estate.kubeconfig("wrong-ca", **{"certificate-authority": str(tmp_path / "other.crt")})
    )
    assert "does not answer" in refused(estate.kubeconfig("nobody", server="https://127.0.0.1:1"))
    assert "401" in refused(estate.kubeconfig("stale", {"token": "no.such.token"}))
    assert "no such file" in refused(tmp_path / "absent")
    assert "cannot be used" in refused(estate.kubeconfig("admin"), "--context", "absent")
    assert "nothing may be read: " in refused(estate.service_account("nothing", []))
    broken = tmp_path / "broken"
    broken.write_text("{]")
    assert "cannot be used" in refused(broken)


def test_who_is_impersonated_has_the_rights_of_all_groups(estate: ApiServer) -> None:
    """The admin asks as somebody who may list through the second group only."""
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "readers"}}
    binding = {
        **role,
        "kind": "ClusterRoleBinding",
        "subjects": [{"kind": "Group", "name": "readers", "apiGroup": "rbac.authorization.k8s.io"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "readers"},
    }
    rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": list(READ)}]
    estate.apply(yaml.safe_dump_all([{**role, "rules": rules}, binding]))
    admin = yaml.safe_load(estate.kubeconfig("admin").read_text())["users"][0]["user"]
    asking = {**admin, "as": "jane", "as-user-extra": {"reason/why not": ["audit", "twice"]}}
    whole = report_of("--kubeconfig", estate.kubeconfig("jane", {**asking, "as-groups": ["none", "readers"]}))
    assert [g for g in whole["coverage"]["gaps"] if g["kind"] == "forbidden"] == []
    assert modes(whole)[CLIENT] == "mutual"
    done = scan("--kubeconfig", estate.kubeconfig("joe", {**asking, "as": "joe", "as-groups": ["none", "others"]}))
    assert (done.code, "nothing may be read: " in done.err) == (3, True)
    events = [e["impersonatedUser"] for e in _audited_as(estate, "jane")]
    assert {tuple(e["extra"]["reason/why not"]) for e in events} == {("audit", "twice")}
    assert {"none", "readers"} <= set(events[0]["groups"])


def _audited_as(estate: ApiServer, name: str) -> list[dict[str, Any]]:
    lines = (estate.directory / "audit.log").read_text().splitlines()
    return [e for e in map(json.loads, lines) if e.get("impersonatedUser", {}).get("username") == name]


def test_paths_and_a_cluster_do_not_go_together(estate: ApiServer) -> None:
    done = mtlsaudit("scan", "examples", "--kubeconfig", estate.kubeconfig("admin"))
    assert (done.code, "either PATHs or a cluster" in done.err) == (2, True)
    assert mtlsaudit("scan", "-n", "x").code == 2
    assert mtlsaudit("scan", "--in-cluster", "--context", "x").code == 2


@pytest.mark.parametrize("tier", ["none", "named", "list"])
def test_a_snapshot_says_what_the_cluster_said(estate: ApiServer, canary: Made, tmp_path: Path, tier: str) -> None:
    admin = estate.kubeconfig("admin")
    live = report_of("--kubeconfig", admin, "--secrets", tier)
    files = [tmp_path / f"{name}.tar.gz" for name in "ab"]
    for file in files:
        done = mtlsaudit("snapshot", "--kubeconfig", admin, "--secrets", tier, "-o", file, "--now", NOW)
        assert done.code == 0, done.err
    assert files[0].read_bytes() == files[1].read_bytes()
    later = report_of(files[0])
    for part in ("assessments", "hops", "certificates", "coverage", "summary"):
        assert later[part] == live[part]
    assert later["scan"]["notes"][0].startswith(f"The cluster admin as it was at {NOW}")
    unpacked = gzip.decompress(files[0].read_bytes()).decode()
    assert "shop.example.com" in unpacked
    assert not [p for p in key_windows(canary) if p in unpacked]


def test_several_contexts_give_a_report_each_and_a_summary(estate: ApiServer, tmp_path: Path) -> None:
    whole = yaml.safe_load(estate.kubeconfig("one").read_text())
    for name, server in (("a/two", estate.url), ("down", "https://127.0.0.1:1")):
        whole["clusters"].append({"name": name, "cluster": {**whole["clusters"][0]["cluster"], "server": server}})
        whole["contexts"].append({"name": name, "context": {"cluster": name, "user": "one"}})
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(whole))
    asked = ("scan", "--kubeconfig", path, "--context", "one", "--context", "a/two", "--context", "down", "--now", NOW)
    reports, summary = tmp_path / "out" / "{context}.json", tmp_path / "fleet.json"
    done = mtlsaudit(*asked, "-f", "json", "-o", reports, "--fleet", summary, "--fail-on", "never")
    assert done.code == 3, "one cluster does not answer"
    lines = done.out.splitlines()
    assert lines[0] == "FLEET  2 of 3 clusters read"
    assert lines[2].startswith("  one    1 of 1 client hops mutual; ")
    assert lines[4].startswith("  down   could not be read: down: the API server cannot be asked: ")
    first, second = (json.loads((tmp_path / "out" / name).read_text()) for name in ("one.json", "a-two.json"))
    assert (first["scan"]["sources"], second["scan"]["sources"]) == (["one"], ["a/two"])
    rows = json.loads(summary.read_text())["clusters"]
    assert [(r["context"], r.get("mutual"), bool(r["error"])) for r in rows] == [
        ("one", 1, False), ("a/two", 1, False), ("down", None, True),
    ]  # fmt: skip
    assert mtlsaudit(*asked, "-f", "json", "-o", tmp_path / "same.json").code == 2
    assert mtlsaudit(*asked, "-f", "json").code == 2


def test_a_repository_gives_lines_and_shows_what_drifted(estate: ApiServer, tmp_path: Path) -> None:
    manifest = tmp_path / "git" / "shop.yaml"
    manifest.parent.mkdir()
    manifest.write_text(CASE.read_text())
    asked = ("--kubeconfig", estate.kubeconfig("admin"), "--source", manifest.parent)
    same = report_of(*asked)
    assert not [a for a in same["assessments"] if a["rule"] == "ingress-differs-from-source" and a["outcome"] == "fail"]
    manifest.write_text(CASE.read_text().replace("verify-client: 'on'", "verify-client: 'optional'"))
    drifted = report_of(*asked)
    finding = next(
        a for a in drifted["assessments"] if a["rule"] == "ingress-differs-from-source" and a["outcome"] == "fail"
    )
    assert finding["message"].endswith("auth-tls-verify-client'] is optional in the manifest and on in the cluster")
    line = 1 + manifest.read_text().split("\n").index(
        "    nginx.ingress.kubernetes.io/auth-tls-verify-client: 'optional'"
    )
    sites = [e["site"] for e in finding["evidence"]]
    assert [(s["file"].endswith("git/shop.yaml"), s["line"], "cluster" in s) for s in sites] == [
        (True, line, False),
        (True, line, True),
    ]
    sarif = tmp_path / "out.sarif"
    assert mtlsaudit("scan", *asked, "-f", "sarif", "-o", sarif, "--fail-on", "never", "--now", NOW).code == 0
    results = json.loads(sarif.read_text())["runs"][0]["results"]
    shown = next(r for r in results if r["ruleId"] == "ingress-differs-from-source")["locations"][0]["physicalLocation"]
    assert shown["artifactLocation"]["uri"].endswith("shop.yaml")
    assert shown["region"]["startLine"] == line
