"""The JSON report, version 1 (docs/report-v1.schema.json). Other programs read it: fields are added, never changed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from mtlsaudit.model.hop import HopKind
from mtlsaudit.model.report import Report
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.verdict import Outcome
from mtlsaudit.output.json_certificates import time_text
from mtlsaudit.output.json_entries import gap_fields
from mtlsaudit.output.json_lists import json_lists
from mtlsaudit.output.json_text import encode

SCHEMA_VERSION = "1.0"


def render(report: Report) -> str:
    """The report as JSON text, a line for each entry of the long lists; the same report gives the same bytes."""
    return "".join(pieces(report))


def pieces(report: Report) -> Iterator[str]:
    """The same text in some pieces, which need not be put together to be written."""
    head: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "mtlsaudit", "version": report.tool_version},
        "scan": _scan(report),
        "coverage": _coverage(report),
    }
    lists = json_lists(report)
    yield "{\n"
    for key, value in head.items():
        yield f"  {encode(key)}: {encode(value)},\n"
    for key, rows in lists.items():
        yield f"  {encode(key)}: ["
        entries = iter(rows)
        before, after = "\n    ", "],\n"
        while some := list(islice(entries, _ROWS_AT_ONCE)):
            yield before
            yield ",\n    ".join(some)
            before, after = ",\n    ", "\n  ],\n"
        yield after
    yield f'  "summary": {encode(summary(report))}\n}}\n'


_ROWS_AT_ONCE = 256


def document(report: Report) -> dict[str, object]:
    """The report as plain values."""
    value: dict[str, object] = json.loads(render(report))
    return value


def _scan(report: Report) -> dict[str, object]:
    scan = report.scan
    return {
        "now": time_text(scan.now),
        "sources": list(scan.sources),
        **({"cluster": scan.cluster} if scan.cluster else {}),
        "world": scan.world,
        "default_namespace": scan.default_namespace,
        "cert_manager_version": scan.cert_manager_version or None,
        **({"history": scan.history} if scan.history else {}),
        "policy": _policy(scan.policy),
        "assumptions": list(scan.assumptions),
        **({"notes": list(scan.notes)} if scan.notes else {}),
        "rules_digest": scan.rules_digest,
    }


def _policy(policy: Policy) -> dict[str, object]:
    return {
        "rotation": {"min_days": policy.rotation_min_days, "max_days": policy.rotation_max_days},
        "slack": {"days": policy.slack_days, "ratio": policy.slack_ratio},
        "lifetime_max_days": policy.lifetime_max_days,
        "disabled_rules": list(policy.disabled),
        "severities": {k: v.value for k, v in sorted(policy.severities.items())},
        "skip": list(policy.skip),
        "assume_secrets": policy.assume_secrets or None,
        "assume_controller": policy.assume_controller or None,
        "ingress_classes": dict(sorted(policy.ingress_classes.items())),
    }


def _coverage(report: Report) -> dict[str, object]:
    coverage = report.coverage
    return {
        "files": coverage.files,
        "documents": coverage.documents,
        "resources": dict(coverage.resources),
        "templates": coverage.templates,
        "gaps": [gap_fields(g) for g in coverage.gaps],
    }


def summary(report: Report) -> dict[str, object]:
    """Hops by mode, outcomes, failures by severity, and what became of each rule: numbers only."""
    outcomes: Counter[str] = Counter()
    for tally in report.judged.counts.values():
        outcomes.update(tally)
    fails = Counter(a.severity.value for a in report.assessments if a.outcome is Outcome.FAIL)
    modes = {kind.value: Counter(h.mode.value for h in report.hops if h.kind is kind) for kind in HopKind}
    return {
        "hops": {kind: dict(sorted(count.items())) for kind, count in modes.items()},
        "outcomes": {o.value: outcomes.get(o.value, 0) for o in Outcome},
        "failed_by_severity": dict(sorted(fails.items())),
        "rules": {rule: dict(tally) for rule, tally in sorted(report.judged.counts.items())},
    }
