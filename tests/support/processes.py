"""Real programs that live tests run: found, started with a log, waited for, ended by their own pid."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support.command import ROOT

PATIENCE = 60
"""Seconds that a program has to answer for the first time."""


def find(program: str, how: str = "make tools builds it with Go") -> str:
    """The program, from KUBEBUILDER_ASSETS, `.cache/tools`, PATH or `/usr/sbin`. Skips the test where there is none, fails in CI."""
    places = [os.environ.get("KUBEBUILDER_ASSETS", ""), str(ROOT / ".cache" / "tools"), os.environ.get("PATH", "")]
    places.append("/usr/sbin")  # where Debian has servers, and not every user's PATH
    found = shutil.which(program, path=os.pathsep.join(p for p in places if p))
    if found is None:
        missing(f"{program} is not installed ({how})")
    return found


def missing(reason: str) -> NoReturn:
    """Skip the test. In CI a test that skips is a check that nobody makes, so it fails there."""
    if os.environ.get("CI") or os.environ.get("MTLSAUDIT_CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class NotYet(Exception):
    """What is waited for is not there yet; the text says what is instead."""


@dataclass
class Processes:
    """The programs of one test server. Each writes to `<directory>/<name>.log`."""

    directory: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.running

    def spawn(self, name: str, *command: str) -> None:
        with (self.directory / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.directory)

    def wait(self, name: str, probe: Callable[[], object], patience: float = PATIENCE) -> None:
        """Until `probe` raises neither NotYet nor OSError. Fails with the log if the program ends or the time is over."""
        deadline = time.monotonic() + patience
        while True:
            try:
                probe()
                return
            except (OSError, NotYet) as error:
                log = (self.directory / f"{name}.log").read_text(errors="replace")[-2000:]
                assert self.running[name].poll() is None, f"{name} ended:\n{log}"
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{name}: {error}\n{log}") from error
                time.sleep(0.1)

    def stop(self, *names: str, kill: bool = False) -> None:
        """End these programs, by their own pid."""
        for name in names:
            process = self.running.pop(name, None)
            if process is not None:
                process.kill() if kill else process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(20)
