"""The wheel: built, installed into an environment of its own, and used far from the checkout."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.command import ROOT, environment, mtlsaudit

FORMATS = ("table", "json", "sarif", "html", "markdown")


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(c) for c in command], cwd=cwd, env=environment(), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT, cwd=folder)
    (file,) = folder.glob("mtlsaudit-*.whl")
    return file


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", folder, cwd=folder)
    python = folder / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", wheel, cwd=folder)
    return python


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder with nothing in it but the guide."""
    shutil.copytree(ROOT / "examples" / "mtls-guide", tmp_path / "mtls-guide")
    return tmp_path


def below(folder: str, suffix: str = "") -> set[str]:
    top = ROOT / folder
    return {p.relative_to(top).as_posix() for p in top.rglob(f"*{suffix}") if p.is_file() and p.suffix != ".pyc"}


def test_the_wheel_holds_what_it_needs_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {n.removeprefix("mtlsaudit/_data/rules/") for n in names if "/_data/rules/" in n} == below("rules")
    templates = {n.removeprefix("mtlsaudit/_data/templates/") for n in names if "/_data/templates/" in n}
    assert templates == below("reports/templates")
    assert {f"mtlsaudit/data/{n}" for n in below("mtlsaudit/data")} <= names
    assert {"mtlsaudit/py.typed", "mtlsaudit/data/report-v1.schema.json", "mtlsaudit/data/ingress-nginx.yaml"} <= names
    assert {f"mtlsaudit/{n}" for n in below("mtlsaudit", ".py")} <= names
    assert [n for n in names if n.endswith("/licenses/LICENSE")]
    assert {n.split("/")[0].split("-")[0] for n in names} == {"mtlsaudit"}
    assert [n for n in names if n.endswith(".pyc") or "conformance" in n or "/tests/" in n] == []


def test_the_installed_program_finds_its_own_files(python: Path, elsewhere: Path) -> None:
    code = (
        "import mtlsaudit.resources as r, mtlsaudit, pathlib; "
        "print(pathlib.Path(mtlsaudit.__file__).parent, r.rules_directory(), r.templates_directory())"
    )
    package, rules, templates = run(python, "-c", code, cwd=elsewhere).split()
    assert Path(package).is_relative_to(python.parent.parent)
    assert (Path(rules), Path(templates)) == (Path(package, "_data/rules"), Path(package, "_data/templates"))


def test_the_installed_program_has_the_rules_of_the_checkout(python: Path, elsewhere: Path) -> None:
    installed = mtlsaudit("rules", "list", cwd=elsewhere, command=python.with_name("mtlsaudit"))
    assert installed == mtlsaudit("rules", "list")
    assert len(installed.out.splitlines()) == len(below("rules", ".yaml"))


def test_the_installed_program_writes_every_format_as_the_checkout_does(python: Path, elsewhere: Path) -> None:
    for form in FORMATS:
        arguments = ("scan", "mtls-guide", "-f", form, "--now", "2026-11-23T12:00:00Z")
        installed = mtlsaudit(*arguments, cwd=elsewhere, command=python.with_name("mtlsaudit"))
        assert (installed.code, installed.err) == (1, ""), form
        assert installed.out.splitlines() == mtlsaudit(*arguments, cwd=elsewhere).out.splitlines(), form
        if form == "json":
            assert json.loads(installed.out)["summary"]["failed_by_severity"]["high"] > 0


def test_the_installed_program_runs_as_a_module_too(python: Path, elsewhere: Path) -> None:
    assert run(python, "-m", "mtlsaudit", "--version", cwd=elsewhere).startswith("mtlsaudit ")
