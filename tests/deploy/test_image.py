"""The Dockerfile: how the program is started in the image, and what goes into it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.support.command import ROOT, environment

DOCKERFILE = (ROOT / "Dockerfile").read_text()


def entry_point() -> list[str]:
    (found,) = re.findall(r"^ENTRYPOINT (\[.*\])$", DOCKERFILE, re.MULTILINE)
    words: list[str] = json.loads(found)
    return words


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment(), timeout=60)


def test_nothing_of_the_repository_that_is_scanned_is_run(tmp_path: Path) -> None:
    """CI starts the image in the repository; `python -m` would import from there first."""
    (tmp_path / "click.py").write_text("raise SystemExit('code of the repository')")
    (tmp_path / "a.yaml").write_text("{apiVersion: v1, kind: Namespace, metadata: {name: a}}")
    python, *arguments = entry_point()
    assert python == "/usr/bin/python3"
    done = run([*arguments, "scan", "."], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "FINDINGS  none" in done.stdout
    # The trap works: without -P the file of the repository is imported.
    assert "code of the repository" in run([a for a in arguments if a != "-P"], tmp_path).stderr


def test_what_is_copied_may_pass_and_nothing_else() -> None:
    copied = {
        name for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE) for name in line.split()[:-1]
    }
    lines = (ROOT / ".dockerignore").read_text().split()
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == copied
    assert all((ROOT / name).exists() for name in copied)


def test_the_image_runs_as_a_user_by_number() -> None:
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == ["65532:65532"]
