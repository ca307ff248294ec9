"""The real cert-manager issues on the real API server: what is read back says what the recorded cases say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from mtlsaudit.output.json_v1 import document
from tests.support.apiserver import ApiServer
from tests.support.cert_manager import VERSION, settle
from tests.support.command import ROOT, mtlsaudit
from tests.support.live import dump, modes, report_of, said
from tests.support.pki import make
from tests.support.scanning import scan_path

HERE = ROOT / "tests" / "conformance" / "cert-manager"
_MOMENT = ("certificate", "because", "issues")


def _expected(case: str) -> dict[str, Any]:
    value: dict[str, Any] = yaml.safe_load((HERE / case / "expected.yaml").read_text())
    return value


def _manifests(case: str) -> str:
    """Without the guide's Deployment: it lacks a selector, so a real API server refuses it."""
    objects = [o for o in yaml.safe_load_all((HERE / case / "manifests.yaml").read_text()) if o]
    return yaml.safe_dump_all([o for o in objects if o["kind"] != "Deployment"])


def _can_be_made_again(case: str) -> bool:
    """Steps were done by hand, and a Secret of the case lacks its key here."""
    return "steps" not in _expected(case) and "kind: Secret\n" not in _manifests(case)


CASES = [p.name for p in sorted(HERE.iterdir()) if p.is_dir() and _can_be_made_again(p.name)]


@pytest.fixture(scope="module")
def entries(issuing: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """The certificates of all cases, after the real cert-manager is done with them."""
    for case in CASES:
        issuing.apply(_manifests(case))
    settle(issuing)
    file = tmp_path_factory.mktemp("dump") / "cluster.json"
    file.write_text(dump(issuing))
    report = document(scan_path(file, closed=True, cert_manager=VERSION))
    assert report["coverage"]["gaps"] == []
    return {e["id"]: e for e in report["certificates"]} | {"not made": report["not_made"]}


def test_the_cases_are_those_that_need_nobody() -> None:
    assert len(CASES) == 63


@pytest.mark.parametrize("case", CASES)
def test_a_recorded_case_comes_out_the_same_again(entries: Mapping[str, Any], case: str) -> None:
    expected = _expected(case)
    for wanted in expected["certificates"]:
        if "certificate" not in wanted:
            continue
        entry = entries[f"Certificate {wanted['certificate']}"]
        skip = {*_MOMENT, *({"renew_after_days"} if "windows" in (wanted["declared"].get("renewal") or {}) else ())}
        compared = [k for k in wanted if k not in skip]
        assert {k: _comparable(k, entry.get(k)) for k in compared} == {k: _comparable(k, wanted[k]) for k in compared}
    for row in expected.get("not_made", []):
        assert [n for n in entries["not made"] if (n["ingress"], n["secret"]) == (row["ingress"], row["secret"])]


def _comparable(field: str, value: Any) -> Any:
    """Without what is not the same twice: the words of an error are OpenSSL's own, a CA and its leaf are made seconds apart,
    and a first issue may be doubled, which makes its revision 2 (the recorded case first-issue-doubled-revision-2).
    """
    if not value:
        return value
    if field == "status" and value.get("revision") == 2:
        return {**value, "revision": 1}
    if field != "chain":
        return value
    late = value.get("outlives_issuer_by_days")
    return {**value, "error": "error" in value, "outlives_issuer_by_days": round(late, 2) if late is not None else None}


def test_the_guide_says_the_same_live_from_a_dump_and_from_a_snapshot(
    issuing: ApiServer, entries: Mapping[str, Any], tmp_path: Path
) -> None:
    """The corrected guide, issued for real; beside it, in the same cluster, everything that the cases made."""
    issuing.apply(_guide())
    settle(issuing)
    file, snapshot, admin = tmp_path / "cluster.json", tmp_path / "cluster.tar.gz", issuing.kubeconfig("admin")
    file.write_text(dump(issuing))
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    live = report_of("--kubeconfig", admin, "--secrets", "list", now=now)
    offline = report_of(file, "--complete", now=now)
    assert modes(live) == modes(offline)
    assert modes(live)["client-to-entry:default/mtls-ingress:service-a.example.com/"] == "mutual"
    assert live["certificates"] == offline["certificates"]
    assert len([e for e in live["certificates"] if e["issued"]]) > len(CASES)
    decided = ("pass", "fail")
    alone = {row for row in said(live, decided) if row[1] == "Keys that were seen in one place"}  # told once, if live
    assert {row[0] for row in alone} == {"certificate-key-reused"}
    assert said(live, decided) - alone <= said(offline, decided)
    assert {row for row in said(offline, decided) - said(live, decided) if row[0].startswith("ingress")} == set()
    done = mtlsaudit("snapshot", "--kubeconfig", admin, "--secrets", "list", "-o", snapshot, "--now", now)
    assert done.code == 0, done.err
    assert report_of(snapshot, now=now)["assessments"] == live["assessments"]


def _guide() -> str:
    """examples/mtls-guide-hardened, as it is, and the three CAs that it expects of whoever applies it."""
    files = [p.read_text() for p in sorted((ROOT / "examples" / "mtls-guide-hardened").glob("*.yaml"))]
    secrets = []
    for number, name in enumerate(("edge-ca", "client-ca", "service-ca"), 910):
        start = datetime.now(UTC) - timedelta(days=1)
        ca = make(name, ca=True, usages=["key_cert_sign", "crl_sign"], start=start, days=3650, number=number)
        meta = {"name": f"{name}-key-pair", "namespace": "default"}
        pair = {"tls.crt": ca.pem, "tls.key": ca.key_pem}
        secret = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": meta}
        secrets.append(yaml.safe_dump({**secret, "stringData": pair}))
    return "\n---\n".join([*secrets, *files])
