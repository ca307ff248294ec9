"""What a scan of a real cluster leaves behind and says: kind by kind without the right to it, its reports, its history."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from mtlsaudit.collect import Live, Request, collect
from mtlsaudit.model.hop import Mode
from mtlsaudit.model.report import Report
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.verdict import Outcome
from mtlsaudit.model.world import GroupKind
from mtlsaudit.platforms import KINDS
from mtlsaudit.scan import audit
from mtlsaudit.sources.cluster.access import Target
from mtlsaudit.sources.cluster.rights import RETIRED, plural
from mtlsaudit.sources.cluster.tiers import Tier
from tests.graph.test_unseen import inapplicable
from tests.output.test_json import problems
from tests.output.test_sarif import ACCEPTED_WITHOUT_REGION, validate
from tests.support.apiserver import ApiServer, running
from tests.support.command import ROOT, mtlsaudit
from tests.support.definitions import definitions
from tests.support.live import NOW, report_of
from tests.support.pki import key_windows, make
from tests.support.scanning import NOW as MOMENT
from tests.support.scanning import own_rules

CASE = ROOT / "tests" / "conformance" / "ingress-nginx" / "verify-on-tls" / "manifests.yaml"
HARDENED = ROOT / "examples" / "mtls-guide-hardened"
KINDS_SERVED = tuple(kind for kind in KINDS if kind not in RETIRED)
_WORKLOAD = """apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers: [{name: shop, image: example.com/shop:1, ports: [{containerPort: 8080}]}]
      volumes: [{name: ca, configMap: {name: roots}}]
"""


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A server of its own with every kind that is asked for, the hardened guide, a mutual host, and a canary key."""
    with running(
        tmp_path_factory.mktemp("reports"),
        "--feature-gates=ClusterTrustBundle=true",
        "--runtime-config=certificates.k8s.io/v1beta1/clustertrustbundles=true",
    ) as server:
        # By default every ServiceAccount may read these, whatever its own roles are.
        server.delete("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:cluster-trust-bundle-discovery")
        server.apply(definitions())
        server.apply(CASE.read_text())
        for file in sorted(HARDENED.glob("*.yaml")):
            server.apply(_placed(file.read_text()))
        canary, ca = make("canary", dns=["canary.example.com"], number=77), make("roots", ca=True, number=80)
        data = {"tls.crt": canary.pem, "tls.key": canary.key_pem}
        meta = {"name": "canary-tls", "namespace": "shop"}
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": meta,
            "stringData": data,
        }
        meta = {"name": "roots", "namespace": "shop"}
        bundle = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"ca.crt": ca.pem}}
        server.apply(_WORKLOAD + "---\n" + yaml.safe_dump_all([secret, bundle]))
        yield server


def _placed(text: str) -> str:
    """With the namespace that a cluster would give."""
    objects = [o for o in yaml.safe_load_all(text) if o]
    for thing in objects:
        if thing["kind"] not in ("Namespace", "ClusterIssuer", "IngressClass"):
            thing["metadata"].setdefault("namespace", "default")
    return yaml.safe_dump_all(objects)


def rights(without: GroupKind | None = None) -> list[dict[str, Any]]:
    """Everything that a scan reads, kind by kind, but for one."""
    return [
        {"apiGroups": [group], "resources": [plural(kind)], "verbs": ["get", "list"]}
        for group, kind in KINDS_SERVED
        if (group, kind) != without
    ]


@pytest.fixture(scope="module")
def whole(estate: ApiServer) -> Report:
    return seen(estate, "whole", None)


def seen(estate: ApiServer, name: str, without: GroupKind | None) -> Report:
    """Judged in this process, as a ServiceAccount that may not read one kind."""
    account = estate.service_account(name, rights(without))
    live = Live(Target(str(account)), Tier.LIST, rate=1000)
    request = Request((name,), MOMENT, Policy(), keep_all=True, live=live)
    return audit(collect(request), request, own_rules())


def test_the_estate_has_something_to_lose(whole: Report) -> None:
    report = whole
    assert report.coverage.gaps == ()
    modes = [hop.mode for hop in report.hops]
    assert Mode.MUTUAL in modes
    outcomes = [a.outcome for a in report.assessments]
    assert {o for o in Outcome if o in outcomes} == set(Outcome)
    assert outcomes.count(Outcome.FAIL) >= 3
    assert len(report.coverage.resources) >= 12


@pytest.mark.parametrize("kind", KINDS_SERVED, ids=lambda k: ".".join(filter(None, (plural(k[1]), k[0]))))
def test_a_kind_that_may_not_be_read_makes_nothing_better(estate: ApiServer, whole: Report, kind: GroupKind) -> None:
    resource = plural(kind[1])
    full, blind = whole, seen(estate, f"no-{resource}", kind)
    assert {g.kind for g in blind.coverage.gaps} == {"forbidden"}
    assert all(resource in g.reason or resource in g.subject for g in blind.coverage.gaps)
    mutual = {hop.id for hop in full.hops if hop.mode in (Mode.MUTUAL, Mode.OFFERED)}
    assert {hop.id for hop in blind.hops if hop.mode in (Mode.MUTUAL, Mode.OFFERED)} <= mutual
    # What did not apply may pass: a host that is refused has no upstream, one that may be served has.
    assert (told(full, Outcome.FAIL) | told(full, Outcome.UNKNOWN)) & told(blind, Outcome.PASS) == set()
    assert told(full, Outcome.FAIL) & inapplicable(blind) == set()


def told(report: Report, outcome: Outcome) -> set[tuple[str, str]]:
    return {(a.rule, a.subject) for a in report.assessments if a.outcome is outcome}


REMAINS = """
import gc, sys
from mtlsaudit.collect import Live, Request, collect
from mtlsaudit.model.packed import Block
from mtlsaudit.model.rule import Policy
from mtlsaudit.scan import audit
from mtlsaudit.sources.cluster.access import Target
from mtlsaudit.sources.cluster.tiers import Tier
from tests.support.scanning import NOW, own_rules

request = Request(("x",), NOW, Policy(), keep_all=True, live=Live(Target(sys.argv[1]), Tier.LIST, rate=1000))
report = audit(collect(request), request, own_rules())
gc.collect()
alive = gc.get_objects()
texts = {id(r): r for o in alive for r in gc.get_referents(o) if type(r) in (str, bytes, bytearray)}
blocks = {id(r): r for o in alive for r in gc.get_referents(o) if type(r) is Block}
packed = [block.whole() for block in blocks.values()]
texts |= {id(text): text for text in packed}
pieces = open(sys.argv[2]).read().split("\\n")
def held(text):
    plain = text if type(text) is str else bytes(text).decode("latin-1")
    return any(piece in plain for piece in pieces)
print(len(report.certificates), len(packed), len(pieces), sum(held(t) for t in texts.values() if len(t) >= len(pieces[0])))
kept = {"planted": "x" + pieces[0]}
print(sum(held(v) for v in kept.values()))
"""


def test_no_object_of_the_process_holds_a_piece_of_a_key_after_the_page(estate: ApiServer, tmp_path: Path) -> None:
    """What Python can promise: no string or bytes that is still referred to. Freed memory is not overwritten."""
    windows = sorted(key_windows(make("canary", dns=["canary.example.com"], number=77)))[:40]
    (tmp_path / "pieces").write_text("\n".join(windows))
    command = [sys.executable, "-c", REMAINS, str(estate.kubeconfig("admin")), str(tmp_path / "pieces")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (certificates, blocks, pieces, found), (planted,) = (
        list(map(int, line.split())) for line in done.stdout.splitlines()
    )
    assert certificates > 3
    assert blocks > 3
    assert pieces == len(windows) > 3
    assert (found, planted) == (0, 1)


def test_a_history_goes_on_over_scans_of_the_same_cluster_and_of_no_other(estate: ApiServer, tmp_path: Path) -> None:
    kept = tmp_path / "history"
    earlier = ("--secrets", "list", "--history", kept, "--now")
    admin, other = estate.kubeconfig("admin"), estate.kubeconfig("other")
    for day in ("2026-09-01", "2026-10-01"):
        done = mtlsaudit("scan", "--kubeconfig", admin, *earlier, f"{day}T00:00:00Z", "--fail-on", "never")
        assert done.code == 0, done.err
    later = mtlsaudit("scan", "--kubeconfig", admin, *earlier, "2026-11-01T00:00:00Z", "-f", "json")
    report = json.loads(later.out)
    assert problems(report) == []
    assert report["scan"]["history"] == str(kept)
    canary = next(c for c in report["certificates"] if c["id"] == "Secret shop/canary-tls")
    gone = estate.request("GET", "/api/v1/namespaces/shop/secrets/canary-tls")
    estate.delete("/api/v1/namespaces/shop/secrets/canary-tls")
    try:
        missing, elsewhere = (
            report_of("--kubeconfig", config, "--secrets", "list", "--history", kept) for config in (admin, other)
        )
    finally:
        meta = {"name": "canary-tls", "namespace": "shop"}
        estate.apply(json.dumps({**gone, "metadata": meta, "apiVersion": "v1", "kind": "Secret"}))
    assert canary["sha256"] in json.dumps(missing) or canary["serial"] in json.dumps(missing)
    past = [a for a in elsewhere["assessments"] if a["rule"].startswith("history") or "past" in a["subject"]]
    assert past == []


@pytest.mark.node
def test_the_reports_of_a_real_scan_hold_their_schemas(estate: ApiServer, tmp_path: Path) -> None:
    names = ("json", "sarif", "html", "markdown", "table")
    asked = [word for name in names for word in ("-f", name, "-o", str(tmp_path / name))]
    done = mtlsaudit("scan", "--kubeconfig", estate.kubeconfig("admin"), "--now", NOW, "--fail-on", "never", *asked)
    assert (done.code, done.err) == (0, "")
    assert problems(json.loads((tmp_path / "json").read_text())) == []
    reported = validate(json.loads((tmp_path / "sarif").read_text()), tmp_path)
    assert {rule for level, rule in reported if level == "error"} == set()
    assert {rule for _, rule in reported} - ACCEPTED_WITHOUT_REGION.keys() == set()
    for name in ("html", "markdown", "table"):
        assert "ingresses.networking.k8s.io shop/shop" in (tmp_path / name).read_text()


def two_contexts(estate: ApiServer, tmp_path: Path, *names: str) -> Path:
    whole = yaml.safe_load(estate.kubeconfig("one").read_text())
    for name in names:
        whole["contexts"].append({"name": name, "context": {"cluster": "one", "user": "one"}})
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(whole))
    return path


def test_each_context_of_a_run_has_a_history_and_sarif_of_its_own(estate: ApiServer, tmp_path: Path) -> None:
    asked = ("scan", "--kubeconfig", two_contexts(estate, tmp_path, "two"), "--context", "one", "--context", "two")
    more = ("--history", tmp_path / "kept", "--now", "2026-09-01", "--fail-on", "never", "--secrets", "list")
    for _ in range(2):
        done = mtlsaudit(*asked, *more, "-f", "sarif", "-o", tmp_path / "{context}.sarif")
        assert (done.code, done.err) == (0, "")
    runs = [json.loads((tmp_path / f"{name}.sarif").read_text())["runs"][0] for name in ("one", "two")]
    assert [r["automationDetails"]["id"] for r in runs] == ["mtlsaudit/cluster/one/", "mtlsaudit/cluster/two/"]
    assert [len(r["results"]) for r in runs] == [len(runs[0]["results"])] * 2
    with closing(sqlite3.connect(tmp_path / "kept")) as database:
        tables = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
        rows = " ".join(str(row) for table in tables for row in database.execute(f'select * from "{table}"'))
    assert "one" in rows
    assert "two" in rows


def test_contexts_whose_reports_would_have_one_name_are_told_apart_first(estate: ApiServer, tmp_path: Path) -> None:
    config = two_contexts(estate, tmp_path, "a/b", "a-b")
    asked = ("scan", "--kubeconfig", config, "--context", "a/b", "--context", "a-b", "--fail-on", "never")
    done = mtlsaudit(*asked, "-f", "json", "-o", tmp_path / "{context}.json")
    assert (done.code, done.out) == (2, "")
    assert "the reports of a/b and a-b would have the same name" in done.err
    assert list(tmp_path.glob("*.json")) == []
    assert mtlsaudit(*asked).code == 0
