"""The long lists of the JSON report, an entry a line of text, made by two processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import ClientAuth, Hop, HopKind, Mode, Plaintext
from mtlsaudit.model.report import Report
from mtlsaudit.model.verdict import Assessment, Evidence
from mtlsaudit.output.json_certificates import certificate_fields
from mtlsaudit.output.json_text import Citations, encode, quoted
from mtlsaudit.output.trust_json import TrustRows
from mtlsaudit.parallel import in_two_processes

_TYPICAL_ROW = 1000
"""Characters; to tell whether a second process pays."""

_AT_ONCE = 1 << 14
"""Entries. Of a report with more, the text is not kept: it is made as it is written."""


def json_rows(report: Report) -> Mapping[str, Iterable[str]]:
    """Name of a list → the text of its entries, in the order of the report. Each may be gone through once.

    What cites the same document is done in the same process, so that its lines are worked out once. The rules may not have
    run yet: then they run here while the child makes rows.
    """
    make = _Rows(report)
    if sum(make.sizes.values()) > _AT_ONCE:
        lists: dict[str, Iterable[str]] = {name: make.streamed(name) for name in make.sizes}
        return {**lists, "assessments": make.judged()}
    todo = sorted(make.todo())
    judged: list[str] = []
    rows: dict[str, dict[int, str]] = {name: {} for name in make.sizes}
    parts = in_two_processes(
        todo, len(todo) * _TYPICAL_ROW, make.some, lambda: judged.extend(make.few_judged(len(todo)))
    )
    for (_, name, n), row in zip(todo, chain.from_iterable(parts), strict=True):
        rows[name][n] = row
    lists = {name: [found[n] for n in range(len(found))] for name, found in rows.items()}
    return {**lists, "assessments": judged or make.judged()}


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
        trust = TrustRows(report.trust, cite, gap_fields)
        self._make: Mapping[str, Callable[[int], str]] = {
            "hops": lambda n: _hop(report.hops[n], cite),
            "certificates": lambda n: encode(certificate_fields(report.certificates[n])),
            "not_made": lambda n: encode(asdict(report.not_made[n])),
            "trust": lambda n: trust.row(report.trust.verifiers[n]),
        }
        self.sizes = {
            "hops": len(report.hops),
            "certificates": len(report.certificates),
            "not_made": len(report.not_made),
            "trust": len(report.trust.verifiers),
        }

    def todo(self) -> Iterator[tuple[tuple[str, int], str, int]]:
        """Every entry: the document that it cites first, the name of its list, its number there."""
        report = self._report
        yield from ((_place(h.evidence.values()), "hops", n) for n, h in enumerate(report.hops))
        yield from ((_place((c.evidence,)), "certificates", n) for n, c in enumerate(report.certificates))
        yield from ((_place((v.evidence,)), "trust", n) for n, v in enumerate(report.trust.verifiers))
        yield from ((("", 0), "not_made", n) for n in range(len(report.not_made)))

    def some(self, todo: Sequence[tuple[object, str, int]]) -> list[str]:
        """Entries as `todo` names them."""
        return [self._make[name](n) for _, name, n in todo]

    def streamed(self, name: str) -> Iterator[str]:
        """A list, some thousand entries at a time."""
        make = self._make[name]
        return self._in_batches(self.sizes[name], lambda some: [make(n) for n in some])

    def few_judged(self, most: int) -> list[str]:
        """All assessments, where they are so few that no second process is needed for them."""
        found = self._report.assessments
        return [_assessment(a, self._cite) for a in found] if len(found) <= 2 * most else []

    def judged(self) -> Iterator[str]:
        """All assessments, some thousand at a time."""
        found = self._report.assessments
        return self._in_batches(len(found), lambda some: [_assessment(found[n], self._cite) for n in some])

    def _in_batches(self, size: int, work: Callable[[Sequence[int]], list[str]]) -> Iterator[str]:
        for start in range(0, size, _AT_ONCE):
            batch = range(start, min(size, start + _AT_ONCE))
            yield from chain.from_iterable(in_two_processes(batch, len(batch) * _TYPICAL_ROW, work))
            self._cite.forget()


def gap_fields(gap: Gap) -> dict[str, object]:
    """What was not known, with the line where it has one."""
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
        out["gaps"] = [gap_fields(g) for g in hop.gaps]
    return f'{encode(out)[:-1]}, "evidence": {cite.list(hop.all_evidence())}}}'


def _assessment(assessment: Assessment, cite: Citations) -> str:
    verdict = assessment.verdict
    gaps = encode([gap_fields(g) for g in verdict.gaps]) if verdict.gaps else "[]"
    return (
        f'{{"rule": {quoted(assessment.rule)}, "severity": "{assessment.severity.value}", '
        f'"outcome": "{assessment.outcome.value}", "subject": {quoted(assessment.subject)}, '
        f'"message": {quoted(verdict.message)}, "evidence": {cite.list(verdict.evidence)}, "gaps": {gaps}, '
        f'"fingerprint": "{assessment.fingerprint}", "waiver": null}}'
    )
