"""Tools that npm has, at one exact version each, kept in `.cache/node` beside the checkout."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

_PREFIX = Path(__file__).resolve().parents[2] / ".cache" / "node"
_MODULES = _PREFIX / "node_modules"
_MULTITOOL = "5.7.0"
# What the registry gave for this version, so that another package under the same name is noticed.
_INTEGRITY = {
    "@microsoft/sarif-multitool-linux": (
        "sha512-NxUbpq6ISCWoTQ/NfOYEwEDKq1Heka/rMoJ5R5LMydcAZQX/X7g5mWHcgxDub+0M07LC96tZ5LZHvF1Qy3gjTA=="
    ),
    "@microsoft/sarif-multitool-darwin": (
        "sha512-SstDqFy/LQo2NEoInbTqLDa4nmbHti1luAMc6SSHTYUVAE3B/ehOMEkH6Cl6jzIiwXhmNCcd+dsU/LPuO0YaRA=="
    ),
}
_SECONDS = 300


def multitool() -> Path:
    """The folder of Microsoft's SARIF multitool for this platform, with `Sarif.Multitool` and `sarif-2.1.0.json`.

    Skips the test, or fails it in CI, when the tool is neither there nor to be had.
    """
    package = f"@microsoft/sarif-multitool-{sys.platform}"
    if package not in _INTEGRITY:
        _missing(f"{package} does not exist")
    folder = install(package, _MULTITOOL, _INTEGRITY[package])
    # npm does not run the package's own chmod unless it is told to trust it.
    (folder / "Sarif.Multitool").chmod(0o755)
    return folder


def install(package: str, version: str, integrity: str) -> Path:
    """The folder of the package at exactly this version, installed when it is not there yet."""
    folder = _MODULES / package
    _PREFIX.mkdir(parents=True, exist_ok=True)
    # Workers of pytest-xdist share the folder.
    with (_PREFIX / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _installed(folder) != (version, integrity):
            _npm_install(package, version)
        found = _installed(folder)
    assert found == (version, integrity), f"{package}: {found} was installed, not {(version, integrity)}"
    return folder


def _installed(folder: Path) -> tuple[str, str] | None:
    lock = _MODULES / ".package-lock.json"
    if not folder.is_dir() or not lock.is_file():
        return None
    entry = json.loads(lock.read_text())["packages"].get(f"node_modules/{folder.relative_to(_MODULES)}", {})
    return entry.get("version", ""), entry.get("integrity", "")


def _npm_install(package: str, version: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        _missing("npm is not installed")
    command = [npm, "install", "--save-exact", "--no-audit", "--no-fund", "--ignore-scripts"]
    command += ["--prefix", str(_PREFIX), f"{package}@{version}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)
    if done.returncode != 0:
        _missing(f"npm could not install {package}@{version}")


def _missing(reason: str) -> NoReturn:
    # In CI a test that skips is a check that nobody makes.
    if os.environ.get("CI") or os.environ.get("MTLSAUDIT_CI"):
        pytest.fail(reason)
    pytest.skip(reason)
