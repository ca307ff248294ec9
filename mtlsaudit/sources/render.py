"""Helm charts and kustomizations: rendered by their own tools when those are there, else a gap that says so."""

from __future__ import annotations

import os
from pathlib import Path

from mtlsaudit.decode.yamltree import YamlError, parse
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.values import dataclass

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_TIMEOUT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a tool made of a directory; `replaces` are the real paths of files that must not be read raw as well."""

    file: str
    text: str
    tool: str
    replaces: frozenset[str]


def chart_or_kustomization(top: Path) -> list[Path]:
    """The directories at or below `top` that hold a chart or a kustomization, without those used by another."""
    found: list[Path] = []
    used: set[str] = set()
    for directory, names, files in os.walk(top):
        names[:] = sorted(n for n in names if not n.startswith(".") and n != "node_modules")
        here = Path(directory)
        if "Chart.yaml" in files:
            found.append(here)
            names[:] = []  # subcharts under charts/ belong to this one
        elif kustomization := next((k for k in _KUSTOMIZATIONS if k in files), None):
            found.append(here)
            used |= {os.path.realpath(p) for p in _referenced(here / kustomization) if p.is_dir()}
    return [d for d in found if os.path.realpath(d) not in used]


def _referenced(kustomization: Path) -> list[Path]:
    """Local files and directories that a kustomization names as resources, bases, components or patches."""
    try:
        value = parse(kustomization.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, YamlError):
        return []
    names: list[str] = []
    if isinstance(value, dict):
        for key in ("resources", "bases", "components", "crds", "patchesStrategicMerge", "generators", "transformers"):
            items = value.get(key)
            names += [item for item in items if isinstance(item, str)] if isinstance(items, list) else []
        patches = value.get("patches")
        for patch in patches if isinstance(patches, list) else []:
            if isinstance(patch, dict) and isinstance(patch.get("path"), str):
                names.append(str(patch["path"]))
    return [kustomization.parent / name for name in names if "://" not in name and "\n" not in name]


def _files_of(directory: Path, seen: set[str]) -> set[str]:
    """All files that rendering this kustomization reads, recursively."""
    name = next((k for k in _KUSTOMIZATIONS if (directory / k).is_file()), None)
    real = os.path.realpath(directory)
    if name is None or real in seen:
        return set()
    seen.add(real)
    out = {os.path.realpath(directory / name)}
    for path in _referenced(directory / name):
        out |= _files_of(path, seen) if path.is_dir() else {os.path.realpath(path)}
    return out


def render(directory: Path, use_tools: bool) -> Rendered | Gap:
    """The rendered text, or a gap: the tool is missing, was not wanted, or failed."""
    import shutil
    import subprocess

    shown = directory.as_posix()
    if (directory / "Chart.yaml").is_file():
        what = "helm-chart"
        tools: tuple[list[str], ...] = (["helm", "template", "mtlsaudit", shown],)
        files = {os.path.realpath(Path(d) / f) for d, _, fs in os.walk(directory) for f in fs}
        file = f"{shown}/Chart.yaml"
    else:
        what = "kustomization"
        tools = (["kustomize", "build", shown], ["kubectl", "kustomize", shown])
        files = _files_of(directory, set())
        file = f"{shown}/" + next(k for k in _KUSTOMIZATIONS if (directory / k).is_file())
    if not use_tools:
        return Gap(what, shown, "not rendered (--no-render)", file, 1)
    command = next((c for c in tools if shutil.which(c[0])), None)
    if command is None:
        names = " or ".join(c[0] for c in tools)
        return Gap(what, shown, f"not rendered: {names} is not installed; render it and scan the result", file, 1)
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Gap(what, shown, f"{command[0]} did not run: {error}", file, 1)
    if done.returncode != 0:
        return Gap(what, shown, f"{command[0]} failed: {_complaint(done.stderr)[:300]}", file, 1)
    return Rendered(file, done.stdout.decode("utf-8", "replace"), " ".join(command[:2]), frozenset(files))


def _complaint(stderr: bytes) -> str:
    """The line that says what is wrong: helm puts a hint at --debug after it."""
    lines = stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"]
    return next((line for line in lines if line.lower().startswith("error:")), lines[-1])
