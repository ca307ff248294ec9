"""The report as contents of a ConfigMap: whole, deterministic, and honest where it does not fit."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from mtlsaudit.model.report import Report
from mtlsaudit.output.config_map import LIMIT, REPORT, SUMMARY, merge_patch
from mtlsaudit.output.json_v1 import render
from tests.support.scanning import ROOT, failed, scan_path


def guide() -> Report:
    return scan_path(ROOT / "examples" / "mtls-guide")


def opened(patch: bytes) -> tuple[dict[str, Any], bytes | None]:
    value = json.loads(patch)
    assert set(value) == {"data", "binaryData"}
    assert (set(value["data"]), set(value["binaryData"])) == ({SUMMARY}, {REPORT})
    packed = value["binaryData"][REPORT]
    return json.loads(value["data"][SUMMARY]), None if packed is None else base64.b64decode(packed)


def test_the_whole_report_is_in_it() -> None:
    report = guide()
    patch, problem = merge_patch(report)
    top, packed = opened(patch)
    assert problem == ""
    assert packed is not None
    assert gzip.decompress(packed).decode() == render(report)
    size = len(render(report).encode())
    assert top["report"] == {"key": REPORT, "bytes": size, "compressed": len(packed)}
    assert 0 < len(packed) < size < LIMIT


def test_the_summary_names_the_worst_first() -> None:
    report = guide()
    top, _ = opened(merge_patch(report)[0])
    whole = json.loads(render(report))
    assert top["summary"] == whole["summary"]
    assert top["gaps"] == len(whole["coverage"]["gaps"])
    ranks = ["critical", "high", "medium", "low", "info"]
    order = [ranks.index(row["severity"]) for row in top["worst"]]
    assert order == sorted(order)
    assert 0 < len(top["worst"]) <= 20
    found = failed(report)
    assert all(row["subject"] in found[row["rule"]] for row in top["worst"])
    assert max(len(row["message"]) for row in top["worst"]) <= 301


def test_the_same_report_gives_the_same_bytes() -> None:
    assert merge_patch(guide()) == merge_patch(guide())


def test_a_report_that_does_not_fit_takes_the_earlier_one_away_and_says_so() -> None:
    report = guide()
    fits = len(opened(merge_patch(report)[0])[1] or b"")
    patch, problem = merge_patch(report, limit=fits)
    top, packed = opened(patch)
    assert packed is None
    assert f"{fits} bytes compressed" in problem
    assert top["report"]["key"] is None
    assert top["report"]["left_out"] == problem
    assert top["summary"] == opened(merge_patch(report)[0])[0]["summary"]
