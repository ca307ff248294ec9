"""Runs the tools side by side over the same corpora and makes the table."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.measure import ROOT, Cost, Failure, run
from bench.tools import TOOLS, Tool

_WARM_UP = 20
_COLUMNS = ("wall best s", "wall median s", "CPU best s", "CPU median s", "peak MiB best", "peak MiB median")
_HEAD = f"| applications | tool | runs | {' | '.join(_COLUMNS)} |\n|---:|---|---:{'|---:' * len(_COLUMNS)}|\n"


@dataclass(slots=True)
class Row:
    """What one tool came to on one corpus; `trouble` says why it has no numbers, or lost some runs."""

    apps: int
    tool: Tool
    costs: list[Cost] = field(default_factory=list)
    trouble: str = ""


def compare(sizes: Sequence[int], names: Sequence[str], repetitions: int, limit: float) -> list[Row]:
    """Every tool on every corpus. A tool that cannot be had keeps its row."""
    problems = {name: TOOLS[name].install() for name in names}
    _warm_up([TOOLS[name] for name in names if not problems[name]], limit)
    rows = []
    for size in sizes:
        corpus = _corpus(size)
        group = [Row(size, TOOLS[name]) for name in names]
        for row in group:
            if problems[row.tool.name]:
                row.trouble = f"not installed: {problems[row.tool.name]}"
        _measure(group, corpus, repetitions, limit)
        rows.extend(group)
    return rows


def _warm_up(tools: Sequence[Tool], limit: float) -> None:
    """One run of each over a few applications, not counted: it fills the caches of files and of bytecode."""
    corpus = _corpus(_WARM_UP)
    for tool in tools:
        # A failure here comes again in the measured run, and is reported there.
        run(tool.command(corpus), tool.accepted, limit)


def _measure(group: Sequence[Row], corpus: str, repetitions: int, limit: float) -> None:
    for repetition in range(repetitions):
        # Another tool goes first each time: the first pays for cold caches, the last for a warm CPU.
        shift = repetition % len(group)
        for row in (*group[shift:], *group[:shift]):
            if row.trouble or repetition >= row.tool.most_runs:
                continue
            _progress(f"{row.apps} applications, run {repetition + 1}: {row.tool.name}")
            result = run(row.tool.command(corpus), row.tool.accepted, limit)
            if isinstance(result, Failure):
                row.trouble = result.reason
            else:
                row.costs.append(result)


def _corpus(size: int) -> str:
    """The corpus's path from the root. Another process makes it, which keeps this one small (see measure.run)."""
    subprocess.run([sys.executable, "-m", "bench", "generate", str(size)], cwd=ROOT, check=True, stdout=sys.stderr)
    return f"bench/data/apps-{size}"


def _progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def report(rows: Sequence[Row]) -> str:
    """The table in Markdown, with what is needed to read it and nothing that names this machine."""
    return "\n".join([*_preamble(rows), "", _HEAD + "".join(_line(row) for row in rows)])


def _preamble(rows: Sequence[Row]) -> Iterator[str]:
    python = platform.python_version()
    yield f"{os.cpu_count()} CPUs, Python {python}. Wall seconds run from start to exit; CPU seconds are user and"
    yield "system, children included; peak memory is that of a tool's largest process. One run"
    yield "over a few applications came first, not counted. Each tool does another job:"
    yield ""
    for tool in dict.fromkeys(row.tool.name for row in rows):
        yield f"- {tool} {TOOLS[tool].version}".rstrip() + f": {TOOLS[tool].task}"
    yield ""
    for size in dict.fromkeys(row.apps for row in rows):
        files = list((ROOT / f"bench/data/apps-{size}").rglob("*.yaml"))
        mib = sum(f.stat().st_size for f in files) / (1 << 20)
        yield f"- {size} applications are {len(files)} files of {mib:.1f} MiB in all"


def _line(row: Row) -> str:
    if not row.costs:
        return f"| {row.apps} | {row.tool.name} | 0 | {row.trouble} | | | | | |\n"
    numbers = []
    for name, form in (("wall", ".2f"), ("cpu", ".2f"), ("memory", ".0f")):
        values = [getattr(cost, name) for cost in row.costs]
        numbers += [format(min(values), form), format(median(values), form)]
    note = f" ({row.trouble})" if row.trouble else ""
    return f"| {row.apps} | {row.tool.name} | {len(row.costs)}{note} | " + " | ".join(numbers) + " |\n"


def write(name: str, text: str) -> Path:
    """Keeps a table under bench/results."""
    target = ROOT / "bench" / "results" / f"{name}.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target
