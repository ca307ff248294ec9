"""`mtlsaudit rules list | show | test`, and rules of the user's own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.command import ROOT, Result, mtlsaudit
from tests.support.estates import INGRESS_CLASS, LONG_CERTIFICATE, MTLS_INGRESS, OWN_CHECK, OWN_RULE


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    for family, name, text in (
        ("ingress", "own-host-foreign", OWN_RULE),
        ("certificate", "own-certificate-soon-over", OWN_CHECK),
    ):
        (folder / family).mkdir(parents=True)
        (folder / family / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def examples(*cases: tuple[str, str]) -> str:
    out = "examples:\n"
    for outcome, manifests in cases:
        body = "".join(f"      {line}\n" for line in manifests.splitlines())
        out += f"  - outcome: {outcome}\n    manifests: |\n{body}"
    return out


def test_list_has_a_line_for_every_rule_with_its_severity_and_family() -> None:
    result = mtlsaudit("rules", "list")
    rows = [re.match(r"(\S+) +(critical|high|medium|low|info) +(\S+) +\S", line) for line in result.out.splitlines()]
    files = sorted((p.stem, p.parent.name) for p in (ROOT / "rules").rglob("*.yaml"))
    assert (result.code, result.err) == (0, "")
    assert [(row[1], row[3]) for row in rows if row] == files
    assert len(rows) == len(files)


def test_list_and_show_know_the_users_own_rules(own: Path) -> None:
    names = [line.split()[0] for line in mtlsaudit("rules", "list", "--rules", own).out.splitlines()]
    assert {"own-host-foreign", "own-certificate-soon-over", "ingress-plaintext"} <= set(names)
    page = mtlsaudit("rules", "show", "own-certificate-soon-over", "--rules", own).out
    assert "Decided by the check `certificate-expiring` with days = 365." in page


def test_show_is_the_generated_page() -> None:
    shown = mtlsaudit("rules", "show", "ingress-plaintext")
    page = (ROOT / "docs" / "rules" / "ingress" / "ingress-plaintext.md").read_text(encoding="utf-8")
    assert (shown.code, shown.err) == (0, "")
    assert page.endswith(shown.out)


def test_show_of_a_rule_that_is_not_there_names_those_near() -> None:
    result = mtlsaudit("rules", "show", "rotation-to-long")
    assert (result.code, result.out) == (2, "")
    assert "there is no rule 'rotation-to-long'" in result.err
    assert "rotation-interval-too-long" in result.err


def test_the_examples_of_the_program_pass() -> None:
    result = mtlsaudit("rules", "test")
    assert (result.code, result.err) == (0, "")
    assert re.fullmatch(r"\d+ rules, \d+ examples, 0 failed\n", result.out)


def test_a_rule_without_examples_fails_its_test(own: Path) -> None:
    result = mtlsaudit("rules", "test", own)
    assert (result.code, result.err) == (1, "")
    assert "FAILED own-host-foreign: has no examples" in result.out
    assert result.out.endswith("2 rules, 0 examples, 2 failed\n")


def test_examples_are_run_and_say_what_came_instead(own: Path) -> None:
    (own / "certificate" / "own-certificate-soon-over.yaml").unlink()
    file = own / "ingress" / "own-host-foreign.yaml"
    good = MTLS_INGRESS.replace("example.com", "example.org")
    file.write_text(OWN_RULE + examples(("fail", MTLS_INGRESS), ("pass", good), ("not-applicable", INGRESS_CLASS)))
    assert mtlsaudit("rules", "test", own) == Result(0, "1 rules, 3 examples, 0 failed\n", "")
    file.write_text(OWN_RULE + examples(("pass", MTLS_INGRESS), ("fail", "a: [")))
    result = mtlsaudit("rules", "test", own)
    assert result.code == 1
    assert "expected pass, got fail" in result.out
    assert "the manifests cannot be read" in result.out
    assert result.out.endswith("1 rules, 2 examples, 2 failed\n")


def test_own_rules_find_and_fail_the_run(own: Path, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(f"{MTLS_INGRESS}---\n{LONG_CERTIFICATE}", encoding="utf-8")
    options = ("--rules", own, "-f", "json", "--now", "2026-01-01", "--fail-on", "never")
    document = json.loads(mtlsaudit("scan", tmp_path / "shop.yaml", *options).out)
    found = {a["rule"]: a for a in document["assessments"]}
    assert found["own-host-foreign"]["outcome"] == "fail"
    assert found["own-host-foreign"]["message"] == "shop.example.com is not ours"
    assert found["own-certificate-soon-over"]["outcome"] == "unknown"
    plain = json.loads(mtlsaudit("scan", tmp_path / "shop.yaml", *options[2:]).out)
    assert plain["scan"]["rules_digest"] != document["scan"]["rules_digest"]


def test_an_own_check_takes_its_own_parameters(own: Path) -> None:
    case = ROOT / "rules" / "certificate" / "certificate-expiring.yaml"
    text = case.read_text(encoding="utf-8")
    block = text[text.index("examples:") :]
    head = text[: text.index("examples:")].replace("id: certificate-expiring", "id: own-certificate-soon-over")
    file = own / "certificate" / "own-certificate-soon-over.yaml"
    (own / "ingress" / "own-host-foreign.yaml").unlink()
    head = re.sub(r"(?m)^params:.*(?:\n .*)*\n", "", head)
    file.write_text(head + block, encoding="utf-8")
    assert mtlsaudit("rules", "test", own).code == 0
    file.write_text(head + "params: {days: 0}\n" + block, encoding="utf-8")
    result = mtlsaudit("rules", "test", own)
    assert result.code == 1
    assert "expected fail, got pass" in result.out


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("since:", "sinse:", 3, "unknown key 'sinse'"),
        ("[mode]", "[nope]", 9, "hop has no fact 'nope'"),
        ("{hop.host}", "{hop.nope}", 10, "hop.nope is no fact of hop"),
        ("{hop.host}", "{ingress.key}", 10, "ingress.key is no fact of hop"),
        ('hop.host.endsWith(".example.org")', "hop.nope", 8, "undeclared reference to 'hop.nope'"),
        ('hop.host.endsWith(".example.org")', "hop.host", 8, "'hop.host' is not a boolean expression"),
        ('hop.host.endsWith(".example.org")', "hop.host == 1", 8, "found no matching overload"),
        ('hop.kind == "client-to-entry"', "hop.kind ==", 7, "Syntax error"),
        ("severity: low", "severity: grave", 5, "unknown severity 'grave'"),
        ("subject: hop", "subject: hops", 4, "unknown subject 'hops'; there are backend, bundle,"),
        ("passes: ", "check: nope #", 8, "no check 'nope' for hop"),
        ("passes: ", "check: certificate-expired #", 8, "no check 'certificate-expired' for hop"),
        ("passes: ", "# ", 1, "a rule has either passes or check"),
        ("id: own-host-foreign", "id: other-name", 1, "equal to the file name 'own-host-foreign'"),
        ("remedy: Rename it.", "remedy: ''", 11, "remedy is missing"),
        ("remedy: Rename it.", "remedy: x\nparams: {days: 1}", 12, "params go with check"),
        ("remedy: Rename it.", "remedy: x\nreferences: there", 12, "a list is needed here, this is a string"),
        (
            "remedy: Rename it.",
            "remedy: x\nexamples: [{outcome: good, manifests: ''}]",
            12,
            "an example needs manifests",
        ),
        ("remedy: Rename it.", "remedy: x\nremedy: y", 12, "duplicate key 'remedy'"),
    ],
)
def test_a_wrong_rule_stops_everything_with_its_line(old: str, new: str, line: int, words: str, own: Path) -> None:
    file = own / "ingress" / "own-host-foreign.yaml"
    assert OWN_RULE.count(old) >= 1
    file.write_text(OWN_RULE.replace(old, new, 1), encoding="utf-8")
    result = mtlsaudit("scan", "examples/mtls-guide", "--rules", own)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"mtlsaudit: {file}:{line}: ")
    assert words in result.err


@pytest.mark.parametrize(
    ("params", "words"),
    [("weeks: 1", "unknown parameter 'weeks'; there are days"), ("days: many", "days must be a number")],
)
def test_wrong_parameters_of_a_check_are_refused(params: str, words: str, own: Path) -> None:
    file = own / "certificate" / "own-certificate-soon-over.yaml"
    file.write_text(OWN_CHECK.replace("days: 365", params), encoding="utf-8")
    result = mtlsaudit("rules", "list", "--rules", own)
    assert (result.code, result.out) == (2, "")
    assert re.fullmatch(rf"mtlsaudit: {re.escape(str(file))}:(8|9): {re.escape(words)}\n", result.err)


def test_an_id_that_comes_twice_is_refused_with_both_files(own: Path, tmp_path: Path) -> None:
    again = tmp_path / "more" / "trust" / "own-host-foreign.yaml"
    again.parent.mkdir(parents=True)
    again.write_text(OWN_RULE, encoding="utf-8")
    result = mtlsaudit("rules", "list", "--rules", own, "--rules", tmp_path / "more")
    first = own / "ingress" / "own-host-foreign.yaml"
    assert result == Result(2, "", f"mtlsaudit: {again}: the rule own-host-foreign is already in {first}\n")


def test_a_folder_that_is_no_family_and_a_file_that_is_no_map_are_refused(own: Path) -> None:
    file = own / "own" / "own-other-rule.yaml"
    file.parent.mkdir()
    file.write_text(OWN_RULE.replace("own-host-foreign", "own-other-rule"), encoding="utf-8")
    result = mtlsaudit("rules", "list", "--rules", own)
    assert (result.code, result.out) == (2, "")
    assert "the folder 'own' is none of the families ingress, gateway" in result.err
    file.write_text("- a\n", encoding="utf-8")
    assert mtlsaudit("rules", "list", "--rules", own).err == f"mtlsaudit: {file}:1: a rule is a map\n"
    file.write_text("id: [\n", encoding="utf-8")
    assert mtlsaudit("rules", "list", "--rules", own).err.startswith(f"mtlsaudit: {file}:2: ")


def test_a_rule_that_is_not_utf_8_is_refused_without_an_internal_error(own: Path) -> None:
    file = own / "ingress" / "own-host-foreign.yaml"
    file.write_bytes(OWN_RULE.encode() + b"# \xff\n")
    result = mtlsaudit("rules", "list", "--rules", own)
    assert (result.code, result.out) == (2, "")
    assert str(file) in result.err
