"""The report for a terminal: what is mutual, what is wrong and where, what could not be told."""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from mtlsaudit.model.hop import Hop, HopKind, Mode
from mtlsaudit.model.origin import render_path
from mtlsaudit.model.report import Report
from mtlsaudit.model.verdict import Assessment, Evidence, Outcome, Severity

Paint = Callable[[str, str], str]
"""(text, escape code) → text."""

_WIDTH = 110
_MANY = 40
_COLOURS = {"critical": "1;31", "high": "31", "medium": "33", "low": "36", "info": "2"}
_MODE_COLOURS = {"mutual": "32", "offered": "32", "unknown": "33", "refused": "2", "passthrough": "36"}


def render(report: Report, *, colour: bool = False) -> str:
    """The table; escape codes only where the caller asks for colour."""
    paint = painted if colour else plain
    out = [*_head(report), *_hops(report, paint), *findings(report, paint), *unknowns(report), *coverage(report)]
    return "\n".join(out) + "\n"


def painted(text: str, code: str) -> str:
    """With an escape code around it."""
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


def plain(text: str, code: str) -> str:
    """As it is."""
    return text


def _head(report: Report) -> Iterator[str]:
    scan = report.scan
    resources = sum(report.coverage.resources.values())
    yield (
        f"mtlsaudit {report.tool_version}: {report.coverage.files} files, {resources} objects, "
        f"{'complete input' if scan.world == 'closed' else 'open world'}, at {scan.now:%Y-%m-%d %H:%M} UTC"
    )
    for sentence in scan.assumptions:
        yield f"assumed: {sentence}"
    yield ""


def _hops(report: Report, paint: Paint) -> Iterator[str]:
    if not report.hops:
        yield "No hops: no Ingress in the input."
        yield ""
        return
    client = [h for h in report.hops if h.kind is HopKind.CLIENT_TO_ENTRY]
    mutual = sum(h.mode is Mode.MUTUAL for h in client)
    yield f"HOPS  {mutual} of {len(client)} client hops mutual: " + _counts(client)
    service = [h for h in report.hops if h.kind is HopKind.ENTRY_TO_SERVICE]
    yield f"      {sum(h.mode is Mode.OFFERED for h in service)} of {len(service)} service hops offered: " + _counts(
        service
    )
    yield ""
    shown = sorted(report.hops, key=_hop_order)[:_MANY]
    width = max(len(_place(h)) for h in shown)
    for hop in shown:
        mode = paint(f"{hop.mode.value:<11}", _MODE_COLOURS.get(hop.mode.value, "31"))
        possible = f" ({' or '.join(hop.possible)})" if hop.possible else ""
        basis = "" if hop.basis.value == "declared" else f" [{hop.basis.value}]"
        yield f"  {mode} {_place(hop):<{width}}{possible}{basis}"
        yield from textwrap.wrap(
            hop.because, _WIDTH, initial_indent="              ", subsequent_indent="              "
        )
    if len(report.hops) > len(shown):
        yield f"  … and {len(report.hops) - len(shown)} more hops (all are in the other formats)"
    yield ""


def _counts(hops: list[Hop]) -> str:
    return ", ".join(f"{n} {mode}" for mode, n in sorted(Counter(h.mode.value for h in hops).items()))


_ORDER = [
    Mode.PLAINTEXT,
    Mode.PERMISSIVE,
    Mode.SERVER_TLS,
    Mode.UNKNOWN,
    Mode.PASSTHROUGH,
    Mode.REFUSED,
    Mode.OFFERED,
    Mode.MUTUAL,
]


def _hop_order(hop: Hop) -> tuple[int, str, str, str]:
    return _ORDER.index(hop.mode), hop.entry, hop.host + hop.path, hop.kind.value


def _place(hop: Hop) -> str:
    if hop.kind is HopKind.CLIENT_TO_ENTRY:
        return f"client → {hop.host}{hop.path} ({hop.entry})"
    return f"{hop.host}{hop.path} ({hop.entry}) → {hop.service}"


def findings(report: Report, paint: Paint) -> Iterator[str]:
    """What failed, worst first, each with its places."""
    found = [a for a in report.assessments if a.outcome is Outcome.FAIL]
    if not found:
        yield "FINDINGS  none"
        yield ""
        return
    by_severity = Counter(a.severity for a in found)
    counted = ", ".join(f"{by_severity[s]} {s.value}" for s in Severity if by_severity[s])
    yield f"FINDINGS  {counted}"
    yield ""
    by_rule: dict[str, list[Assessment]] = defaultdict(list)
    for assessment in found:
        by_rule[assessment.rule].append(assessment)
    for rule, group in by_rule.items():
        for assessment in group[:_MANY]:
            yield from _finding(assessment, report, paint)
        if len(group) > _MANY:
            yield f"  … and {len(group) - _MANY} more of {rule}"
    yield ""


def _finding(assessment: Assessment, report: Report, paint: Paint) -> Iterator[str]:
    severity = paint(f"{assessment.severity.value:<8}", _COLOURS[assessment.severity.value])
    evidence = assessment.verdict.evidence
    where = _where(evidence[0], report) if evidence else ""
    yield f"  {severity} {assessment.rule}  {where}"
    yield from textwrap.wrap(
        assessment.verdict.message,
        _WIDTH,
        initial_indent="           ",
        subsequent_indent="           ",
        break_long_words=False,
    )
    for piece in evidence[:4]:
        yield f"             {_where(piece, report)}  {render_path(piece.site.path)} = {piece.value}"
    if len(evidence) > 4:
        yield f"             … and {len(evidence) - 4} more places"


def _where(evidence: Evidence, report: Report) -> str:
    position = report.positions.get(evidence.site)
    file = evidence.site.origin.file
    return f"{file}:{position.line}:{position.column}" if position else file


def unknowns(report: Report) -> Iterator[str]:
    """What could not be decided, by reason."""
    found = [a for a in report.assessments if a.outcome is Outcome.UNKNOWN]
    if not found:
        return
    reasons: dict[str, list[str]] = defaultdict(list)
    places: dict[str, str] = {}
    for assessment in found:
        reason = "; ".join(dict.fromkeys(g.reason for g in assessment.verdict.gaps))
        reasons[reason].append(assessment.rule)
        if assessment.verdict.evidence:
            places.setdefault(reason, _where(assessment.verdict.evidence[0], report))
    yield f"UNKNOWN  {len(found)} checks could not be decided, because"
    yield ""
    for reason, rules in list(reasons.items())[:_MANY]:
        yield from textwrap.wrap(reason, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
        if reason in places:
            yield f"      {places[reason]}"
        names = ", ".join(sorted(set(rules)))
        yield from textwrap.wrap(
            names, _WIDTH, initial_indent="      ", subsequent_indent="      ", break_on_hyphens=False
        )
    if len(reasons) > _MANY:
        yield f"  … and {len(reasons) - _MANY} more reasons"
    yield ""


def coverage(report: Report) -> Iterator[str]:
    """What could not be read."""
    ledger = report.coverage
    if ledger.gaps:
        yield f"NOT READ  {len(ledger.gaps)} (of them {ledger.templates} unrendered templates)"
        for gap in ledger.gaps[:_MANY]:
            line = f":{gap.line}" if gap.line else ""
            where = f"{gap.file}{line}" if gap.file else gap.subject
            yield f"  {where}: {gap.kind}: {gap.reason}"
        if len(ledger.gaps) > _MANY:
            yield f"  … and {len(ledger.gaps) - _MANY} more"
    else:
        yield "NOT READ  nothing: every document was understood"
