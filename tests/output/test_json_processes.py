"""A report that two processes make is the one that one makes, in its text and in what is asked of it afterwards."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import NoReturn

import pytest

from mtlsaudit import parallel
from mtlsaudit.collect import Request
from mtlsaudit.model.report import Judged, JudgedLater, Report
from mtlsaudit.model.rule import Policy
from mtlsaudit.output import json_rows, json_v1, text
from mtlsaudit.scan import scan
from tests.support.scanning import NOW, own_rules

GUIDE = Path(__file__).resolve().parents[2] / "examples" / "mtls-guide"


def made(*, keep_all: bool) -> Report:
    return scan(Request((str(GUIDE),), NOW, Policy(), use_tools=False, keep_all=keep_all), own_rules())


def told(report: Report) -> list[object]:
    return [(a.rule, a.severity, a.subject, a.outcome, a.gaps, a.verdict, a.fingerprint) for a in report.assessments]


@pytest.mark.parametrize("keep_all", [False, True])
@pytest.mark.parametrize("at_once", [1 << 14, 1 << 6, 4])
def test_two_processes_say_what_one_says(keep_all: bool, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    one = made(keep_all=keep_all)
    expected = json_v1.render(one)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(parallel, "WORTH_IT", 0)
    monkeypatch.setattr(json_rows, "AT_ONCE", at_once)
    two = made(keep_all=keep_all)
    assert json_v1.render(two) == expected
    assert told(two) == told(one)
    assert two.judged.counts == one.judged.counts


def test_a_format_written_before_changes_nothing() -> None:
    report, other = made(keep_all=False), made(keep_all=False)
    assert text.render(report) == text.render(other)
    assert json_v1.render(report) == json_v1.render(made(keep_all=False))


def test_what_is_judged_early_asks_for_neither_trust_nor_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> NoReturn:
        raise AssertionError("not yet")

    monkeypatch.setattr("mtlsaudit.scan.build_trust", never)
    monkeypatch.setattr("mtlsaudit.scan.certificate_entries", never)
    judged = made(keep_all=True).judged
    assert isinstance(judged, JudgedLater)
    rules = own_rules().by_id()
    early = {name for kind in judged.early for name in judged.judge(kind).counts}
    assert early == {name for name, rule in rules.items() if rule.subject in judged.early}
    assert "secret-private-key-in-manifest" in early
    assert {*judged.early, *judged.late} == {rule.subject for rule in rules.values()}
    with pytest.raises(AssertionError):
        judged.judge("bundle")


@pytest.mark.parametrize("settled", [False, True])
def test_what_the_rules_read_is_let_go_when_they_have_run(settled: bool) -> None:
    """The objects of a large cluster would otherwise stay beside the report that is made of them."""

    class Read:
        pass

    read = Read()
    kept = weakref.ref(read)
    later = JudgedLater(lambda _, read=read: Judged(), (), ())
    del read
    assert kept() is not None
    if settled:
        later.settle(Judged())
    assert later.assessments == ()
    assert kept() is None
