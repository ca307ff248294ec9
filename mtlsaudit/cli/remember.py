"""A scan with `--history`: what earlier scans saw goes in, what this one saw is kept."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from mtlsaudit.collect import Request
from mtlsaudit.graph.identities import seen_in
from mtlsaudit.model.history import History
from mtlsaudit.model.report import Report
from mtlsaudit.pki.signature import Signature
from mtlsaudit.pki.verified import Link, known_signatures, remember_signatures
from mtlsaudit.sources.history import HistoryFile


def recalled(kept: HistoryFile) -> Mapping[Link, str]:
    """What earlier scans verified; this process does not verify it again. To be asked before anything is read."""
    before = kept.signatures()
    remember_signatures({link: Signature(result) for link, result in before.items()})
    return before


def remembering(
    kept: HistoryFile, verified_before: Mapping[Link, str], request: Request, audit: Callable[[History], Report]
) -> Report:
    """Audit with what is known, then keep what was seen and verified. Raises HistoryError."""
    report = audit(kept.read(request.paths))
    _ = report.assessments  # rules verify revocation lists, and would run only when the report is written
    verified = {link: s.value for link, s in known_signatures().items() if s is not Signature.UNCHECKABLE}
    if new := {link: result for link, result in verified.items() if link not in verified_before}:
        kept.keep_signatures(new)
    if request.now > datetime.now(UTC) + timedelta(days=1):
        sys.stderr.write("mtlsaudit: a scan as at a time to come is not added to the history\n")
        return report
    kept.record(request.paths, request.now, seen_in(report.certificates))
    return report
