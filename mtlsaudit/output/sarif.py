"""SARIF 2.1.0, as GitHub code scanning takes it: findings are results, what is not known are notifications."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import as_directory
from mtlsaudit.model.report import Report
from mtlsaudit.model.verdict import Assessment, Outcome
from mtlsaudit.output.file_names import STDIN
from mtlsaudit.output.sarif_places import Node, Places, live_objects, one_line, shown_path
from mtlsaudit.output.sarif_rules import LEVEL, RANK, rule_nodes

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

# GitHub refuses a run with more results, and a result with more than a thousand locations (it shows a hundred).
_MOST_RESULTS = 25_000
_MOST_RELATED = 99


def render(report: Report) -> str:
    """The report as one SARIF run; the same text for the same report and working directory.

    Files are named relative to the working directory, which should be the root of the repository.
    """
    log: Node = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report, Places(report, Path.cwd()))]}
    text = json.dumps(log, indent=2, sort_keys=True, ensure_ascii=False)
    # A YAML escape can make half of a surrogate pair, which no UTF-8 file can hold.
    return text.encode("utf-8", "replace").decode("utf-8") + "\n"


def _run(report: Report, places: Places) -> Node:
    rules = rule_nodes(report)
    index = {rule_id: i for i, rule_id in enumerate(sorted(report.rules))}
    failed = sorted(
        (a for a in report.assessments if a.outcome is Outcome.FAIL),
        key=lambda a: (a.severity.rank, a.rule, a.subject, a.fingerprint),
    )
    gaps = _gaps(report)
    notifications = [_notification(gap, rules_of, places) for gap, rules_of in gaps.items()]
    if len(failed) > _MOST_RESULTS:
        text = f"{len(failed) - _MOST_RESULTS} findings of the lowest severities are left out: one run holds no more."
        notifications.append({"level": "error", "message": {"text": text}})
    names = {hop.id: f"{hop.host}{hop.path}" for hop in report.hops}
    driver: Node = {"name": "mtlsaudit", "semanticVersion": report.tool_version, "rules": rules}
    return {
        "automationDetails": {"id": f"mtlsaudit/{_category(report)}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report, notifications)],
        "properties": {
            "assumptions": [*report.scan.notes, *report.scan.assumptions],
            "rules_digest": report.scan.rules_digest,
            "world": report.scan.world,
            **({"cluster": report.scan.cluster} if report.scan.cluster else {}),
        },
        "results": [_result(a, index[a.rule], names, places) for a in failed[:_MOST_RESULTS]],
        "tool": {"driver": driver},
    }


def _category(report: Report) -> str:
    # GitHub replaces the alerts of a category by those of its next run: each cluster is one of its own.
    return f"cluster/{as_directory(report.scan.cluster)}" if report.scan.cluster else report.scan.world


def _invocation(report: Report, notifications: Sequence[Node]) -> Node:
    # The only time there is: the moment that certificates were judged for.
    out: Node = {
        "endTimeUtc": report.scan.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "executionSuccessful": report.coverage.documents > 0 or bool(report.scan.cluster),
    }
    if notifications:
        out["toolExecutionNotifications"] = list(notifications)
    return out


def _result(found: Assessment, rule_index: int, names: Mapping[str, str], places: Places) -> Node:
    first, *others = dict.fromkeys(found.verdict.evidence)
    related = [places.related(i, piece) for i, piece in enumerate(others[:_MOST_RELATED], 1)]
    links = ", ".join(f"[{_link_text(shown_path(p.site))}]({i})" for i, p in enumerate(others[:_MOST_RELATED], 1))
    physical = places.evidence(first)
    fingerprints = {"mtlsaudit/v1": found.fingerprint}
    if first.site.origin.file == STDIN or "region" not in physical:
        # GitHub's action hashes the line of a file in the checkout; where it cannot, an alert would have no identity.
        fingerprints["primaryLocationLineHash"] = f"{found.fingerprint[:16]}:1"
    name = names.get(found.subject) or found.subject.rpartition(" ")[2].rpartition("/")[2] or found.subject
    out: Node = {
        "ruleId": found.rule,
        "ruleIndex": rule_index,
        "level": LEVEL[found.severity],
        "rank": RANK[found.severity],
        "message": {"text": _message(found.verdict.message, links, len(others) - len(related))},
        "locations": [
            {
                "physicalLocation": physical,
                "logicalLocations": [
                    {"name": name, "fullyQualifiedName": found.subject, "kind": "resource"},
                    *live_objects(first.site),
                ],
            }
        ],
        "partialFingerprints": fingerprints,
    }
    if related:
        out["relatedLocations"] = related
    return out


def _message(message: str, links: str, more: int) -> str:
    # Words of a manifest must not become a link: only the locations that follow are.
    text = one_line(message).replace("](", "] (")
    if not text.endswith((".", "!", "?")):
        text += "."
    if not links:
        return text
    return f"{text} See also {links}{f' and {more} more' if more else ''}."


def _link_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _gaps(report: Report) -> dict[Gap, list[str]]:
    """Every distinct gap, and the rules that could not be judged for it."""
    rules: dict[Gap, set[str]] = {gap: set() for gap in report.coverage.gaps}
    for assessment in report.assessments:
        if assessment.outcome is Outcome.UNKNOWN:
            for gap in assessment.gaps:
                rules.setdefault(gap, set()).add(assessment.rule)
    order = sorted(rules, key=lambda g: (g.file, g.line, g.kind, g.subject, g.reason))
    return {gap: sorted(rules[gap]) for gap in order}


def _notification(gap: Gap, rules: Sequence[str], places: Places) -> Node:
    text = f"{one_line(gap.subject)}: {one_line(gap.reason).rstrip('.')}."
    if rules:
        text += f" Not judged for it: {', '.join(rules)}."
    out: Node = {
        "descriptor": {"id": gap.kind},
        "level": "warning",
        "message": {"text": text},
    }
    if gap.file:
        out["locations"] = [places.line(gap.file, gap.line)]
    return out
