"""The JSON report, version 1 (docs/report-v1.schema.json). Other programs read it: fields are added, never changed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import ClientAuth, Hop, HopKind, Mode, Plaintext
from mtlsaudit.model.report import Report
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.verdict import Assessment, Evidence, Outcome
from mtlsaudit.output.json_certificates import certificate_fields, time_text
from mtlsaudit.output.json_text import Citations, encode, quoted
from mtlsaudit.output.trust_json import TrustRows
from mtlsaudit.parallel import in_two_processes

SCHEMA_VERSION = "1.0"


def render(report: Report) -> str:
    """The report as JSON text, a line for each entry of the long lists; the same report gives the same bytes."""
    return "".join(pieces(report))


def pieces(report: Report) -> Iterator[str]:
    """The same text in some pieces, which need not be put together to be written."""
    lists = _rows(report)
    head: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "mtlsaudit", "version": report.tool_version},
        "scan": _scan(report),
        "coverage": _coverage(report),
    }
    yield "{\n"
    for key, value in head.items():
        yield f"  {encode(key)}: {encode(value)},\n"
    for key, entries in lists.items():
        yield f"  {encode(key)}: ["
        for start in range(0, len(entries), _ROWS_AT_ONCE):
            yield ",\n    " if start else "\n    "
            yield ",\n    ".join(entries[start : start + _ROWS_AT_ONCE])
        yield "\n  ],\n" if entries else "],\n"
    yield f'  "summary": {encode(summary(report))}\n}}\n'


def _rows(report: Report) -> dict[str, Sequence[str]]:
    """The entries of each long list as JSON, in two processes where that pays.

    What cites the same document is done in the same process, so that its lines are worked out once. The rules may not have
    run yet: then they run here while the child makes rows.
    """
    make = _Rows(report)
    todo = [
        *((_place(h.evidence.values()), "hops", n) for n, h in enumerate(report.hops)),
        *((_place((c.evidence,)), "certificates", n) for n, c in enumerate(report.certificates)),
        *((_place((v.evidence,)), "trust", n) for n, v in enumerate(report.trust.verifiers)),
        *((("", 0), "not_made", n) for n in range(len(report.not_made))),
    ]
    todo.sort()
    judged: list[str] = []
    rows: dict[str, dict[int, str]] = {name: {} for name in ("hops", "certificates", "not_made", "trust")}
    parts = in_two_processes(
        todo, len(todo) * _TYPICAL_ROW, make.some, lambda: judged.extend(make.few_judged(len(todo)))
    )
    for (_, name, n), row in zip(todo, chain.from_iterable(parts), strict=True):
        rows[name][n] = row
    lists: dict[str, Sequence[str]] = {name: [found[n] for n in range(len(found))] for name, found in rows.items()}
    return {**lists, "assessments": judged or make.judged()}


_ROWS_AT_ONCE = 256
_TYPICAL_ROW = 1000
"""Characters; to tell whether a second process pays."""


def _place(evidence: Iterable[Sequence[Evidence]]) -> tuple[str, int]:
    """The document of the first piece."""
    for pieces in evidence:
        if pieces:
            return pieces[0].site.origin.file, pieces[0].site.origin.document
    return "", 0


class _Rows:
    """The text of any entry. What two entries have in common is encoded once in each process."""

    def __init__(self, report: Report) -> None:
        self._report = report
        cite = self._cite = Citations(report)
        trust = TrustRows(report.trust, cite, _gap)
        self._make: Mapping[str, Callable[[int], str]] = {
            "hops": lambda n: _hop(report.hops[n], cite),
            "certificates": lambda n: encode(certificate_fields(report.certificates[n])),
            "trust": lambda n: trust.row(report.trust.verifiers[n]),
            "not_made": lambda n: encode(asdict(report.not_made[n])),
        }

    def some(self, todo: Sequence[tuple[object, str, int]]) -> list[str]:
        """Entries by the name of their list and their number in it."""
        return [self._make[name](n) for _, name, n in todo]

    def few_judged(self, most: int) -> list[str]:
        """All assessments, where they are so few that no second process is needed for them."""
        return self._assessments(self._report.assessments) if len(self._report.assessments) <= 2 * most else []

    def judged(self) -> list[str]:
        """All assessments, in two processes where that pays."""
        found = self._report.assessments
        order = sorted(range(len(found)), key=lambda n: (_place((found[n].verdict.evidence,)), n))
        parts = in_two_processes(
            order, len(order) * _TYPICAL_ROW, lambda some: self._assessments([found[n] for n in some])
        )
        rows = dict(zip(order, chain.from_iterable(parts), strict=True))
        return [rows[n] for n in range(len(rows))]

    def _assessments(self, some: Sequence[Assessment]) -> list[str]:
        return [_assessment(a, self._cite) for a in some]


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
        "gaps": [_gap(g) for g in coverage.gaps],
    }


def _gap(gap: Gap) -> dict[str, object]:
    out: dict[str, object] = {"kind": gap.kind, "subject": gap.subject, "reason": gap.reason}
    if gap.file:
        out |= {"file": gap.file, "line": gap.line or None}
    return out


def _hop(hop: Hop, cite: Citations) -> str:
    out: dict[str, object] = {
        "id": hop.id,
        "hop": hop.kind.value,
        "platform": hop.platform,
        "entry": hop.entry,
        "host": hop.host,
        "path": hop.path,
        "mode": hop.mode.value,
    }
    if hop.client is not None:
        plain, auth = hop.client.plaintext, hop.client.client_auth
        out["plaintext"] = None if plain is Plaintext.UNKNOWN else plain.value
        out["client_auth"] = None if auth is ClientAuth.UNKNOWN else auth.value
        out["trust"] = hop.client.trust or None
    if hop.kind is HopKind.ENTRY_TO_SERVICE:
        upstream = hop.upstream
        out["service"] = hop.service
        out["encryption"] = upstream.encryption if upstream else None
        out["server_verified"] = upstream.server_verified if upstream else None
        out["client_certificate"] = upstream.client_certificate if upstream else None
    out["basis"] = hop.basis.value
    out["because"] = hop.because
    if hop.mode is Mode.UNKNOWN:
        out["possible"] = [m.value for m in hop.possible]
        out["gaps"] = [_gap(g) for g in hop.gaps]
    return f'{encode(out)[:-1]}, "evidence": {cite.list(hop.all_evidence())}}}'


def _assessment(assessment: Assessment, cite: Citations) -> str:
    verdict = assessment.verdict
    gaps = encode([_gap(g) for g in verdict.gaps]) if verdict.gaps else "[]"
    return (
        f'{{"rule": {quoted(assessment.rule)}, "severity": "{assessment.severity.value}", '
        f'"outcome": "{assessment.outcome.value}", "subject": {quoted(assessment.subject)}, '
        f'"message": {quoted(verdict.message)}, "evidence": {cite.list(verdict.evidence)}, "gaps": {gaps}, '
        f'"fingerprint": "{assessment.fingerprint}", "waiver": null}}'
    )


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
