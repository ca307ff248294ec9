"""Runs one command to its end and says what it cost, its children included."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BYTECODE = ROOT / ".cache" / "bench" / "pycache"


def environment() -> dict[str, str]:
    """The caller's, in which Python keeps its bytecode: pip compiles what it installs, so users never wait for that.

    The bytecode lies under .cache, so that measuring leaves nothing in anyone's sources. Every Python program here
    needs a first run that is not counted, which fills it.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(BYTECODE)}


@dataclass(frozen=True, slots=True)
class Cost:
    """One run. `memory` is the peak of its largest process in MiB, `cpu` user and system seconds of all of them."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that came to no result."""

    reason: str


def run(command: Sequence[str], accepted: frozenset[int], limit: float) -> Cost | Failure:
    """Runs `command` from the repository's root, where paths in it are relative, with its output thrown away.

    The kernel counts a child's peak memory from its fork on, with the size that this process had then: this process
    therefore imports nothing large, and has the corpus made by another one.
    """
    expired = threading.Event()
    with tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        child = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )

        def stop() -> None:
            expired.set()
            _kill(child.pid)

        timer = threading.Timer(limit, stop)
        timer.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except KeyboardInterrupt:
            # A session of its own does not get the terminal's Ctrl-C.
            _kill(child.pid)
            raise
        finally:
            timer.cancel()
        wall = time.perf_counter() - begin
        # Popen did not see the end of its child, and would wait for it once more.
        child.returncode = os.waitstatus_to_exitcode(status)
        if expired.is_set():
            return Failure(f"stopped after {limit:g} s")
        if child.returncode not in accepted:
            errors.seek(0)
            return Failure(f"exit {child.returncode}: {last_line(errors.read())}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def _kill(group: int) -> None:
    """Ends the child and what it started; it may have ended by itself in the meantime."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def last_line(output: bytes) -> str:
    """The last line of an error, without the paths of this machine."""
    lines = output.decode("utf-8", "replace").strip().splitlines()
    text = lines[-1] if lines else "no message"
    for path, shown in ((str(ROOT), "."), (str(Path.home()), "~")):
        text = text.replace(path, shown)
    return text.replace("|", "/")[:160]
