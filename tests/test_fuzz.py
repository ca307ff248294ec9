"""Broken input: the program never falls over, and what was not broken is still audited."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from mtlsaudit.collect import Request
from mtlsaudit.engine.load import load_rules
from mtlsaudit.errors import MtlsauditError
from mtlsaudit.model.report import Report
from mtlsaudit.model.rule import Policy
from mtlsaudit.resources import rules_directory
from mtlsaudit.scan import scan

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
FILES = sorted(EXAMPLES.rglob("*.yaml"))
NOW = datetime(2026, 11, 23, tzinfo=UTC)
MUTATIONS = 3000

UNTOUCHED = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: untouched, namespace: elsewhere}
spec:
  ingressClassName: other
  tls: [{hosts: [untouched.example.org], secretName: untouched-tls}]
  rules:
  - host: untouched.example.org
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: untouched, port: {number: 80}}}}]}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: untouched, namespace: elsewhere}
spec: {secretName: untouched-tls, issuerRef: {name: untouched}, dnsNames: [untouched.example.org]}
"""

_TOKENS = (
    *("---\n", "...\n", "\n", " ", "  ", "\t", "- ", "? ", ": ", ":", "{", "}", "[", "]", "&a ", "*a", "<<: *a", "|\n"),
    *(">-\n", "'", '"', "#", "%YAML 1.2\n", "!!binary ", "!!int ", "!x ", "~", "null", "on", "0x", "1e999", "-1", "\r"),
    *("\x00", "\ufeff", "\u2028", "\x85", "{{ .x }}", "kind: Secret\n", "kind: List\n", "items:\n", "apiVersion: v1\n"),
    *("metadata:\n", "data:\n", "spec:\n", "\\x", "é", "\U0001f512", "@", "`", "99999999999999999999"),
)
_RULES: list[Any] = []


def _scan(*paths: Path) -> Report | None:
    """The report; None when there was nothing to audit or the error is one that is told to the user."""
    if not _RULES:
        _RULES.append(load_rules([rules_directory()]))
    request = Request(tuple(str(p) for p in paths), NOW, Policy(), use_tools=False, keep_all=True)
    try:
        return scan(request, _RULES[0])
    except MtlsauditError:
        return None


def _mutated(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(7):
            case 0:
                data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
            case 1:
                data = data[:at] + data[at + chance.randrange(1, 30) :]
            case 2:
                data = data[:at]
            case 3 | 4:
                data = data[:at] + chance.choice(_TOKENS).encode() + data[at:]
            case 5:
                lines = data.split(b"\n")
                one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
                lines[one], lines[other] = lines[other], lines[one]
                data = b"\n".join(lines)
            case _:
                words = data.split(b" ")
                words[chance.randrange(len(words))] = chance.choice(_TOKENS).encode()
                data = b" ".join(words)
    return data


def _of_the_untouched(report: Report) -> set[tuple[Any, ...]]:
    hops = {("hop", h.id, h.mode, h.because, h.basis) for h in report.hops if "elsewhere/untouched" in h.id}
    assessed = {
        ("assessment", a.rule, a.subject, a.outcome, a.fingerprint)
        for a in report.assessments
        if "elsewhere/untouched" in a.subject
    }
    certificates = {("certificate", c.id) for c in report.certificates if "elsewhere/untouched" in c.id}
    return hops | assessed | certificates


@pytest.mark.parametrize("part", range(4))
def test_a_mutated_file_neither_stops_the_scan_nor_hides_the_file_beside_it(tmp_path: Path, part: int) -> None:
    chance = random.Random(part)
    beside = tmp_path / "untouched.yaml"
    beside.write_text(UNTOUCHED)
    broken = tmp_path / "broken.yaml"
    broken.write_text("")
    alone = _scan(beside, broken)
    assert alone is not None
    expected = _of_the_untouched(alone)
    assert {kind for kind, *_ in expected} == {"hop", "assessment", "certificate"}
    sources = [f.read_bytes() for f in FILES]
    for number in range(MUTATIONS // 4):
        data = _mutated(chance.choice(sources), chance)
        broken.write_bytes(data)
        report = _scan(beside, broken)
        assert report is not None, (number, data)
        missing = expected - _of_the_untouched(report)
        if b"kind: IngressClass" not in data and b"kind: Deployment" not in data:
            assert not missing, (number, data, missing)
        else:
            kept = {(h.id) for h in report.hops} | {c.id for c in report.certificates}
            assert {e[1] for e in expected if e[0] != "assessment"} <= kept, (number, data)
        assert report.coverage.files == 2 or any(g.file == str(broken) for g in report.coverage.gaps)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(child, (*path, key))


def _replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = _replaced(value[path[0]], path[1:], new)
    return copy


_WRONG: tuple[Any, ...] = (None, True, 7, -1.5, "text", "", [], {}, ["x"], {"a": {"b": []}}, [None], [[{}]], {"": None})


@pytest.mark.parametrize("directory", sorted(p.name for p in EXAMPLES.iterdir() if p.is_dir()))
def test_any_value_may_be_of_a_wrong_type(tmp_path: Path, directory: str) -> None:
    documents = [
        document
        for file in sorted((EXAMPLES / directory).rglob("*.yaml"))
        for document in yaml.safe_load_all(file.read_text())
        if document
    ]
    target = tmp_path / "x.yaml"
    for index, document in enumerate(documents):
        for number, path in enumerate(_places(document)):
            for wrong in (_WRONG[number % len(_WRONG)], _WRONG[(number * 5 + 3) % len(_WRONG)], None, ["x"]):
                changed = [*documents[:index], _replaced(document, path, wrong), *documents[index + 1 :]]
                target.write_text(yaml.dump_all(changed, Dumper=yaml.CSafeDumper))
                report = _scan(target)
                assert report is not None, (path, wrong)
