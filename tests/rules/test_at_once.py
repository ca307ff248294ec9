"""How many subjects are judged at a time changes nothing of what is said."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mtlsaudit.collect import Request
from mtlsaudit.engine import evaluate
from mtlsaudit.engine.columns import Columns
from mtlsaudit.engine.expression import Reading
from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects.view import missing
from mtlsaudit.model.rule import Policy
from mtlsaudit.scan import scan
from tests.support.pki import make
from tests.support.scanning import own_rules

NOW = datetime(2026, 3, 1, tzinfo=UTC)
GUIDE = Path(__file__).resolve().parents[2] / "examples" / "mtls-guide"


def judged(folder: Path, *, keep_all: bool) -> tuple[list[tuple[object, ...]], object]:
    """Every assessment, and the counts."""
    paths = (str(GUIDE), str(folder))
    request = Request(paths, NOW, Policy(), certificate_files=True, use_tools=False, keep_all=keep_all)
    report = scan(request, own_rules())
    found = [(a.rule, a.severity, a.subject, a.outcome, a.verdict, a.fingerprint) for a in report.judged.assessments]
    return found, report.judged.counts


@pytest.mark.parametrize("keep_all", [False, True])
@pytest.mark.parametrize("at_once", [1, 3])
def test_few_at_a_time_are_judged_as_all_together(
    at_once: int, keep_all: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, days in enumerate((30, 30, 90, 400, 4000)):
        (tmp_path / f"{number}.crt").write_text(make(f"leaf-{number}", days=days, number=number % 2).pem)
    together = judged(tmp_path, keep_all=keep_all)
    monkeypatch.setattr(evaluate, "_AT_ONCE", at_once)
    apart = judged(tmp_path, keep_all=keep_all)
    assert apart == together
    outcomes = {outcome for _, _, _, outcome, _, _ in apart[0]}
    assert outcomes == ({"fail", "unknown", "pass", "not-applicable"} if keep_all else {"fail", "unknown"})


def subject(**facts: Plain | Missing) -> Subject:
    return Subject("certificate", "a", facts, dict)


def test_a_key_tells_apart_what_differs_and_nothing_else() -> None:
    hidden = (missing("not-read", "a", "one reason"), missing("not-read", "b", "another"))
    columns = Columns(
        [
            subject(same="x", size=1, hosts=("a",), known=hidden[0], mixed=hidden[0]),
            subject(same="x", size=2, hosts=("a",), known=hidden[1], mixed="seen"),
            subject(same="x", size=1, hosts=("a",), known=hidden[1], mixed="seen"),
        ]
    )

    def keys(*names: str) -> Sequence[Hashable]:
        return columns.keys(dict.fromkeys(names, Reading.ALL))

    assert len(set(keys("same", "hosts", "known"))) == 1
    first, second, third = keys("same", "size")
    assert first == third != second
    first, second, third = keys("mixed", "size")
    assert len({first, second, third}) == 3
    assert len(keys()) == 3
