"""Who may import whom (docs/architecture.md), read from the sources."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.command import ROOT, environment

PACKAGE = ROOT / "mtlsaudit"

# Low to high: a module may import its own layer and those before it.
ORDER = [
    "errors",
    "resources",
    "forked",
    "parallel",
    "model",
    "decode",
    "data",
    "pki",
    "sources",
    "platforms",
    "graph",
    "collect",
    "engine",
    "config",
    "controls",
    "output",
    "scan",
    "trial",
    "blind",
    "cli",
    "__main__",
]

# Runs the whole pipeline for a rule's own examples, from below it.

# Outside library → the prefixes of the modules that may import it.
LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "click": ("mtlsaudit.cli",),
    "jinja2": ("mtlsaudit.output.html",),
    "markupsafe": ("mtlsaudit.output.html", "mtlsaudit.output.hop_picture", "mtlsaudit.output.certificate_timeline"),
    "yaml": ("mtlsaudit.decode", "mtlsaudit.sources.cluster.access"),
    "cryptography": ("mtlsaudit.pki",),
    "kubernetes": ("mtlsaudit.sources.cluster.access",),
    "urllib3": ("mtlsaudit.sources.cluster.connection",),
    "msgspec": (
        "mtlsaudit.sources.cluster",
        "mtlsaudit.sources.snapshot",
        "mtlsaudit.model.packed",
        "mtlsaudit.output.json_text",
        "mtlsaudit.model.values",
    ),
    "cel_expr_python": ("mtlsaudit.engine.expression",),
}

Edge = tuple[str, str]


def modules(package: Path) -> dict[str, ast.Module]:
    out = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        out[name] = ast.parse(path.read_text(encoding="utf-8"))
    return out


def imports(trees: Mapping[str, ast.Module], package: Path = PACKAGE) -> Iterator[Edge]:
    """(module, what it imports), also inside functions; `from a import b` is a.b where that is a module."""
    for name, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from ((name, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{name}: relative imports are not used"
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    yield name, full if full in trees else str(node.module)


def layer(module: str) -> str | None:
    """The layer of a module of ours; the package itself (its version) belongs to none."""
    first, *rest = module.split(".")
    return rest[0] if first == "mtlsaudit" and rest else None


def back_edges(edges: Iterator[Edge]) -> list[str]:
    out = []
    for importer, imported in edges:
        low, high = layer(importer), layer(imported)
        if low and high and ORDER.index(high) > ORDER.index(low):
            out.append(f"{importer} → {imported}")
    return sorted(out)


def platform_crossings(edges: Iterator[Edge]) -> list[str]:
    """A platform that imports another one; all may import `core`."""
    out = []
    for importer, imported in edges:
        if layer(importer) != "platforms" or layer(imported) != "platforms":
            continue
        if importer == "mtlsaudit.platforms":
            continue  # the tuple of all platforms
        own, other = importer.split(".")[2], imported.split(".")[2:3]
        if other not in ([own], ["core"]):
            out.append(f"{importer} → {imported}")
    return sorted(out)


def strays(edges: Iterator[Edge]) -> list[str]:
    """Outside libraries where they do not belong."""
    out = []
    for importer, imported in edges:
        homes = LIBRARIES.get(imported.split(".")[0])
        if homes is not None and not any(importer == h or importer.startswith((h + ".", h + "_")) for h in homes):
            out.append(f"{importer} → {imported}")
    return sorted(out)


def clocks(trees: Mapping[str, ast.Module]) -> list[str]:
    """Calls that ask the time of day, outside the command line."""
    asking = {"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime"}
    out = []
    for name, tree in trees.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
                continue
            if node.attr in asking and node.value.id in ("datetime", "date", "time") and layer(name) != "cli":
                out.append(f"{name}:{node.lineno}")
    return out


def planted(tmp_path: Path, files: Mapping[str, str]) -> dict[str, ast.Module]:
    """A package with nothing in it but the files given."""
    package = tmp_path / "mtlsaudit"
    for name, text in files.items():
        file = package / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return modules(package)


TREES = modules(PACKAGE)


def test_every_module_belongs_to_a_layer() -> None:
    assert {layer(name) for name in TREES} - {None} <= set(ORDER)
    assert len(TREES) > 80


def test_nothing_imports_upwards() -> None:
    assert back_edges(imports(TREES)) == []


def test_an_upward_import_is_found_also_inside_a_function(tmp_path: Path) -> None:
    trees = planted(
        tmp_path,
        {
            "model/hop.py": "from mtlsaudit.graph.build import Graph\n",
            "graph/build.py": "from mtlsaudit.model import hop\n",
            "pki/pem.py": "def f():\n    import mtlsaudit.sources.harvest\n",
        },
    )
    assert back_edges(imports(trees)) == [
        "mtlsaudit.model.hop → mtlsaudit.graph.build",
        "mtlsaudit.pki.pem → mtlsaudit.sources.harvest",
    ]


def test_no_platform_imports_another_one() -> None:
    assert platform_crossings(imports(TREES)) == []


def test_a_platform_that_imports_another_one_is_found(tmp_path: Path) -> None:
    trees = planted(
        tmp_path,
        {
            "platforms/__init__.py": "from mtlsaudit.platforms import istio, core\n",
            "platforms/istio/__init__.py": "from mtlsaudit.platforms.core.services import Service\n",
            "platforms/istio/hops.py": "from mtlsaudit.platforms.cert_manager import objects\n",
            "platforms/core/services.py": "from mtlsaudit.platforms.istio import hops\n",
            "platforms/cert_manager/objects.py": "",
        },
    )
    assert platform_crossings(imports(trees)) == [
        "mtlsaudit.platforms.core.services → mtlsaudit.platforms.istio.hops",
        "mtlsaudit.platforms.istio.hops → mtlsaudit.platforms.cert_manager.objects",
    ]


def test_outside_libraries_stay_where_they_belong() -> None:
    assert [edge for edge in strays(imports(TREES)) if not edge.startswith("mtlsaudit.sources.redact")] == []


def test_the_redaction_leaves_yaml_to_decode_too() -> None:
    assert [edge for edge in strays(imports(TREES)) if edge.startswith("mtlsaudit.sources.redact")] == []


def test_every_outside_library_is_one_of_the_list_or_of_the_standard_library() -> None:
    outside = {imported.split(".")[0] for _, imported in imports(TREES)} - set(sys.stdlib_module_names) - {"mtlsaudit"}
    assert outside <= set(LIBRARIES)


def test_a_library_out_of_place_is_found(tmp_path: Path) -> None:
    trees = planted(tmp_path, {"graph/x.py": "import yaml\n", "output/html_y.py": "import jinja2\nimport click.core\n"})
    assert strays(imports(trees)) == ["mtlsaudit.graph.x → yaml", "mtlsaudit.output.html_y → click.core"]


def test_only_the_command_line_asks_the_clock() -> None:
    assert clocks(TREES) == []


def test_a_clock_is_found(tmp_path: Path) -> None:
    trees = planted(tmp_path, {"engine/x.py": "from datetime import datetime\n\nNOW = datetime.now()\n"})
    assert clocks(trees) == ["mtlsaudit.engine.x:3"]


HEAVY = ("click", "yaml", "cryptography", "jinja2", "cel_expr_python", "mtlsaudit.output.html", "multiprocessing")


def loaded(code: str) -> list[str]:
    """Which of the slow modules a fresh interpreter has after the code."""
    script = f"{code}\nimport json, sys\nsys.stderr.write(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, env=environment())
    assert done.returncode == 0, done.stderr
    names: list[str] = json.loads(done.stderr.splitlines()[-1])
    return names


def test_the_command_line_is_imported_without_anything_slow_but_click() -> None:
    assert loaded("import mtlsaudit.cli") == ["click"]


def test_version_imports_nothing() -> None:
    assert (
        loaded("import sys; sys.argv = ['mtlsaudit', '--version']; from mtlsaudit.__main__ import main; main()") == []
    )


def test_a_scan_that_writes_json_imports_no_templates() -> None:
    code = (
        "from mtlsaudit.cli import run\n"
        "assert run(['scan', 'examples/mtls-guide', '-f', 'json', '--fail-on', 'never']) == 0\n"
    )
    names = loaded(code)
    assert "yaml" in names
    assert not {"jinja2", "mtlsaudit.output.html", "cryptography"} & set(names)


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "manager", "base", "misc"])
def test_there_is_no_drawer(name: str) -> None:
    assert [m for m in TREES if m.split(".")[-1] == name] == []
