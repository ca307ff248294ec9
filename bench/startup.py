"""How long `mtlsaudit --version` takes, beside the bare interpreter that runs it."""

from __future__ import annotations

from statistics import median

from bench.measure import ROOT, Cost, Failure, run


class StartupError(Exception):
    """One of the two commands does not run."""


def _cost(command: list[str]) -> Cost:
    result = run(command, frozenset({0}), 60.0)
    if isinstance(result, Failure):
        raise StartupError(result.reason)
    return result


def startup(times: int) -> str:
    """Medians of `times` runs of each, one after the other in turn, as a Markdown table."""
    binaries = ROOT / ".venv" / "bin"
    commands = {
        "python3 -c pass": [str(binaries / "python3"), "-c", "pass"],
        "mtlsaudit --version": [str(binaries / "mtlsaudit"), "--version"],
    }
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for command in commands.values():
        _cost(command)  # The first run fills the caches, and would count against whoever comes first.
    for _ in range(times):
        for name, command in commands.items():
            costs[name].append(_cost(command))
    lines = ["| command | runs | wall median ms | CPU median ms |\n|---|---:|---:|---:|"]
    walls = []
    for name, seen in costs.items():
        wall = median(c.wall for c in seen) * 1000
        cpu = median(c.cpu for c in seen) * 1000
        walls.append(wall)
        lines.append(f"| {name} | {times} | {wall:.1f} | {cpu:.1f} |")
    bare, version = walls
    return "\n".join([*lines, "", f"Ratio of the wall medians: {version / bare:.2f}\n"])
