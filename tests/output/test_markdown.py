"""Markdown: the counts, the tables, and that nothing of a manifest becomes markup."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mtlsaudit.model.coverage import Coverage
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import Mode
from mtlsaudit.model.origin import FileOrigin, Position, Site
from mtlsaudit.model.report import Judged, Report
from mtlsaudit.model.values import replace
from mtlsaudit.model.verdict import Decided, Evidence, Outcome, Severity, Verdict
from mtlsaudit.output.markdown import render
from tests.support.sample import sample_report

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def in_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def section(text: str, title: str) -> list[str]:
    """The lines under a heading, without the empty ones."""
    (body,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return [line for line in body.splitlines() if line]


def with_finding(message: str, origin: FileOrigin, position: Position | None) -> Report:
    site = Site(origin, ("spec",))
    verdict = Verdict(Outcome.FAIL, message, (Evidence(site, "x"),))
    return replace(
        sample_report(),
        judged=Judged((Decided("sample-low", Severity.LOW, "Ingress default/x", verdict, "a" * 64),)),
        positions={site: position} if position else {},
    )


def with_modes(*modes: Mode) -> Report:
    report = sample_report()
    hops = [replace(report.hops[0], id=f"hop {i}", entry=f"default/e{i}", mode=m) for i, m in enumerate(modes)]
    return replace(report, hops=tuple(hops))


def test_assumptions_and_counts_come_first() -> None:
    text = render(with_modes(Mode.MUTUAL, Mode.UNKNOWN, Mode.PLAINTEXT, Mode.UNKNOWN))
    assert text.startswith(
        "# mtlsaudit\n"
        "\n"
        "> **Assumptions**\n"
        ">\n"
        "> - assumed: &lt;nothing&gt;\n"
        "\n"
        "- **1 of 4 hops mutual**; 1 plaintext, 2 unknown\n"
        "- **5 findings** (1 critical, 1 high, 1 medium, 1 low, 1 info)\n"
        "- 1 not known, 2 gaps in what was read\n"
        "- 4 files and 6 documents, open world, at 2026-11-23T12:00:00Z\n"
        "\n"
        "## Hops\n"
    )


def test_weakest_hops_come_first() -> None:
    text = render(with_modes(*reversed(Mode)))
    modes = [line.split(" | ")[0].removeprefix("| ") for line in section(text, "Hops")[2:]]
    assert modes == [
        "plaintext",
        "permissive",
        "server-tls",
        "offered",
        "unknown",
        "passthrough",
        "refused",
        "mutual",
    ]


def test_hop_in_full() -> None:
    report = sample_report()
    hop = replace(report.hops[0], because="port 80 serves it", mode=Mode.PERMISSIVE)
    assert section(render(replace(report, hops=(hop,))), "Hops") == [
        "| Mode | Hop | Entry | Host and path | Because |",
        "| --- | --- | --- | --- | --- |",
        "| permissive | client-to-entry | default/mtls-ingress | service-a.example.com/ | port 80 serves it |",
    ]


def test_findings_are_worst_first_with_file_and_line() -> None:
    rows = section(render(sample_report()), "Findings")[2:]
    subject = "client-to-entry:default/mtls-ingress:service-a.example.com/"
    assert rows == [
        f"| {s} | sample-{s} | A finding of {s} | {subject} | examples/mtls-guide/ingress.yaml:6 |" for s in Severity
    ]


@pytest.mark.parametrize(
    ("origin", "position", "where"),
    [
        (FileOrigin("<stdin>", 0), Position(3, 1, 3, 5), "&lt;stdin&gt;:3"),
        (FileOrigin("a b.yaml", 0), None, "a b.yaml"),
        (
            FileOrigin("c/Chart.yaml", 0, (), "helm template"),
            Position(3, 1, 3, 5),
            "c/Chart.yaml (rendered by helm template)",
        ),
        (FileOrigin("/elsewhere/a.yaml", 0), Position(3, 1, 3, 5), "a.yaml:3"),
    ],
)
def test_places(origin: FileOrigin, position: Position | None, where: str) -> None:
    (row,) = section(render(with_finding("Open", origin, position)), "Findings")[2:]
    assert row == f"| low | sample-low | Open | Ingress default/x | {where} |"


def test_unknowns_say_what_is_missing() -> None:
    assert section(render(sample_report()), "Not known")[2:] == [
        "| sample-high | Secret default/x | the Secret default/x is not in the input |"
    ]


def test_gaps_are_listed() -> None:
    assert section(render(sample_report()), "Not read")[2:] == [
        "| invalid-yaml | b.yaml | bad | b.yaml:3 |",
        "| not-in-input | Secret default/x | the Secret default/x is not in the input |  |",
    ]


def test_nothing_found() -> None:
    report = sample_report()
    empty = replace(
        report, hops=(), judged=Judged(), coverage=Coverage(1, 1, {}, 0, ()), scan=replace(report.scan, assumptions=())
    )
    assert render(empty) == (
        "# mtlsaudit\n\n"
        "- **0 of 0 hops mutual**\n"
        "- **0 findings**\n"
        "- 0 not known, 0 gaps in what was read\n"
        "- 1 file and 1 document, open world, at 2026-11-23T12:00:00Z\n\n"
        "## Hops\n\nNone.\n\n## Findings\n\nNone.\n\n## Not known\n\nNone.\n\n## Not read\n\nNone.\n"
    )


def test_words_of_a_manifest_are_text() -> None:
    message = "a|b\nc <img src=x> &amp; [t](http://e) `x` *y* _z_ ~~s~~ \\ # \u2028 \ud800"
    text = render(with_finding(message, FileOrigin("a.yaml", 0), None))
    (row,) = section(text, "Findings")[2:]
    assert row.split(" | ")[2] == (
        r"a\|b c &lt;img src=x&gt; &amp;amp; \[t\](http://e) \`x\` \*y\* \_z\_ \~\~s\~\~ \\ \# \\ud800"
    )
    assert len(re.findall(r"(?<!\\)\|", row)) == 6
    assert text.encode("utf-8")


def test_long_tables_and_cells_say_that_they_end() -> None:
    gaps = tuple(Gap("unreadable", f"f{i:04}", "r" * 5000) for i in range(403))
    text = render(replace(sample_report(), coverage=Coverage(0, 0, {}, 0, gaps)))
    rows = section(text, "Not read")
    assert len(rows) == 2 + 400 + 1
    assert rows[-1] == "… and 3 more."
    assert rows[2] == f"| unreadable | f0000 | {'r' * 599}… |  |"
    # GitHub takes one MiB.
    assert len(text.encode()) < 1024 * 1024


def test_order_of_the_report_does_not_matter() -> None:
    report = sample_report()
    turned = replace(
        report,
        hops=tuple(reversed(report.hops)),
        judged=Judged(tuple(reversed(report.assessments))),
        coverage=replace(report.coverage, gaps=tuple(reversed(report.coverage.gaps))),
    )
    assert render(report) == render(turned)
    assert str(ROOT) not in render(report)
