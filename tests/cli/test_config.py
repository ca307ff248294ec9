"""`mtlsaudit.yaml`: where it is found, what it changes, and how it is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Result, mtlsaudit
from tests.support.estates import INGRESS_CLASS, LONG_CERTIFICATE, MTLS_INGRESS

ASSUMED = "assume-secrets: well-formed\nassume-controller: defaults\n"


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    folder = tmp_path / "deploy" / "shop"
    folder.mkdir(parents=True)
    (folder / "ingress.yaml").write_text(f"{INGRESS_CLASS}---\n{MTLS_INGRESS}", encoding="utf-8")
    (folder / "certificate.yaml").write_text(LONG_CERTIFICATE, encoding="utf-8")
    return tmp_path


def configure(estate: Path, text: str, name: str = "mtlsaudit.yaml") -> Path:
    file = estate / name
    file.write_text(text, encoding="utf-8")
    return file


def scan(estate: Path, *options: str | Path) -> dict[str, Any]:
    result = mtlsaudit("scan", estate / "deploy", "-f", "json", "--fail-on", "never", *options)
    assert (result.code, result.err) == (0, "")
    parsed: dict[str, Any] = json.loads(result.out)
    return parsed


def failing(document: dict[str, Any]) -> dict[str, str]:
    return {a["rule"]: a["severity"] for a in document["assessments"] if a["outcome"] == "fail"}


def mode(document: dict[str, Any]) -> tuple[str, str]:
    return next((h["mode"], h["basis"]) for h in document["hops"] if h["hop"] == "client-to-entry")


@pytest.mark.parametrize(
    "name", ["mtlsaudit.yaml", "mtlsaudit.yml", "deploy/mtlsaudit.yaml", "deploy/shop/../mtlsaudit.yml"]
)
def test_it_is_found_at_the_path_or_above(name: str, estate: Path) -> None:
    assert mode(scan(estate))[0] == "unknown"
    configure(estate, ASSUMED, name)
    assert mode(scan(estate)) == ("mutual", "assumed")


def test_it_is_found_from_a_file_and_the_nearest_one_wins(estate: Path) -> None:
    configure(estate, "nonsense: true\n")
    configure(estate, ASSUMED, "deploy/shop/mtlsaudit.yaml")
    result = mtlsaudit("scan", estate / "deploy" / "shop" / "ingress.yaml", "-f", "json", "--fail-on", "never")
    assert mode(json.loads(result.out)) == ("mutual", "assumed")


def test_config_wins_over_what_would_be_found(estate: Path) -> None:
    configure(estate, "nonsense: true\n")
    chosen = configure(estate, ASSUMED, "other.yaml")
    assert mode(scan(estate, "--config", chosen)) == ("mutual", "assumed")


def test_it_is_not_audited_itself(estate: Path) -> None:
    before = scan(estate)["coverage"]
    configure(estate, "policy: {}\n", "deploy/mtlsaudit.yaml")
    assert scan(estate)["coverage"] == before


def test_an_empty_one_changes_nothing(estate: Path) -> None:
    before = scan(estate, "--now", "2026-01-01")
    configure(estate, "# nothing\n")
    assert scan(estate, "--now", "2026-01-01") == before


def test_disabled_rules_are_not_evaluated(estate: Path) -> None:
    assert "rotation-interval-too-long" in failing(scan(estate))
    configure(estate, "rules:\n  disable: [rotation-interval-too-long]\n")
    document = scan(estate)
    assert "rotation-interval-too-long" not in failing(document)
    assert "rotation-interval-too-long" not in document["summary"]["rules"]
    assert document["scan"]["policy"]["disabled_rules"] == ["rotation-interval-too-long"]


def test_severities_change_the_report_and_the_exit_code(estate: Path) -> None:
    path = estate / "deploy"
    configure(estate, "rules:\n  severity: {rotation-interval-too-long: high}\n")
    assert mtlsaudit("scan", path).code == 1
    configure(
        estate, "rules:\n  severity: {rotation-interval-too-long: low, exposure-backend-not-isolated: critical}\n"
    )
    found = failing(scan(estate))
    assert (found["rotation-interval-too-long"], found["exposure-backend-not-isolated"]) == ("low", "critical")
    assert mtlsaudit("scan", path, "--fail-on", "critical").code == 1
    configure(estate, "rules:\n  severity: {rotation-interval-too-long: low}\n")
    assert mtlsaudit("scan", path).code == 0


@pytest.mark.parametrize(
    ("policy", "fails"),
    [
        ("", {"rotation-interval-too-long"}),  # the lifetime follows from it: one finding a cause
        ("rotation-max-days: 100", {"rotation-lifetime-too-long"}),
        ("rotation-max-days: 100, lifetime-max-days: 100", set()),
        (
            "rotation-max-days: 98, slack-days: 0, slack-ratio: 0, lifetime-max-days: 100",
            {"rotation-interval-too-long"},
        ),
        ("rotation-max-days: 98, slack-days: 2, lifetime-max-days: 100", set()),
        ("rotation-min-days: 120, rotation-max-days: 150, lifetime-max-days: 150", {"rotation-interval-too-short"}),
    ],
)
def test_thresholds_change_the_outcomes(policy: str, fails: set[str], estate: Path) -> None:
    configure(estate, f"policy: {{{policy}}}\n")
    watched = {"rotation-interval-too-long", "rotation-interval-too-short", "rotation-lifetime-too-long"}
    assert failing(scan(estate)).keys() & watched == fails


def test_skip_adds_to_that_of_the_command_line(estate: Path) -> None:
    configure(estate, "skip: [certificate.yaml]\n")
    assert list(scan(estate)["coverage"]["resources"]) == [
        "Ingress.networking.k8s.io",
        "IngressClass.networking.k8s.io",
    ]
    result = mtlsaudit("scan", estate / "deploy", "--skip", "ingress.yaml")
    assert (result.code, result.out) == (3, "")


def test_assumptions_and_classes_stand_at_the_top_of_table_and_json(estate: Path) -> None:
    configure(estate, ASSUMED + "ingress-classes:\n  public: k8s.io/ingress-nginx\n")
    sentences = scan(estate)["scan"]["assumptions"]
    assert len(sentences) >= 3
    for word in (
        "(assume-secrets)",
        "(assume-controller)",
        "class public is assumed to belong to k8s.io/ingress-nginx",
    ):
        assert any(word in s for s in sentences)
    table = mtlsaudit("scan", estate / "deploy").out.splitlines()
    assert table[1 : 1 + len(sentences)] == [f"assumed: {s}" for s in sentences]


def test_an_ingress_class_of_the_configuration_lets_the_mode_be_told(estate: Path) -> None:
    (estate / "deploy" / "shop" / "ingress.yaml").write_text(MTLS_INGRESS, encoding="utf-8")
    configure(estate, ASSUMED)
    assert mode(scan(estate))[0] == "unknown"
    configure(estate, ASSUMED + "ingress-classes: {nginx: k8s.io/ingress-nginx}\n")
    assert mode(scan(estate)) == ("mutual", "assumed")


def test_options_win_over_the_configuration(estate: Path) -> None:
    configure(estate, "ingress-classes: {nginx: example.com/other, public: example.com/other}\n")
    classes = scan(estate, "--ingress-class", "nginx=k8s.io/ingress-nginx")["scan"]["policy"]["ingress_classes"]
    assert classes == {"nginx": "k8s.io/ingress-nginx", "public": "example.com/other"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("# one\nnope: 1\n", 2, "unknown key 'nope'"),
        ("policy:\n  nope: 1\n", 2, "unknown key 'nope'"),
        ("rules:\n  nope: 1\n", 2, "unknown key 'nope'"),
        ("policy:\n  slack-days: 1\n  rotation-max-days: soon\n", 3, "rotation-max-days must be a number of 0 or more"),
        ("policy:\n  rotation-max-days: -1\n", 2, "rotation-max-days must be a number of 0 or more"),
        ("policy:\n  rotation-max-days: true\n", 2, "rotation-max-days must be a number of 0 or more"),
        (
            "rules:\n  disable:\n    - ingress-plaintext\n    - nope\n",
            4,
            "there is no rule 'nope' (mtlsaudit rules list)",
        ),
        ("rules:\n  severity:\n    nope: low\n", 3, "there is no rule 'nope' (mtlsaudit rules list)"),
        ("rules:\n  severity:\n    ingress-plaintext: bad\n", 3, "unknown severity 'bad'"),
        ("assume-secrets: perfect\n", 1, "assume-secrets can only be 'well-formed'"),
        ("skip: []\nassume-controller: perfect\n", 2, "assume-controller can only be 'defaults'"),
        ("skip: all\n", 1, "a list is needed here, this is a string"),
        ("skip:\n  - a\n  - 3\n", 3, "a string is needed here, this is a number"),
        ("ingress-classes:\n  nginx: 1\n", 2, "a string is needed here, this is a number"),
        ("policy: 3\n", 1, "a map is needed here, this is a number"),
        ("- a\n", 1, "a configuration is a map"),
        ("skip: []\nskip: []\n", 2, "duplicate key 'skip'"),
    ],
)
def test_a_wrong_one_is_refused_with_its_line(text: str, line: int, words: str, estate: Path) -> None:
    file = configure(estate, text)
    result = mtlsaudit("scan", estate / "deploy")
    assert result == Result(2, "", f"mtlsaudit: {file}:{line}: {words}\n")


def test_one_that_is_no_yaml_or_no_text_is_refused(estate: Path) -> None:
    file = configure(estate, "policy: [\n")
    result = mtlsaudit("scan", estate / "deploy")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"mtlsaudit: {file}:2: ")
    file.write_bytes(b"skip: [\xff]\n")
    assert mtlsaudit("scan", estate / "deploy") == Result(2, "", f"mtlsaudit: {file}: not UTF-8 text\n")
