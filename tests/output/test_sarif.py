"""SARIF: against the schema, against Microsoft's multitool with GitHub's rules, and field by field."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from mtlsaudit.decode.positions import Locator
from mtlsaudit.model.coverage import Coverage
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import FieldPath, FileOrigin, Site
from mtlsaudit.model.report import Judged, Report
from mtlsaudit.model.values import replace
from mtlsaudit.model.verdict import Assessment, Decided, Evidence, Outcome, Severity, Verdict
from mtlsaudit.output.sarif import render
from tests.support.node import multitool
from tests.support.sample import sample_report

ROOT = Path(__file__).resolve().parents[2]
HOP = "client-to-entry:default/mtls-ingress:service-a.example.com/"
ODD_NAME = "a b/größe: 日本 50%.yaml"
ODD_TEXT = 'kind: Ingress\nmetadata: {name: "😀", annotations: {é: "on"}}\n'

# What the multitool would have otherwise, and why it stays as it is.
ACCEPTED = {
    "SARIF2002": "GitHub reads message.text only; a message id with arguments would show nothing",
    "SARIF2003": "the audit does not ask git, so it does not know the commit; GitHub does",
    "SARIF2005": "there is no page of the project to point to yet",
    "SARIF2009": "rule ids are kebab-case words that name the defect, and never change",
    "SARIF2011": "the text around a field is left out on purpose: a finding shows its own field and nothing beside it",
}
# Rendered text has no line in a file of the repository.
ACCEPTED_WITHOUT_REGION = ACCEPTED | {"SARIF2017": "a region would point into text that no file holds"}

POLICY = """<?xml version="1.0" encoding="utf-8"?>
<Properties>
  <Properties Key="SARIF2006.UrisShouldBeReachable.Options">
    <Property Key="RuleEnabled" Value="Disabled" />
  </Properties>
</Properties>
"""


@pytest.fixture(autouse=True)
def in_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def log_of(report: Report) -> Any:
    return json.loads(render(report))


def run_of(report: Report) -> Any:
    (run,) = log_of(report)["runs"]
    return run


def found(*pieces: Evidence, message: str = "It is open", rule: str = "sample-high") -> Assessment:
    return Decided(rule, Severity.HIGH, "Ingress default/x", Verdict(Outcome.FAIL, message, pieces), "ab" * 32)


def with_findings(*assessments: Assessment) -> Report:
    return replace(sample_report(), judged=Judged(assessments))


def odd_report(folder: Path) -> Report:
    """One finding in a file whose name and text have everything in them that is not ASCII letters."""
    file = folder / ODD_NAME
    file.parent.mkdir(parents=True)
    file.write_text(ODD_TEXT, encoding="utf-8")
    fields: tuple[FieldPath, ...] = (("metadata", "annotations", "é"), ("metadata", "name"))
    sites = [Site(FileOrigin(str(file), 0), path) for path in fields]
    positions = {site: Locator(ODD_TEXT, 1).position(site.path) for site in sites}
    lines = {site: ODD_TEXT.splitlines()[p.line - 1] for site, p in positions.items() if p}
    report = with_findings(found(*(Evidence(site, "on") for site in sites)))
    return replace(report, positions={s: p for s, p in positions.items() if p}, lines=lines)


def report_without_region(file: str = "chart/Chart.yaml", rendered_by: str = "helm template") -> Report:
    sites = [Site(FileOrigin(file, 0, (), rendered_by), ("spec", name)) for name in ("tls", "rules")]
    report = with_findings(found(*(Evidence(site, "absent") for site in sites)))
    line = 'spec: {tls: []}  # "text"'
    position = Locator(line, 4).position(("spec", "tls"))
    assert position
    return replace(report, positions=dict.fromkeys(sites, position), lines=dict.fromkeys(sites, line))


def without_findings() -> Report:
    return replace(sample_report(), judged=Judged(), coverage=Coverage(1, 1, {}, 0, ()))


REPORTS = ("sample", "empty", "odd", "rendered", "stdin")


def report_named(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    match name:
        case "sample":
            return sample_report()
        case "empty":
            return without_findings()
        case "odd":
            report = odd_report(folder)
            monkeypatch.chdir(folder)
            return report
        case "rendered":
            return report_without_region()
        case _:
            return report_without_region("<stdin>", "")


def physical_locations(run: Any) -> Iterator[Any]:
    for result in run["results"]:
        for location in (*result["locations"], *result.get("relatedLocations", ())):
            yield location["physicalLocation"]
    for invocation in run["invocations"]:
        for notification in invocation.get("toolExecutionNotifications", ()):
            for location in notification.get("locations", ()):
                yield location["physicalLocation"]


def text_under(region: Any, text: str) -> str:
    assert region["startLine"] == region["endLine"]
    line: str = text.split("\n")[region["startLine"] - 1]
    return line[region["startColumn"] - 1 : region["endColumn"] - 1]


# The schema and the multitool.


def validate(log: Any, folder: Path) -> set[tuple[str, str]]:
    """The levels and rules that the multitool reports, GitHub's among them."""
    (folder / "report.sarif").write_text(json.dumps(log, ensure_ascii=False, indent=1), encoding="utf-8")
    (folder / "policy.xml").write_text(POLICY)
    # The URIs are not fetched: that would test the network.
    command = [str(multitool() / "Sarif.Multitool"), "validate", "report.sarif", "--rule-kind", "Sarif;Ghas"]
    command += ["--level", "Error;Warning;Note", "--kind", "Fail", "--config", "policy.xml"]
    command += ["--output", "validation.sarif", "--log", "ForceOverwrite"]
    # The binary carries no ICU, and not every machine has one.
    env = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = json.loads((folder / "validation.sarif").read_text(encoding="utf-8-sig"))["runs"]
    assert run["invocations"][0]["executionSuccessful"] is True
    return {(r.get("level", "warning"), r["ruleId"]) for r in run.get("results", ())}


@pytest.mark.node
@pytest.mark.parametrize("name", REPORTS)
def test_schema_holds(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = json.loads((multitool() / "sarif-2.1.0.json").read_text(encoding="utf-8-sig"))
    validator = jsonschema.Draft202012Validator(schema)
    log = log_of(report_named(name, tmp_path, monkeypatch))
    assert [e.json_path for e in validator.iter_errors(log)] == []
    log["runs"][0]["columnKind"] = "bytes"
    assert [e.json_path for e in validator.iter_errors(log)] == ["$.runs[0].columnKind"]


@pytest.mark.node
@pytest.mark.parametrize("name", REPORTS)
def test_multitool_has_nothing_but_what_is_accepted(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reported = validate(log_of(report_named(name, tmp_path, monkeypatch)), tmp_path)
    assert {rule for level, rule in reported if level == "error"} == set()
    accepted = ACCEPTED_WITHOUT_REGION if name == "rendered" else ACCEPTED
    assert {rule for _, rule in reported} - accepted.keys() == set()
    if name == "sample":
        # No reason outlives its rule.
        assert {rule for _, rule in reported} == ACCEPTED.keys()


@pytest.mark.node
def test_multitool_applies_the_rules_of_github(tmp_path: Path) -> None:
    log = log_of(sample_report())
    del log["runs"][0]["tool"]["driver"]["rules"][0]["help"]
    log["runs"][0]["results"][0]["locations"] = []
    reported = validate(log, tmp_path)
    assert {rule for level, rule in reported if level == "error"} >= {"GH2012", "GH1015"}


# Runs.


def test_two_runs_are_the_same_bytes() -> None:
    text = render(sample_report())
    assert text == render(sample_report())
    assert text.endswith("}\n")
    report = sample_report()
    turned = replace(
        report,
        judged=Judged(tuple(reversed(report.assessments))),
        rules=dict(reversed(list(report.rules.items()))),
        coverage=replace(report.coverage, gaps=tuple(reversed(report.coverage.gaps))),
    )
    assert text == render(turned)


def test_run_says_how_it_was_made() -> None:
    log = log_of(sample_report())
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("/sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    assert run["automationDetails"] == {"id": "mtlsaudit/open/"}
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["properties"] == {
        "assumptions": ["assumed: <nothing>"],
        "rules_digest": "0" * 64,
        "world": "open",
    }
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("mtlsaudit", "0.1.0")
    assert "informationUri" not in driver
    (invocation,) = run["invocations"]
    assert invocation["endTimeUtc"] == "2026-11-23T12:00:00Z"
    assert invocation["executionSuccessful"] is True
    assert "startTimeUtc" not in invocation


def test_nothing_audited_is_no_success() -> None:
    gap = Gap("unreadable", "x.yaml", "permission denied", "x.yaml")
    report = replace(without_findings(), coverage=Coverage(0, 0, {}, 0, (gap,)))
    assert run_of(report)["invocations"][0]["executionSuccessful"] is False


def test_no_findings_are_an_empty_list() -> None:
    run = run_of(without_findings())
    assert run["results"] == []
    assert "toolExecutionNotifications" not in run["invocations"][0]
    assert len(run["tool"]["driver"]["rules"]) == 5


def test_unknowns_and_gaps_are_notifications_and_never_results() -> None:
    run = run_of(sample_report())
    assert {r["ruleId"] for r in run["results"]} == {f"sample-{s}" for s in Severity}
    assert run["invocations"][0]["toolExecutionNotifications"] == [
        {
            "descriptor": {"id": "not-in-input"},
            "level": "warning",
            "message": {
                "text": "Secret default/x: the Secret default/x is not in the input. Not judged for it: sample-high."
            },
        },
        {
            "descriptor": {"id": "invalid-yaml"},
            "level": "warning",
            "locations": [
                {"physicalLocation": {"artifactLocation": {"uri": "b.yaml"}, "region": {"startLine": 3}}},
            ],
            "message": {"text": "b.yaml: bad."},
        },
    ]


# Rules.


def test_rules_are_sorted_and_indexed() -> None:
    run = run_of(sample_report())
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert ids == sorted(ids)
    assert len(ids) == 5
    assert [ids[r["ruleIndex"]] for r in run["results"]] == [r["ruleId"] for r in run["results"]]


def test_rule_severities() -> None:
    rules = {rule["id"]: rule for rule in run_of(sample_report())["tool"]["driver"]["rules"]}
    shown = {
        name: (
            rule["properties"]["security-severity"],
            rule["properties"]["problem.severity"],
            rule["defaultConfiguration"]["level"],
        )
        for name, rule in rules.items()
    }
    assert shown == {
        "sample-critical": ("9.5", "error", "error"),
        "sample-high": ("8.0", "error", "error"),
        "sample-medium": ("5.5", "warning", "warning"),
        "sample-low": ("2.5", "recommendation", "note"),
        "sample-info": ("0.5", "recommendation", "note"),
    }


def test_rule_follows_the_severity_of_the_policy() -> None:
    report = sample_report()
    policy = replace(report.scan.policy, severities={"sample-low": Severity.CRITICAL})
    rules = run_of(replace(report, scan=replace(report.scan, policy=policy)))["tool"]["driver"]["rules"]
    (rule,) = (r for r in rules if r["id"] == "sample-low")
    assert rule["properties"]["security-severity"] == "9.5"
    assert rule["defaultConfiguration"]["level"] == "error"


def test_rule_texts() -> None:
    (rule,) = (r for r in run_of(sample_report())["tool"]["driver"]["rules"] if r["id"] == "sample-high")
    link = "https://kubernetes.github.io/ingress-nginx/user-guide/tls/"
    assert rule["name"] == "SampleHigh"
    assert rule["shortDescription"]["text"] == "The title of sample-high."
    assert rule["fullDescription"]["text"] == "Why it matters, with <angle> & ampersand. A second sentence."
    assert rule["helpUri"] == link
    assert rule["help"]["text"].startswith("Why it matters")
    assert rule["help"]["text"].endswith(f"- {link}")
    assert "```yaml\nspec:\n  tls:\n    - hosts: [a]\n```" in rule["help"]["markdown"]
    assert f"- [{link}]({link})" in rule["help"]["markdown"]
    assert rule["properties"]["precision"] == "high"
    assert rule["properties"]["tags"] == ["security", "mtls", "kubernetes", "ingress", "external/cwe/cwe-295"]
    assert rule["properties"]["controls"] == ["nist-800-53r5:SC-8"]
    assert "deprecatedIds" not in rule


def test_rule_of_another_family_without_a_link() -> None:
    report = sample_report()
    rule = replace(
        report.rules["sample-low"],
        family="rotation",
        title="t" * 2000,
        confidence="low",
        references=("RFC 5280, section 4.2", "javascript:alert(1)"),
        aliases=("older-name",),
    )
    (shown,) = run_of(replace(report, judged=Judged(), rules={rule.id: rule}))["tool"]["driver"]["rules"]
    assert "helpUri" not in shown
    assert "](" not in shown["help"]["markdown"]
    assert shown["properties"]["tags"] == ["security", "mtls", "kubernetes", "rotation"]
    assert shown["properties"]["precision"] == "low"
    assert shown["shortDescription"]["text"] == "t" * 1023 + "…"
    assert shown["deprecatedIds"] == ["older-name"]


# Results.


def test_results_come_worst_first() -> None:
    results = run_of(sample_report())["results"]
    assert [(r["ruleId"], r["level"], r["rank"]) for r in results] == [
        ("sample-critical", "error", 95.0),
        ("sample-high", "error", 80.0),
        ("sample-medium", "warning", 55.0),
        ("sample-low", "note", 25.0),
        ("sample-info", "note", 5.0),
    ]


def test_result_in_full() -> None:
    result = run_of(sample_report())["results"][1]
    assert "kind" not in result
    assert result["message"]["text"] == "A finding of high. See also [spec.tls](1)."
    assert result["partialFingerprints"] == {"mtlsaudit/v1": f"f{1:063x}"}
    (location,) = result["locations"]
    assert location["logicalLocations"] == [
        {"name": "service-a.example.com/", "fullyQualifiedName": HOP, "kind": "resource"}
    ]
    assert location["physicalLocation"]["artifactLocation"] == {"uri": "examples/mtls-guide/ingress.yaml"}
    (related,) = result["relatedLocations"]
    assert related["id"] == 1
    assert related["message"]["text"] == "spec.tls: absent"


def test_regions_are_the_field_and_nothing_else() -> None:
    text = (ROOT / "examples/mtls-guide/ingress.yaml").read_text()
    result = run_of(sample_report())["results"][0]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert text_under(region, text) == 'nginx.ingress.kubernetes.io/auth-tls-verify-client: "on"'
    assert region["snippet"]["text"] == text_under(region, text)
    absent = result["relatedLocations"][0]["physicalLocation"]["region"]
    assert text_under(absent, text) == "spec"
    assert absent["snippet"]["text"] == "spec"


def test_file_with_an_odd_name_and_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = odd_report(tmp_path)
    monkeypatch.chdir(tmp_path)
    run = run_of(report)
    first, second = physical_locations({**run, "invocations": []})
    assert first["artifactLocation"]["uri"] == "a%20b/gr%C3%B6%C3%9Fe%3A%20%E6%97%A5%E6%9C%AC%2050%25.yaml"
    assert unquote(first["artifactLocation"]["uri"]) == ODD_NAME
    # One emoji is one column: the run declares code points, where SARIF would otherwise count UTF-16 units.
    assert text_under(first["region"], ODD_TEXT) == 'é: "on"'
    assert text_under(second["region"], ODD_TEXT) == 'name: "😀"'
    assert second["region"]["snippet"]["text"] == 'name: "😀"'


@pytest.mark.parametrize("name", REPORTS)
def test_uris_are_relative_and_regions_whole(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = report_named(name, tmp_path, monkeypatch)
    run = run_of(report)
    for physical in physical_locations(run):
        uri = physical["artifactLocation"]["uri"]
        assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri)
        assert not uri.startswith("/")
        assert ".." not in uri.split("/")
        assert all(n >= 1 for key, n in physical.get("region", {}).items() if key != "snippet")
        assert physical.get("region", {}).get("snippet") != {}
    assert str(ROOT) not in render(report)
    assert str(tmp_path) not in render(report)


@pytest.mark.parametrize(
    ("file", "sources", "uri"),
    [
        ("/elsewhere/estate/prod/a.yaml", ("/elsewhere/estate",), "estate/prod/a.yaml"),
        ("/elsewhere/estate/a.yaml", ("/elsewhere/estate/a.yaml",), "a.yaml"),
        ("../out/a.yaml", ("../out",), "out/a.yaml"),
        ("/elsewhere/a.yaml", ("-",), "a.yaml"),
        ("./k8s/../k8s/a.yaml", ("k8s",), "k8s/a.yaml"),
        ("c:d.yaml", (".",), "c%3Ad.yaml"),
        ("bad\udcff.yaml", (".",), "bad%FF.yaml"),
    ],
)
def test_files_outside_the_working_directory(file: str, sources: tuple[str, ...], uri: str) -> None:
    report = with_findings(found(Evidence(Site(FileOrigin(file, 0), ("spec",)), "x")))
    report = replace(report, scan=replace(report.scan, sources=sources))
    (result,) = run_of(report)["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_rendered_text_has_no_region_but_an_identity() -> None:
    (result,) = run_of(report_without_region())["results"]
    assert result["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": "chart/Chart.yaml"}}
    assert result["partialFingerprints"] == {"mtlsaudit/v1": "ab" * 32, "primaryLocationLineHash": "ab" * 8 + ":1"}


def test_stdin_has_a_name_a_region_and_an_identity() -> None:
    (result,) = run_of(report_without_region("<stdin>", ""))["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "stdin.yaml"}
    assert physical["region"]["startLine"] == 4
    assert result["partialFingerprints"]["primaryLocationLineHash"] == "ab" * 8 + ":1"


def test_links_lead_to_related_locations() -> None:
    origin = FileOrigin("a.yaml", 0)
    paths: list[FieldPath] = [("spec",), ("spec", "rules", 0, "host"), ("metadata", "annotations", "a/b"), ()]
    pieces = [Evidence(Site(origin, path), f"v{i}\nw") for i, path in enumerate(paths)]
    (result,) = run_of(with_findings(found(*pieces, pieces[1], message="It is open.")))["results"]
    assert result["message"]["text"] == (
        r"It is open. See also [spec.rules\[0\].host](1), [metadata.annotations\['a/b'\]](2), [the object](3)."
    )
    assert [(r["id"], r["message"]["text"]) for r in result["relatedLocations"]] == [
        (1, "spec.rules[0].host: v1 w"),
        (2, "metadata.annotations['a/b']: v2 w"),
        (3, "the object: v3 w"),
    ]


def test_one_piece_of_evidence_makes_no_links() -> None:
    (result,) = run_of(with_findings(found(Evidence(Site(FileOrigin("a.yaml", 0), ("spec",)), "x"))))["results"]
    assert "relatedLocations" not in result
    assert result["message"]["text"] == "It is open."
    assert result["locations"][0]["logicalLocations"][0]["name"] == "x"


def test_locations_stay_within_what_github_shows() -> None:
    pieces = [Evidence(Site(FileOrigin("a.yaml", i), ("spec",)), "x" * 500) for i in range(150)]
    (result,) = run_of(with_findings(found(*pieces)))["results"]
    assert len(result["relatedLocations"]) == 99
    assert result["message"]["text"].endswith(", [spec](99) and 50 more.")
    assert len(result["relatedLocations"][0]["message"]["text"]) == len("spec: ") + 200


def test_results_stay_within_what_github_takes() -> None:
    piece = Evidence(Site(FileOrigin("a.yaml", 0), ("spec",)), "x")
    run = run_of(with_findings(*(found(piece) for _ in range(25_003))))
    assert len(run["results"]) == 25_000
    last = run["invocations"][0]["toolExecutionNotifications"][-1]
    assert last["level"] == "error"
    assert last["message"]["text"].startswith("3 findings of the lowest severities are left out")


def test_words_of_a_manifest_make_no_link_and_no_broken_text() -> None:
    piece = Evidence(Site(FileOrigin("a.yaml", 0), ("spec",)), "x")
    report = with_findings(found(piece, message="Host [click](https://evil.example) \ud800\nis open!"))
    text = render(report)
    assert text.encode("utf-8")
    (result,) = json.loads(text)["runs"][0]["results"]
    assert result["message"]["text"] == r"Host [click] (https://evil.example) \ud800 is open!"
