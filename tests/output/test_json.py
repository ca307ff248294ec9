"""The JSON report: against its schema, the same each time, and with nothing secret in it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mtlsaudit.collect import Request
from mtlsaudit.model.report import Report
from mtlsaudit.model.values import replace
from mtlsaudit.output.json_v1 import render
from mtlsaudit.scan import scan
from tests.support.command import ROOT, mtlsaudit
from tests.support.sample import sample_report
from tests.support.scanning import NOW, own_rules

SCHEMA: dict[str, Any] = json.loads((ROOT / "mtlsaudit/data/report-v1.schema.json").read_text(encoding="utf-8"))
GUIDE = ROOT / "examples" / "mtls-guide"
HARDENED = ROOT / "examples" / "mtls-guide-hardened"
OWN_CASES = ROOT / "tests" / "conformance" / "ingress-nginx"
CASES = OWN_CASES if OWN_CASES.is_dir() else ROOT.parent / "shared" / "conformance" / "ingress-nginx"

# Every third case, so that all sorts of hops come up, and the one whose controller is somebody else's.
_ALL = sorted(p for p in CASES.iterdir() if p.is_dir())
INPUTS = [GUIDE, HARDENED, *_ALL[::3][:30], *(p for p in _ALL if p.name == "class-of-another-controller")]


@cache
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def problems(document: object) -> list[str]:
    return [f"{e.json_path}: {e.message[:200]}" for e in validator().iter_errors(document)]


def report_of(*paths: Path | str, closed: bool = False, everything: bool = False) -> Report:
    from mtlsaudit.model.rule import Policy

    request = Request(tuple(map(str, paths)), NOW, Policy(), closed, use_tools=False, keep_all=everything)
    return scan(request, own_rules())


def document_of(*paths: Path | str, closed: bool = False, everything: bool = False) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(render(report_of(*paths, closed=closed, everything=everything)))
    return parsed


def objects(schema: object, path: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every subschema that describes an object by its properties, outside of conditions."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield path, schema
        for key, value in schema.items():
            if key not in ("if", "then", "else", "enum", "const"):
                yield from objects(value, f"{path}.{key}")


def test_the_schema_is_a_schema_that_closes_and_describes_every_object() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for path, schema in objects(SCHEMA):
        assert "description" in schema, path
        assert schema.get("additionalProperties") not in (None, True), path
        if "properties" in schema:
            assert schema["additionalProperties"] is False, path
        for name, value in schema.get("properties", {}).items():
            assert "description" in value or "$ref" in value, f"{path}.{name}"


@pytest.mark.parametrize("path", INPUTS, ids=lambda p: p.name)
def test_a_report_is_valid_in_either_world_and_with_all_outcomes(path: Path) -> None:
    for closed, everything in product((False, True), repeat=2):
        document = document_of(path, closed=closed, everything=everything)
        assert problems(document) == []
        assert document["scan"]["world"] == ("closed" if closed else "open")
        outcomes = {a["outcome"] for a in document["assessments"]}
        assert ({"pass", "not-applicable"} <= outcomes) is everything


def test_at_least_thirty_conformance_cases_are_validated() -> None:
    assert len(INPUTS) >= 32


def test_a_report_with_gaps_and_certificates_is_valid() -> None:
    assert problems(json.loads(render(sample_report()))) == []


def test_what_the_command_writes_is_valid_with_gaps_policy_and_stdin(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("a: [1,\n", encoding="utf-8")
    (tmp_path / "chart.yaml").write_text("kind: Ingress\nmetadata: {{ .Values.x }}\n", encoding="utf-8")
    (tmp_path / "mtlsaudit.yaml").write_text(
        "policy: {rotation-max-days: 45.5}\nrules: {disable: [ingress-plaintext], severity: {access-log-off: info}}\n"
        "skip: [x/*]\nassume-secrets: well-formed\nassume-controller: defaults\n"
        "ingress-classes: {public: k8s.io/ingress-nginx}\n",
        encoding="utf-8",
    )
    options = ["-f", "json", "--fail-on", "never", "--now", "2026-01-02", "--cert-manager-version", "1.18.2"]
    result = mtlsaudit("scan", tmp_path, "-", "absent", *options, stdin=(GUIDE / "ingress.yaml").read_text())
    assert result.code == 0
    document = json.loads(result.out)
    assert problems(document) == []
    assert {g["kind"] for g in document["coverage"]["gaps"]} == {"invalid-yaml", "template", "missing-path"}
    assert document["scan"]["policy"]["rotation"] == {"min_days": 30, "max_days": 45.5}
    assert document["scan"]["cert_manager_version"] == "1.18.2"
    assert {e["site"]["file"] for a in document["assessments"] for e in a["evidence"]} == {"<stdin>"}


BROKEN = [
    (("hops", 0, "mode"), "mtls"),
    (("hops", 0, "plaintext"), "unknown"),
    (("hops", 0, "client_auth"), "maybe"),
    (("hops", 0, "basis"), "guessed"),
    (("hops", 0, "extra"), 1),
    (("hops", 0, "gaps"), []),
    (("hops", 1, "trust"), None),
    (("assessments", 0, "outcome"), "ok"),
    (("assessments", 0, "severity"), "moderate"),
    (("assessments", 0, "evidence"), []),
    (("assessments", 0, "fingerprint"), "xyz"),
    (("assessments", 0, "evidence", 0, "site", "line"), 0),
    (("scan", "now"), "2026-01-01 00:00:00"),
    (("scan", "policy", "extra"), 1),
    (("summary", "outcomes", "error"), 1),
    (("schema_version",), "2.0"),
    (("unheard_of",), 1),
]


@pytest.mark.parametrize(("path", "value"), BROKEN, ids=lambda v: ".".join(map(str, v)) if isinstance(v, tuple) else "")
def test_the_schema_refuses_what_the_program_never_writes(path: tuple[str | int, ...], value: object) -> None:
    document = document_of(GUIDE)
    assert document["assessments"][0]["outcome"] in ("fail", "unknown")
    document["assessments"] = [a for a in document["assessments"] if a["outcome"] == "fail"]
    where: Any = document
    for step in path[:-1]:
        where = where[step]
    where[path[-1]] = value
    assert problems(document) != []


def test_every_required_field_is_always_there_and_its_absence_is_refused() -> None:
    for name in SCHEMA["required"]:
        document = document_of(GUIDE)
        del document[name]
        assert problems(document) == [f"$: {name!r} is a required property"]


def test_two_runs_at_the_same_time_are_the_same_bytes() -> None:
    arguments = ["scan", GUIDE, HARDENED, "-f", "json", "--now", "2026-02-03T04:05:06Z", "--all-outcomes"]
    first = mtlsaudit(*arguments, env={"PYTHONHASHSEED": "1"})
    second = mtlsaudit(*arguments, env={"PYTHONHASHSEED": "4711"})
    assert first.out == second.out
    assert json.loads(first.out)["scan"]["now"] == "2026-02-03T04:05:06Z"


@pytest.mark.parametrize("folder", [GUIDE, HARDENED], ids=lambda p: p.name)
@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
def test_the_order_of_the_paths_does_not_matter(folder: Path, closed: bool) -> None:
    files = sorted(folder.glob("*.yaml"))
    forward = document_of(*files, closed=closed, everything=True)
    backward = document_of(*reversed(files), closed=closed, everything=True)
    assert forward["scan"].pop("sources") == backward["scan"].pop("sources")[::-1]
    assert forward == backward


def test_the_names_of_the_files_and_the_order_of_the_documents_do_not_matter(tmp_path: Path) -> None:
    texts = [p.read_text() for p in sorted(HARDENED.glob("*.yaml"))]
    (tmp_path / "one.yaml").write_text("\n---\n".join(texts), encoding="utf-8")
    (tmp_path / "two.yaml").write_text("\n---\n".join(reversed(texts)), encoding="utf-8")

    def facts(name: str) -> object:
        document = document_of(tmp_path / name, closed=True, everything=True)
        hops = [{k: v for k, v in h.items() if k != "evidence"} for h in document["hops"]]
        return hops, [(a["rule"], a["outcome"], a["message"], a["fingerprint"]) for a in document["assessments"]]

    assert facts("one.yaml") == facts("two.yaml")


def test_a_fingerprint_survives_lines_that_move_and_is_unique() -> None:
    text = (GUIDE / "ingress.yaml").read_text(encoding="utf-8")
    both = []
    for shift in ("", "# a comment\n\n"):
        result = mtlsaudit("scan", "-", "-f", "json", "--fail-on", "never", "--now", "2026-01-01", stdin=shift + text)
        both.append({a["fingerprint"]: a["evidence"] for a in json.loads(result.out)["assessments"]})
    assert both[0].keys() == both[1].keys()
    assert both[0] != both[1]
    for path in INPUTS:
        prints = [a["fingerprint"] for a in document_of(path, everything=True)["assessments"]]
        assert len(prints) == len(set(prints)), path.name


def test_unicode_is_written_as_itself_and_reads_back_the_same(tmp_path: Path) -> None:
    text = (GUIDE / "ingress.yaml").read_text(encoding="utf-8").replace('"true"', '"größe 日本 😀 \\u2028"')
    file = tmp_path / "größe 日本.yaml"
    file.write_text(text, encoding="utf-8")
    rendered = render(report_of(file))
    assert "größe 日本 😀" in rendered
    assert problems(json.loads(rendered)) == []
    values = [e["value"] for h in json.loads(rendered)["hops"] for e in h["evidence"]]
    assert "größe 日本 😀 \u2028" in values
    result = mtlsaudit("scan", file, "-f", "json", "--fail-on", "never", env={"LC_ALL": "C.UTF-8"})
    assert result.code == 0
    assert json.loads(result.out)["hops"] == json.loads(rendered)["hops"]


def test_unicode_does_not_need_a_locale(tmp_path: Path) -> None:
    file = tmp_path / "größe.yaml"
    file.write_text((GUIDE / "ingress.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    result = mtlsaudit("scan", file, "-f", "json", "--fail-on", "never", env={"LC_ALL": "C"})
    assert result.code == 0
    assert json.loads(result.out)["scan"]["sources"] == [str(file)]


CANARY = base64.b64encode(b"the canary must not sing, not even once in any report at all").decode()
KEY = "-----BEGIN PRIVATE KEY-----\n" + CANARY + "\n-----END PRIVATE KEY-----\n"
ENCODED = base64.b64encode(KEY.encode()).decode()


def secret(**fields: object) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"}, **fields})


@pytest.mark.parametrize(
    "manifest",
    [
        secret(type="kubernetes.io/tls", data={"tls.key": ENCODED, "tls.crt": ENCODED}),
        secret(stringData={"tls.key": KEY, "password": CANARY}),
        secret(data={"tls.key": KEY, "tls.crt": KEY, "ca.crt": KEY}),
        secret(
            metadata={
                "name": "s",
                "namespace": "n",
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": secret(stringData={"k": KEY})},
            }
        ),
        pytest.param(secret(data={"tls.crt": ENCODED[:-5]})),
        pytest.param(secret(data={"ca.crt": CANARY})),
    ],
    ids=["data", "string-data", "not-base64", "last-applied", "key-of-bad-base64-as-certificate", "no-certificate"],
)
def test_no_key_material_enters_the_report(manifest: str, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text(manifest + "\n", encoding="utf-8")
    (tmp_path / "ingress.yaml").write_text((GUIDE / "ingress.yaml").read_text(), encoding="utf-8")
    for form in ("json", "table", "sarif", "html", "markdown"):
        result = mtlsaudit("scan", tmp_path, "-f", form, "--all-outcomes", "--fail-on", "never", "--complete")
        assert result.code == 0
        for forbidden in (CANARY, ENCODED[:60], "PRIVATE KEY-----\n"):
            assert forbidden not in result.out + result.err, form


def test_the_summary_counts_what_the_lists_hold() -> None:
    document = document_of(HARDENED, everything=True)
    summary = document["summary"]
    counted: dict[str, int] = dict.fromkeys(summary["outcomes"], 0)
    for assessment in document["assessments"]:
        counted[assessment["outcome"]] += 1
    assert counted == summary["outcomes"]
    assert sum(summary["hops"]["client-to-entry"].values()) == sum(
        h["hop"] == "client-to-entry" for h in document["hops"]
    )
    assert summary == document_of(HARDENED)["summary"]


def test_used_by_names_hops_of_the_report() -> None:
    document = document_of(HARDENED, closed=True)
    hops = {h["id"] for h in document["hops"]}
    used = {u for c in document["certificates"] for u in c["used_by"]}
    assert used
    assert used <= hops


def test_a_long_list_has_a_line_an_entry_so_that_a_diff_shows_what_changed() -> None:
    report = report_of(GUIDE)
    lines = render(replace(report, certificates=())).splitlines()
    assert sum(bool(re.match(r'    \{"rule":', line)) for line in lines) == len(report.assessments)
    assert '  "certificates": [],' in lines
