"""Several clusters side by side: what is mutual, what is wrong, and which could not be read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from mtlsaudit.model.hop import HopKind, Mode
from mtlsaudit.model.report import Report
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.verdict import Outcome, Severity
from mtlsaudit.output.shown import shown_lines


@dataclass(frozen=True, slots=True)
class Member:
    """One cluster of a run. `error` says why it could not be read; then the numbers are empty."""

    context: str
    error: str = ""
    client_hops: int = 0
    mutual: int = 0
    findings: tuple[tuple[str, int], ...] = ()
    undecided: int = 0
    gaps: int = 0


def member_of(context: str, report: Report) -> Member:
    """The numbers of one report."""
    hops = [h for h in report.hops if h.kind is HopKind.CLIENT_TO_ENTRY]
    counts = Counter(a.severity for a in report.assessments if a.outcome is Outcome.FAIL)
    return Member(
        context,
        client_hops=len(hops),
        mutual=sum(h.mode is Mode.MUTUAL for h in hops),
        findings=tuple((s.value, counts[s]) for s in Severity if counts[s]),
        undecided=sum(a.outcome is Outcome.UNKNOWN for a in report.assessments),
        gaps=len(report.coverage.gaps),
    )


def as_text(members: Sequence[Member]) -> str:
    """One line a cluster."""
    width = max(len(m.context) for m in members)
    read = sum(not m.error for m in members)
    lines = [f"FLEET  {read} of {len(members)} clusters read", ""]
    for member in members:
        said = f"could not be read: {member.error}" if member.error else _numbers(member)
        lines.append(f"  {member.context:<{width}}  {said}")
    return "\n".join(shown_lines(lines)) + "\n"


def _numbers(member: Member) -> str:
    found = ", ".join(f"{count} {severity}" for severity, count in member.findings) or "no finding"
    gaps = f"; not read: {member.gaps}" if member.gaps else ""
    return f"{member.mutual} of {member.client_hops} client hops mutual; {found}; {member.undecided} undecided{gaps}"


def as_json(members: Sequence[Member]) -> str:
    """The same, for programs."""
    rows = [
        {"context": m.context, "error": m.error}
        if m.error
        else {
            "context": m.context,
            "error": None,
            "client_hops": m.client_hops,
            "mutual": m.mutual,
            "findings": dict(m.findings),
            "undecided": m.undecided,
            "gaps": m.gaps,
        }
        for m in members
    ]
    return json.dumps({"schema_version": "1.0", "clusters": rows}, indent=2) + "\n"
