"""What the real ingress-nginx did with 102 sets of objects (tests/conformance/README.md): every case agrees."""

from __future__ import annotations

import filecmp
from pathlib import Path
from typing import Any

import pytest
import yaml

from mtlsaudit.output.json_v1 import document
from tests.support.scanning import scan_path

HERE = Path(__file__).resolve().parent / "conformance" / "ingress-nginx"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "conformance" / "ingress-nginx"
CASES = sorted(p.name for p in HERE.iterdir() if p.is_dir())
_KEY = ("hop", "entry", "host", "path")
_COMPARED = ("mode", "plaintext", "client_auth", "service", "encryption", "server_verified", "client_certificate")


def test_all_cases_are_here() -> None:
    assert len(CASES) == 102


@pytest.mark.parametrize("case", CASES)
def test_the_hops_are_those_of_the_real_controller(case: str) -> None:
    expected = yaml.safe_load((HERE / case / "expected.yaml").read_text())["hops"]
    report = document(scan_path(HERE / case / "manifests.yaml", closed=True))
    broken = [g for a in report["assessments"] for g in a["gaps"] if g["kind"] == "rule-error"]  # type: ignore[attr-defined]
    assert broken == []
    assert report["coverage"]["gaps"] == []  # type: ignore[index]
    found = {tuple(hop[k] for k in _KEY): hop for hop in report["hops"]}  # type: ignore[attr-defined]
    assert sorted(found) == sorted(tuple(hop[k] for k in _KEY) for hop in expected)
    for wanted in expected:
        _compare(wanted, found[tuple(wanted[k] for k in _KEY)])


def _compare(wanted: dict[str, Any], hop: dict[str, Any]) -> None:
    if hop["mode"] == wanted.get("or_mode"):
        return
    shown = {k: hop.get(k) for k in _COMPARED if k in wanted}
    assert shown == {k: wanted[k] for k in _COMPARED if k in wanted}, hop["because"]


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_mutual_in_an_open_world_that_is_not_in_reality(case: str) -> None:
    expected = yaml.safe_load((HERE / case / "expected.yaml").read_text())["hops"]
    mutual = {tuple(hop[k] for k in _KEY) for hop in expected if hop["mode"] == "mutual"}
    report = document(scan_path(HERE / case / "manifests.yaml"))
    claimed = {tuple(hop[k] for k in _KEY) for hop in report["hops"] if hop["mode"] == "mutual"}  # type: ignore[attr-defined]
    assert claimed <= mutual


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared cases are not beside this checkout")
def test_the_copy_is_equal_to_the_shared_cases() -> None:
    difference = filecmp.dircmp(SHARED, HERE)
    assert (difference.left_only, difference.right_only) == ([], [])
    for case in CASES:
        assert filecmp.cmpfiles(SHARED / case, HERE / case, ["expected.yaml", "manifests.yaml"], shallow=False)[1:] == (
            [],
            [],
        )
