"""What the benchmark reports where a tool runs, fails, hangs or is not there."""

from __future__ import annotations

import sys

import pytest

from bench import run as runs
from bench.measure import ROOT, Cost, Failure, run
from bench.tools import Tool

OK = frozenset({0})


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


def test_a_run_has_a_cost_with_the_children_in_it() -> None:
    busy = "import time; e=time.process_time()+0.2\nwhile time.process_time()<e: pass"
    result = run(python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}])"), OK, 30)
    assert isinstance(result, Cost)
    assert result.cpu >= 0.2
    assert result.memory > 1


def test_a_failure_names_no_path_of_this_machine() -> None:
    result = run(python(f"import sys; sys.exit('cannot read {ROOT}/x')"), OK, 30)
    assert result == Failure("exit 1: cannot read ./x")


def test_a_hanging_run_is_stopped() -> None:
    assert run(python("import time; time.sleep(60)"), OK, 0.3) == Failure("stopped after 0.3 s")


def test_a_tool_that_is_not_there_keeps_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    tool = Tool("absent", "v1", "nothing", lambda: "no Go toolchain on PATH", lambda _: [])
    monkeypatch.setitem(runs.TOOLS, "absent", tool)
    monkeypatch.setattr(runs, "_corpus", lambda size: f"bench/data/apps-{size}")
    rows = runs.compare([5], ["absent"], 2, 1.0)
    assert "| 5 | absent | 0 | not installed: no Go toolchain on PATH |" in runs.report(rows)
