"""Files, directories and stdin: what is read, what is left out, and what becomes a gap."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mtlsaudit.model.fact import Gap
from mtlsaudit.platforms import wanted
from mtlsaudit.sources.harvest import Harvest
from mtlsaudit.sources.manifests import Manifests

ROOT = Path(__file__).resolve().parents[2]


def _service(name: str) -> str:
    return f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec: {{}}\n"


def _put(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _read(*paths: Path, max_bytes: int = 64 << 20, skip: tuple[str, ...] = (), tools: bool = False) -> Harvest:
    return Manifests(wanted, skip, max_bytes, tools).read(*(str(p) for p in paths))


def _names(harvest: Harvest) -> list[str]:
    return [str(b.value["metadata"]["name"]) for b in harvest.bodies]  # type: ignore[index]


def _gaps(harvest: Harvest) -> list[tuple[str, str]]:
    return [(g.kind, Path(g.subject).name) for g in harvest.gaps]


def test_directories_are_read_recursively_and_in_order(tmp_path: Path) -> None:
    for name in ("b/x.yml", "a/w.yaml", "a/b/c/z.YAML", "top.json"):
        _put(tmp_path / name, _service(Path(name).stem))
    _put(tmp_path / "readme.txt", _service("no"))
    harvest = _read(tmp_path)
    assert _names(harvest) == ["z", "w", "x", "top"]
    assert (harvest.files, harvest.documents, harvest.gaps) == (4, 4, [])


def test_hidden_and_foreign_directories_are_left_out(tmp_path: Path) -> None:
    for name in (".git/a.yaml", ".hidden.yaml", "node_modules/b.yaml", "__pycache__/c.yaml", "d.yaml"):
        _put(tmp_path / name, _service(Path(name).stem))
    assert _names(_read(tmp_path)) == ["d"]


def test_a_file_that_is_named_is_read_whatever_its_name(tmp_path: Path) -> None:
    assert _names(_read(_put(tmp_path / ".x.txt", _service("named")))) == ["named"]


def test_several_paths_are_read_in_the_order_given(tmp_path: Path) -> None:
    first, second = _put(tmp_path / "z.yaml", _service("z")), _put(tmp_path / "d" / "a.yaml", _service("a"))
    assert _names(_read(first, second.parent)) == ["z", "a"]


def test_the_own_configuration_is_no_manifest(tmp_path: Path) -> None:
    _put(tmp_path / "mtlsaudit.yaml", "skip: []\n")
    _put(tmp_path / "sub" / "mtlsaudit.yml", "skip: []\n")
    _put(tmp_path / "a.yaml", _service("a"))
    assert (_read(tmp_path).files, _names(_read(tmp_path))) == (1, ["a"])


@pytest.mark.parametrize("pattern", ["skipped/*", "*/skipped", "skipped", "skipped/b.yaml"])
def test_globs_are_skipped(tmp_path: Path, pattern: str) -> None:
    _put(tmp_path / "a.yaml", _service("a"))
    _put(tmp_path / "skipped" / "b.yaml", _service("b"))
    assert _names(_read(tmp_path, skip=(pattern,))) == ["a"]


def test_stdin_is_read_as_a_file() -> None:
    text = _service("piped").replace("Service", "Ingress").replace("v1", "networking.k8s.io/v1") + "---\na: 'x\n"
    done = subprocess.run(
        [sys.executable, "-m", "mtlsaudit", "scan", "-", "-f", "json"],
        input=text,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    report = json.loads(done.stdout)
    assert report["coverage"]["resources"] == {"Ingress.networking.k8s.io": 1}
    assert [(g["kind"], g["subject"]) for g in report["coverage"]["gaps"]][:1] == [("invalid-yaml", "<stdin>")]


def test_json_is_read(tmp_path: Path) -> None:
    text = json.dumps({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "j"}, "spec": {"on": "y"}}, indent=1)
    harvest = _read(_put(tmp_path / "a.json", text))
    assert _names(harvest) == ["j"]
    assert harvest.bodies[0].value["spec"] == {"on": "y"}


def test_the_items_of_a_list_are_objects_with_their_place(tmp_path: Path) -> None:
    items = [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": n}} for n in "ab"]
    nested = {"apiVersion": "v1", "kind": "List", "items": [*items, "no object", None]}
    outer = {"apiVersion": "v1", "kind": "List", "items": [nested]}
    harvest = _read(_put(tmp_path / "a.json", json.dumps(outer)))
    assert [(n, b.origin.base) for n, b in zip(_names(harvest), harvest.bodies, strict=True)] == [
        ("a", ("items", 0, "items", 0)),
        ("b", ("items", 0, "items", 1)),
    ]
    assert harvest.resources == {"Service": 2}


def test_the_items_of_a_typed_list_take_their_kind_from_it(tmp_path: Path) -> None:
    text = "apiVersion: networking.k8s.io/v1\nkind: IngressList\nitems:\n- metadata: {name: a}\n- metadata: {name: b}\n"
    harvest = _read(_put(tmp_path / "a.yaml", text))
    assert [(b.value["kind"], b.value["apiVersion"]) for b in harvest.bodies] == [
        ("Ingress", "networking.k8s.io/v1")
    ] * 2
    assert harvest.resources == {"Ingress.networking.k8s.io": 2}


def test_other_kinds_are_counted_and_not_kept(tmp_path: Path) -> None:
    text = "apiVersion: example.com/v1\nkind: Foo\nmetadata: {name: [unread\n---\n" + _service("a")
    harvest = _read(_put(tmp_path / "a.yaml", text))
    assert (_names(harvest), harvest.resources, harvest.gaps) == (["a"], {"Foo.example.com": 1, "Service": 1}, [])


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    _put(tmp_path / "a" / "x.yaml", _service("x"))
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    assert _names(_read(tmp_path)) == ["x"]


def test_a_directory_that_is_linked_twice_is_read_once(tmp_path: Path) -> None:
    _put(tmp_path / "real" / "x.yaml", _service("x"))
    for name in ("one", "two"):
        (tmp_path / name).symlink_to(tmp_path / "real")
    assert _names(_read(tmp_path)) == ["x"]


def test_a_dangling_link_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").symlink_to(tmp_path / "nowhere")
    _put(tmp_path / "a.yaml", _service("a"))
    harvest = _read(tmp_path)
    assert (_gaps(harvest), _names(harvest)) == ([("unreadable", "x.yaml")], ["a"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_a_gap(tmp_path: Path) -> None:
    _put(tmp_path / "x.yaml", _service("x")).chmod(0)
    assert _gaps(_read(tmp_path)) == [("unreadable", "x.yaml")]


def test_a_missing_path_is_a_gap(tmp_path: Path) -> None:
    harvest = _read(tmp_path / "nowhere.yaml", _put(tmp_path / "a.yaml", _service("a")))
    assert harvest.gaps == [Gap("missing-path", str(tmp_path / "nowhere.yaml"), "no such file or directory")]
    assert _names(harvest) == ["a"]


def test_a_binary_file_is_a_gap(tmp_path: Path) -> None:
    assert _gaps(_read(_put(tmp_path / "x.yaml", b"\x7fELF\0\0"))) == [("binary", "x.yaml")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_text_with_a_byte_order_mark_is_read(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding.endswith("e") else ""
    harvest = _read(_put(tmp_path / "x.yaml", (mark + _service("ü")).encode(encoding)))
    assert (_names(harvest), harvest.gaps) == (["ü"], [])


def test_a_half_character_of_utf_16_is_a_gap(tmp_path: Path) -> None:
    assert _gaps(_read(_put(tmp_path / "x.yaml", _service("a").encode("utf-16")[:-1]))) == [("not-utf-8", "x.yaml")]


def test_bad_utf_8_is_a_gap_with_its_line(tmp_path: Path) -> None:
    file = _put(tmp_path / "x.yaml", b"a: 1\nb: 2\nc: \xff\nd: 4\n")
    assert _read(file).gaps == [Gap("not-utf-8", str(file), "not UTF-8 text", str(file), 3)]


@pytest.mark.parametrize("content", ["", "\n", "# only a comment\n", "---\n# c\n---\n", "\ufeff"])
def test_a_file_without_content_is_a_file_without_documents(tmp_path: Path, content: str) -> None:
    harvest = _read(_put(tmp_path / "x.yaml", content))
    assert (harvest.files, harvest.documents, harvest.gaps) == (1, 0, [])


def test_the_limit_of_size_is_exact(tmp_path: Path) -> None:
    file = _put(tmp_path / "x.yaml", _service("a"))
    size = file.stat().st_size
    assert _names(_read(file, max_bytes=size)) == ["a"]
    assert _gaps(_read(file, max_bytes=size - 1)) == [("too-large", "x.yaml")]


def test_a_huge_file_is_refused_by_its_size_alone(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    with file.open("wb") as target:
        target.truncate(100 << 20)
    started = time.monotonic()
    harvest = _read(file)
    assert time.monotonic() - started < 0.5
    assert harvest.gaps[0].reason == "100 MiB, over the limit of 64 MiB (--max-file-size)"


def test_bad_yaml_is_a_gap_at_its_line_and_the_other_documents_are_read(tmp_path: Path) -> None:
    file = _put(tmp_path / "x.yaml", _service("a") + "---\nb: 1\nb: 2\n---\nc: {{ x }}\n---\n" + _service("d"))
    harvest = _read(file)
    assert _names(harvest) == ["a", "d"]
    assert [(g.kind, g.line) for g in harvest.gaps] == [("duplicate-key", 8), ("template", 9)]
    assert (harvest.documents, harvest.templates) == (4, 1)


# ------------------------------------------------------------------ charts and kustomizations


def _chart(top: Path) -> Path:
    _put(top / "Chart.yaml", "apiVersion: v2\nname: demo\nversion: 0.1.0\n")
    _put(top / "values.yaml", "name: from-values\n")
    _put(top / "templates" / "s.yaml", _service("{{ .Values.name }}"))
    return top


def _kustomization(top: Path) -> Path:
    _put(top / "base" / "kustomization.yaml", "resources: [s.yaml]\n")
    _put(top / "base" / "s.yaml", _service("s"))
    _put(top / "over" / "kustomization.yaml", "namePrefix: over-\nresources: [../base]\n")
    return top


def test_a_chart_without_helm_is_a_gap_and_its_templates_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    chart = _chart(tmp_path / "demo")
    harvest = _read(tmp_path, tools=True)
    kinds = [(g.kind, g.subject) for g in harvest.gaps]
    assert ("helm-chart", str(chart)) in kinds
    assert ("template", str(chart / "templates" / "s.yaml")) in kinds
    assert (harvest.bodies, harvest.templates) == ([], 1)
    assert "helm is not installed" in harvest.gaps[0].reason


def test_a_chart_is_not_rendered_when_that_is_not_wanted(tmp_path: Path) -> None:
    chart = _chart(tmp_path / "demo")
    assert ("helm-chart", str(chart), "not rendered (--no-render)") in [
        (g.kind, g.subject, g.reason) for g in _read(tmp_path).gaps
    ]


def test_a_chart_is_rendered_with_helm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join(filter(None, (os.environ.get("MTLSAUDIT_HELM"), os.environ["PATH"]))))
    if shutil.which("helm") is None:
        pytest.skip("helm is neither on PATH nor in MTLSAUDIT_HELM")
    _chart(tmp_path / "demo")
    harvest = _read(tmp_path, tools=True)
    assert (_names(harvest), harvest.gaps) == (["from-values"], [])
    assert harvest.bodies[0].origin.rendered_by == "helm template"


def test_a_chart_that_helm_refuses_is_a_gap_with_helms_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join(filter(None, (os.environ.get("MTLSAUDIT_HELM"), os.environ["PATH"]))))
    if shutil.which("helm") is None:
        pytest.skip("helm is neither on PATH nor in MTLSAUDIT_HELM")
    chart = _chart(tmp_path / "demo")
    _put(chart / "Chart.yaml", "apiVersion: v2\nname: demo\nversion: 0.1.0\nkubeVersion: '>=99'\n")
    (gap,) = (g for g in _read(tmp_path, tools=True).gaps if g.kind == "helm-chart")
    assert gap.reason.startswith("helm failed: Error: chart requires kubeVersion: >=99")


def test_a_kustomization_without_its_tools_is_a_gap_and_its_files_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    harvest = _read(_kustomization(tmp_path), tools=True)
    assert [(g.kind, g.subject) for g in harvest.gaps] == [("kustomization", str(tmp_path / "over"))]
    assert _names(harvest) == ["s"]


@pytest.mark.skipif(
    shutil.which("kubectl") is None and shutil.which("kustomize") is None,
    reason="neither kubectl nor kustomize on PATH",
)
def test_a_kustomization_is_rendered_and_its_base_is_not_read_again(tmp_path: Path) -> None:
    harvest = _read(_kustomization(tmp_path), tools=True)
    assert (_names(harvest), harvest.gaps) == (["over-s"], [])
    assert harvest.bodies[0].origin.rendered_by in ("kustomize build", "kubectl kustomize")
    assert harvest.bodies[0].origin.file == str(tmp_path / "over" / "kustomization.yaml")


@pytest.mark.skipif(
    shutil.which("kubectl") is None and shutil.which("kustomize") is None,
    reason="neither kubectl nor kustomize on PATH",
)
def test_a_kustomization_that_fails_is_a_gap_with_the_words_of_its_tool(tmp_path: Path) -> None:
    _put(tmp_path / "kustomization.yaml", "resources: [nowhere.yaml]\n")
    _put(tmp_path / "a.yaml", _service("a"))
    harvest = _read(tmp_path, tools=True)
    assert [g.kind for g in harvest.gaps] == ["kustomization"]
    assert "nowhere.yaml" in harvest.gaps[0].reason
    assert _names(harvest) == ["a"]
