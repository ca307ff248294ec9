"""A report as the contents of a ConfigMap: the whole of it compressed, and a summary that can be read where it lies."""

from __future__ import annotations

import base64
import gzip
import json

from mtlsaudit.model.report import Report
from mtlsaudit.model.verdict import Assessment, Outcome
from mtlsaudit.output.json_v1 import SCHEMA_VERSION, render, summary

LIMIT = 1 << 20
"""Bytes of all values of a ConfigMap (Kubernetes documentation, ConfigMaps: "cannot exceed 1 MiB")."""

REPORT = "report.json.gz"
SUMMARY = "summary.json"
_WORST = 20
_LONGEST = 300


def merge_patch(report: Report, limit: int = LIMIT) -> tuple[bytes, str]:
    """A JSON merge patch (RFC 7396) that brings a ConfigMap up to date, and why the whole report is not in it, or "".

    A report that does not fit takes the earlier one with it: nobody shall take the old one for the new.
    """
    text = render(report)
    packed = gzip.compress(text.encode(), mtime=0)
    state: dict[str, object] = {"key": REPORT, "bytes": len(text.encode()), "compressed": len(packed)}
    top = _summary(report, state)
    problem = ""
    if len(packed) + len(top.encode()) > limit:
        problem = f"the report has {len(packed)} bytes compressed, a ConfigMap holds {limit}: only its summary is kept"
        top = _summary(report, {**state, "key": None, "left_out": problem})
    whole = None if problem else base64.b64encode(packed).decode()
    return json.dumps({"data": {SUMMARY: top}, "binaryData": {REPORT: whole}}).encode(), problem


def _summary(report: Report, state: dict[str, object]) -> str:
    failures = sorted(
        (a for a in report.assessments if a.outcome is Outcome.FAIL), key=lambda a: (a.severity.rank, a.rule, a.subject)
    )
    value = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "mtlsaudit", "version": report.tool_version},
        "now": report.scan.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "sources": list(report.scan.sources),
        "notes": list(report.scan.notes),
        "gaps": len(report.coverage.gaps),
        "summary": summary(report),
        "worst": [_row(a) for a in failures[:_WORST]],
        "report": state,
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _row(failure: Assessment) -> dict[str, str]:
    message = failure.verdict.message
    return {
        "rule": failure.rule,
        "severity": failure.severity.value,
        "subject": failure.subject,
        "message": message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…",
    }
