"""What the real cert-manager v1.21.2 did with sets of objects (tests/conformance/cert-manager/README.md).

`observed.yaml` decides every field; of `manifests.yaml` alone only what a spec decides is compared, as the README says.
"""

from __future__ import annotations

import filecmp
from pathlib import Path
from typing import Any

import pytest
import yaml

from mtlsaudit.output.json_v1 import document
from tests.support.scanning import scan_path

HERE = Path(__file__).resolve().parent / "conformance" / "cert-manager"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "conformance" / "cert-manager"
CASES = sorted(p.name for p in HERE.iterdir() if p.is_dir())
ORACLE = "1.21.2"
_DECIDED = ("lifetime_days", "renew_after_days", "key", "usages", "sans")


def test_all_cases_are_here() -> None:
    assert len(CASES) == 93


def _expected(case: str) -> dict[str, Any]:
    value: dict[str, Any] = yaml.safe_load((HERE / case / "expected.yaml").read_text())
    return value


def _scan(case: str, file: str) -> dict[str, Any]:
    report: dict[str, Any] = document(scan_path(HERE / case / file, closed=True, cert_manager=ORACLE))
    broken = [g for a in report["assessments"] for g in a["gaps"] if g["kind"] == "rule-error"]
    assert broken == []
    return report


def _name(entry: dict[str, Any]) -> str:
    return f"Certificate {entry['certificate']}" if "certificate" in entry else f"Secret {entry['secret']}"


@pytest.mark.parametrize("case", CASES)
def test_the_certificates_are_those_of_the_real_controller(case: str) -> None:
    expected = _expected(case)
    report = _scan(case, "observed.yaml")
    assert report["coverage"]["gaps"] == []
    found = {entry["id"]: entry for entry in report["certificates"]}
    assert sorted(found) == sorted(map(_name, expected["certificates"]))
    for wanted in expected["certificates"]:
        entry = found[_name(wanted)]
        compared = [k for k in wanted if k not in ("certificate", "secret", "because")]
        assert {k: _comparable(k, entry.get(k)) for k in compared} == {k: _comparable(k, wanted[k]) for k in compared}
        absent = {"issues", "revocation", "webhook"} - set(wanted)
        assert {k: entry[k] for k in absent if k in entry} == {}
    pairs = [{k: n[k] for k in ("ingress", "secret")} for n in expected.get("not_made", [])]
    assert [{k: n[k] for k in ("ingress", "secret")} for n in report["not_made"]] == pairs


def _comparable(field: str, value: Any) -> Any:
    """The words of an error are OpenSSL's own; that there is one is compared."""
    if field == "chain" and value and "error" in value:
        return {**value, "error": bool(value["error"])}
    return value


@pytest.mark.parametrize("case", [case for case in CASES if "steps" not in _expected(case)])
def test_the_manifests_alone_decide_what_a_spec_decides(case: str) -> None:
    """Where steps followed the applying, the final state is in observed.yaml only."""
    expected = _expected(case)
    found = {entry["id"]: entry for entry in _scan(case, "manifests.yaml")["certificates"]}
    for wanted in expected["certificates"]:
        if "certificate" not in wanted:
            continue
        entry = found[_name(wanted)]
        compared = ["declared", "key_rotates", *(_DECIDED if wanted["issued"] else ())]
        if "windows" in (wanted["declared"].get("renewal") or {}):
            compared.remove("renew_after_days")
        assert {k: entry[k] for k in compared} == {k: wanted[k] for k in compared}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared cases are not beside this checkout")
def test_the_copy_is_equal_to_the_shared_cases() -> None:
    difference = filecmp.dircmp(SHARED, HERE)
    assert (difference.left_only, difference.right_only, difference.diff_files) == ([], [], [])
    for case in CASES:
        files = ["expected.yaml", "manifests.yaml", "observed.yaml"]
        assert filecmp.cmpfiles(SHARED / case, HERE / case, files, shallow=False)[1:] == ([], [])
