"""The text of the entries of the JSON report's long lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain

from mtlsaudit.model.report import Report
from mtlsaudit.model.values import asdict
from mtlsaudit.model.verdict import Assessment, Evidence
from mtlsaudit.output.json_certificates import certificate_fields
from mtlsaudit.output.json_entries import assessment_text, gap_fields, hop_text
from mtlsaudit.output.json_text import Citations, encode
from mtlsaudit.output.trust_json import TrustRows
from mtlsaudit.parallel import in_two_processes

TYPICAL_ROW = 1000
"""Characters; to tell whether a second process pays."""

AT_ONCE = 1 << 14
"""Entries. Of a report with more, the text is not kept: it is made as it is written."""

_Place = tuple[str, int]
Entry = tuple[_Place, str, int]
"""The document that an entry cites first, the name of its list, its number there."""


def _place(evidence: Iterable[Sequence[Evidence]]) -> _Place:
    """The document of the first piece."""
    for pieces in evidence:
        if pieces:
            return pieces[0].site.origin.file, pieces[0].site.origin.document
    return "", 0


class Rows:
    """The text of any entry. What two entries have in common is encoded once in each process."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._cite = Citations(report)
        self._make: Mapping[str, Callable[[int], str]] = {
            "hops": lambda n: hop_text(report.hops[n], self._cite),
            "certificates": lambda n: encode(certificate_fields(report.certificates[n])),
            "not_made": lambda n: encode(asdict(report.not_made[n])),
            "trust": lambda n: self._trust.row(report.trust.verifiers[n]),
        }

    @cached_property
    def _trust(self) -> TrustRows:
        return TrustRows(self._report.trust, self._cite, gap_fields)

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """Name of a list → how many entries it has."""
        report = self._report
        return {
            "hops": len(report.hops),
            "certificates": len(report.certificates),
            "not_made": len(report.not_made),
            "trust": len(report.trust.verifiers),
        }

    def hops(self) -> Iterator[Entry]:
        """Every hop."""
        yield from ((_place(h.evidence.values()), "hops", n) for n, h in enumerate(self._report.hops))

    def rest(self) -> Iterator[Entry]:
        """Every entry of the other lists."""
        report = self._report
        yield from ((_place((c.evidence,)), "certificates", n) for n, c in enumerate(report.certificates))
        yield from ((_place((v.evidence,)), "trust", n) for n, v in enumerate(report.trust.verifiers))
        yield from ((("", 0), "not_made", n) for n in range(len(report.not_made)))

    def some(self, entries: Iterable[Entry]) -> list[str]:
        """The text of these entries."""
        return [self._make[name](n) for _, name, n in entries]

    def texts(self, assessments: Iterable[Assessment]) -> list[str]:
        """The text of these assessments."""
        return [assessment_text(a, self._cite) for a in assessments]

    def streamed(self, name: str) -> Iterator[str]:
        """A list, some thousand entries at a time."""
        make = self._make[name]
        return self._in_batches(self.sizes[name], lambda some: [make(n) for n in some])

    def judged(self) -> Iterator[str]:
        """All assessments, some thousand at a time."""
        found = self._report.assessments
        return self._in_batches(len(found), lambda some: self.texts(found[n] for n in some))

    def _in_batches(self, size: int, work: Callable[[Sequence[int]], list[str]]) -> Iterator[str]:
        for start in range(0, size, AT_ONCE):
            batch = range(start, min(size, start + AT_ONCE))
            yield from chain.from_iterable(in_two_processes(batch, len(batch) * TYPICAL_ROW, work))
            self._cite.forget()
