"""The order of documents and of files says nothing: whatever it is, the report is the same, but for the places it cites."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mtlsaudit.collect import Request
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.verdict import Outcome
from mtlsaudit.output.json_v1 import document
from mtlsaudit.scan import scan
from tests.support.scanning import NOW, ROOT, own_rules

CONFORMANCE = ROOT / "tests" / "conformance"
_PLACES = frozenset({"file", "files", "line", "column", "end_line", "end_column", "document", "sources"})


def _documents(text: str) -> list[str]:
    return [part.strip("\n") + "\n" for part in text.split("\n---\n")]


def _cases() -> dict[str, list[str]]:
    """The conformance cases, and the first failing example of each rule; what is one document alone has no order."""
    files = {str(p.relative_to(CONFORMANCE)): p for p in CONFORMANCE.glob("*/*/*.yaml") if p.name != "expected.yaml"}
    texts = {name: path.read_text() for name, path in sorted(files.items())}
    for rule in own_rules().by_id().values():
        texts[rule.id] = next((e.manifests for e in rule.examples if e.outcome == Outcome.FAIL), "")
    return {name: documents for name, text in texts.items() if len(documents := _documents(text)) > 1}


CASES = _cases()


def _report(paths: Sequence[Path], closed: bool) -> Any:
    """The JSON report without places."""
    request = Request(tuple(map(str, paths)), NOW, Policy(), closed, use_tools=False, keep_all=True)
    return _without_places(json.loads(json.dumps(document(scan(request, own_rules())), default=list)))


def _without_places(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_places(v) for k, v in value.items() if k not in _PLACES}
    return [_without_places(v) for v in value] if isinstance(value, list) else value


def _written(directory: Path, *files: Sequence[str]) -> list[Path]:
    """A file for each group of documents."""
    directory.mkdir()
    paths = [directory / f"{n}.yaml" for n in range(len(files))]
    for path, documents in zip(paths, files, strict=True):
        path.write_text("---\n".join(documents))
    return paths


def _scattered(documents: Sequence[str], random: Random) -> list[list[str]]:
    """The documents over three files, in another order."""
    files: list[list[str]] = [[], [], []]
    for text in random.sample(documents, len(documents)):
        random.choice(files).append(text)
    return [f for f in files if f]


@pytest.mark.parametrize("case", CASES)
def test_the_order_says_nothing(case: str, tmp_path: Path) -> None:
    documents, random = CASES[case], Random(case)
    closed = random.random() < 0.5
    usual = _report(_written(tmp_path / "usual", documents), closed)
    backwards = _report(_written(tmp_path / "backwards", documents[::-1]), closed)
    assert backwards == usual
    paths = _written(tmp_path / "scattered", *_scattered(documents, random))
    scattered = _report(random.sample(paths, len(paths)), closed)
    assert scattered == usual
