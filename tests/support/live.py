"""What live tests scan: an estate put into a cluster, and what the same objects say from a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtlsaudit.platforms import KINDS
from tests.support.apiserver import ApiServer, Refused, path_of
from tests.support.command import Result, mtlsaudit

NOW = "2026-06-01T00:00:00Z"
Report = Mapping[str, Any]


def report_of(
    *arguments: str | Path, expected: tuple[int, ...] = (0, 1), env: Mapping[str, str] | None = None, now: str = NOW
) -> Report:
    """The JSON report of a scan that must end with one of these codes."""
    done = scan(*arguments, env=env, now=now)
    assert done.code in expected, done.err
    report: Report = json.loads(done.out)
    return report


def scan(*arguments: str | Path, env: Mapping[str, str] | None = None, now: str = NOW) -> Result:
    """`mtlsaudit scan -f json` at the fixed time, with everything that passed as well."""
    return mtlsaudit("scan", *arguments, "-f", "json", "--all-outcomes", "--now", now, env=env)


def said(
    report: Report, outcomes: tuple[str, ...] = ("fail", "unknown", "pass", "not-applicable")
) -> set[tuple[str, ...]]:
    """Rule, subject, outcome and message of each assessment: what a reader is told, wherever it was read from."""
    rows = [a for a in report["assessments"] if a["outcome"] in outcomes]
    return {(a["rule"], a["subject"], a["outcome"], a["message"]) for a in rows}


def modes(report: Report) -> dict[str, str]:
    return {h["id"]: h["mode"] for h in report["hops"]}


def dump(cluster: ApiServer) -> str:
    """All objects of the kinds that are audited, as `kubectl get -A -o yaml` prints them: one List."""
    items = []
    for group, kind in KINDS:
        for version in ("v1", "v1beta1", "v1alpha1"):
            api = f"{group}/{version}" if group else version
            path = path_of({"kind": kind, "apiVersion": api, "metadata": {"name": "x", "namespace": "x"}})
            plural = path.split("/")[-2]
            root = f"/apis/{api}" if group else f"/api/{api}"
            try:
                found = cluster.request("GET", f"{root}/{plural}")
            except Refused:
                continue
            items += [{"apiVersion": api, "kind": kind, **item} for item in found["items"]]
            break
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
