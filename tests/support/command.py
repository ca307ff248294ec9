"""The installed `mtlsaudit` command in a process of its own, with an environment that holds nothing of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).with_name("mtlsaudit")
_KEPT = ("PATH", "HOME", "PYTHONPYCACHEPREFIX")


@dataclass(frozen=True, slots=True)
class Result:
    """How it ended."""

    code: int
    out: str
    err: str


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """PATH and HOME, and what the test adds."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | dict(extra or {})


def mtlsaudit(
    *arguments: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    command: Path = COMMAND,
) -> Result:
    """Run it; whatever happens, a traceback is a failure of the test."""
    done = subprocess.run(
        [str(command), *map(str, arguments)],
        cwd=cwd or ROOT,
        env=environment(env),
        input=stdin.encode(),
        capture_output=True,
        timeout=60,
    )
    result = Result(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in result.out + result.err, result.err
    return result
