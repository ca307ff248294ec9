"""`mtlsaudit scan`: exit codes, formats, where things go, and what the world is taken to be."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import COMMAND, Result, environment, mtlsaudit
from tests.support.estates import INGRESS_CLASS, LONG_CERTIFICATE, MTLS_INGRESS, QUIET

NOW = ("--now", "2026-11-23T12:00:00Z")
GUIDE = "examples/mtls-guide"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "ingress.yaml").write_text(f"{INGRESS_CLASS}---\n{MTLS_INGRESS}", encoding="utf-8")
    return folder


@pytest.fixture
def quiet(tmp_path: Path) -> Path:
    file = tmp_path / "quiet.yaml"
    file.write_text(QUIET, encoding="utf-8")
    return file


def document(result: Result) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(result.out)
    return parsed


def client_hop(*arguments: str | Path) -> dict[str, Any]:
    result = mtlsaudit("scan", *arguments, "-f", "json", "--fail-on", "never")
    assert (result.code, result.err) == (0, "")
    (hop,) = [h for h in document(result)["hops"] if h["hop"] == "client-to-entry"]
    return dict(hop)


def test_exit_0_without_findings(quiet: Path) -> None:
    result = mtlsaudit("scan", quiet)
    assert (result.code, result.err) == (0, "")
    assert "FINDINGS  none" in result.out


def test_exit_1_with_findings_in_every_format() -> None:
    for form in ("table", "json", "sarif", "html", "markdown"):
        result = mtlsaudit("scan", GUIDE, "-f", form)
        assert (result.code, result.err) == (1, ""), form
        assert len(result.out) > 1000, form


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "nothing to scan: give PATHs"),
        ((GUIDE, "--nope"), "No such option"),
        ((GUIDE, "-f", "xml"), "'xml' is not one of 'table', 'json', 'sarif', 'html', 'markdown'"),
        ((GUIDE, "--fail-on", "bad"), "'bad' is not one of"),
        ((GUIDE, "--now", "yesterday"), "expected a date or time (ISO 8601)"),
        ((GUIDE, "--cert-manager-version", "newest"), "expected a version such as 1.18.2"),
        ((GUIDE, "--ingress-class", "nginx"), "expected CLASS=CONTROLLER"),
        ((GUIDE, "--ingress-class", "=x"), "expected CLASS=CONTROLLER"),
        ((GUIDE, "--max-file-size", "0"), "0 is not in the range"),
        ((GUIDE, "--assume-secrets", "bad"), "'bad' is not"),
        ((GUIDE, "--assume-controller", "bad"), "'bad' is not"),
        ((GUIDE, "-f", "json", "-f", "sarif"), "only one format can go to stdout"),
        ((GUIDE, "-f", "json", "-o", "-", "-f", "html", "-o", "-"), "only one format can go to stdout"),
        ((GUIDE, "-f", "json", "-o", "a", "-o", "b"), "more -o than -f"),
        ((GUIDE, "--config", "absent.yaml"), "mtlsaudit: absent.yaml: no such file"),
        ((GUIDE, "--rules", "absent"), "mtlsaudit: absent: no such directory of rules"),
    ],
    ids=lambda v: " ".join(v[1:]) or "none" if isinstance(v, tuple) else "",
)
def test_exit_2_for_wrong_usage_with_the_reason_on_stderr(arguments: tuple[str, ...], words: str) -> None:
    result = mtlsaudit("scan", *arguments)
    assert (result.code, result.out) == (2, "")
    assert words in " ".join(result.err.split())


def test_exit_2_for_a_command_that_does_not_exist() -> None:
    result = mtlsaudit("audit", GUIDE)
    assert (result.code, result.out) == (2, "")
    assert "No such command 'audit'" in result.err


def test_exit_2_for_an_output_that_cannot_be_written(tmp_path: Path) -> None:
    target = tmp_path / "absent" / "report.json"
    result = mtlsaudit("scan", GUIDE, "-f", "json", "-o", target)
    assert (result.code, result.out) == (2, "")
    assert result.err == f"mtlsaudit: {target}: No such file or directory\n"
    assert mtlsaudit("scan", GUIDE, "-f", "json", "-o", tmp_path).err == f"mtlsaudit: {tmp_path}: Is a directory\n"


def test_exit_3_when_nothing_could_be_audited(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("a: [\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    absent, empty = mtlsaudit("scan", tmp_path / "absent"), mtlsaudit("scan", tmp_path / "empty")
    nothing = mtlsaudit("scan", "-", stdin="")
    assert [(r.code, r.out) for r in (absent, empty, nothing)] == [(3, "")] * 3
    assert absent.err.endswith("absent: no such file or directory\n")
    assert "no YAML or JSON document in the input" in empty.err


def test_a_file_that_is_no_yaml_is_a_gap_with_its_line_and_exit_4_with_strict(quiet: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: 1\nb: [\n", encoding="utf-8")
    lenient, strict = mtlsaudit("scan", quiet, broken), mtlsaudit("scan", quiet, broken, "--strict")
    assert (lenient.code, strict.code) == (0, 4)
    assert f"{broken}:3: invalid-yaml: " in strict.out
    assert mtlsaudit("scan", quiet, "--strict").code == 0
    assert mtlsaudit("scan", quiet, tmp_path / "absent", "--strict").code == 4
    assert mtlsaudit("scan", GUIDE, broken, "--strict").code == 1


# The worst finding of each input, and the levels at which it fails the run.
LEVELS = ["critical", "high", "medium", "low", "info", "never"]


@pytest.mark.parametrize(("worst", "codes"), [("high", [0, 1, 1, 1, 1, 0]), ("medium", [0, 0, 1, 1, 1, 0])])
def test_fail_on_each_level(worst: str, codes: list[int], shop: Path) -> None:
    path: str | Path = GUIDE if worst == "high" else shop
    assert [mtlsaudit("scan", path, "--fail-on", level).code for level in LEVELS] == codes


def test_several_formats_go_to_their_files_in_pairs(tmp_path: Path) -> None:
    names = {form: tmp_path / f"report.{form}" for form in ("json", "sarif", "html", "markdown", "table")}
    arguments = [part for form, file in names.items() for part in ("-f", form, "-o", file)]
    result = mtlsaudit("scan", GUIDE, *NOW, *arguments)
    assert (result.code, result.out, result.err) == (1, "", "")
    assert json.loads(names["json"].read_text())["schema_version"] == "1.0"
    assert json.loads(names["sarif"].read_text())["version"] == "2.1.0"
    assert names["html"].read_text().lower().startswith("<!doctype html>")
    assert names["markdown"].read_text().startswith("#")
    assert names["table"].read_text().startswith("mtlsaudit 0.")
    for form, file in names.items():
        assert mtlsaudit("scan", GUIDE, *NOW, "-f", form).out == file.read_text(encoding="utf-8"), form


def test_the_last_format_without_a_file_goes_to_stdout(tmp_path: Path) -> None:
    result = mtlsaudit("scan", GUIDE, "-f", "sarif", "-o", tmp_path / "r.sarif", "-f", "json")
    assert document(result)["tool"]["name"] == "mtlsaudit"
    assert json.loads((tmp_path / "r.sarif").read_text())["version"] == "2.1.0"
    assert mtlsaudit("scan", GUIDE, "-o", tmp_path / "r.txt").out == ""
    assert (tmp_path / "r.txt").read_text().startswith("mtlsaudit 0.")


def test_stdin_is_scanned_and_named(shop: Path) -> None:
    result = mtlsaudit("scan", "-", "-f", "json", stdin=(shop / "ingress.yaml").read_text())
    assert document(result)["scan"]["sources"] == ["-"]
    assert {e["site"]["file"] for h in document(result)["hops"] for e in h["evidence"]} == {"<stdin>"}


def into_head(tmp_path: Path) -> list[str]:
    """What `| head -n 1` shows of a long report, and the exit code of the command."""
    many = "---\n".join(MTLS_INGRESS.replace("shop", f"shop{i}") for i in range(200))
    (tmp_path / "many.yaml").write_text(many, encoding="utf-8")
    script = f"'{COMMAND}' scan '{tmp_path}' -f json --all-outcomes | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment(), timeout=60)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_a_reader_that_goes_away_hears_no_complaint(tmp_path: Path) -> None:
    assert into_head(tmp_path)[0] == "{"


def test_a_reader_that_goes_away_does_not_look_like_findings(tmp_path: Path) -> None:
    assert into_head(tmp_path) == ["{", "141"]


def test_without_the_secret_and_the_controller_the_mode_is_unknown(shop: Path) -> None:
    hop = client_hop(shop)
    assert (hop["mode"], hop["client_auth"]) == ("unknown", None)
    assert "mutual" in hop["possible"]
    assert "Secret shop/client-ca" in {g["subject"] for g in hop["gaps"]}


def test_one_assumption_alone_is_not_enough(shop: Path) -> None:
    assert client_hop(shop, "--assume-secrets", "well-formed")["mode"] == "unknown"
    assert client_hop(shop, "--assume-controller", "defaults")["mode"] == "unknown"


def test_with_both_assumptions_it_is_mutual_and_assumed(shop: Path) -> None:
    hop = client_hop(shop, "--assume-secrets", "well-formed", "--assume-controller", "defaults")
    assert (hop["mode"], hop["basis"]) == ("mutual", "assumed")
    assert (hop["client_auth"], hop["plaintext"], hop["trust"]) == ("required", "redirected", "shop/client-ca")


def test_in_a_complete_input_the_missing_secret_does_not_exist(shop: Path) -> None:
    assert client_hop(shop, "--complete")["mode"] == "refused"
    result = mtlsaudit("scan", shop, "--complete")
    assert result.code == 1
    assert "complete input" in result.out.splitlines()[0]
    assert "ingress-auth-tls-secret-broken" in result.out
    assert "open world" in mtlsaudit("scan", shop).out.splitlines()[0]


def test_an_assumed_class_lets_assumptions_about_its_controller_decide(tmp_path: Path) -> None:
    (tmp_path / "ingress.yaml").write_text(MTLS_INGRESS, encoding="utf-8")
    assumed = ("--assume-secrets", "well-formed", "--assume-controller", "defaults")
    assert client_hop(tmp_path)["mode"] == "unknown"
    assert client_hop(tmp_path, "--ingress-class", "nginx=k8s.io/ingress-nginx", *assumed)["mode"] == "mutual"
    assert client_hop(tmp_path, "--ingress-class", "nginx=example.com/other", *assumed)["mode"] == "unknown"


def test_assumptions_stand_at_the_top_of_table_and_json(shop: Path) -> None:
    options = ("--assume-secrets", "well-formed", "--assume-controller", "defaults")
    options += ("--ingress-class", "public=k8s.io/ingress-nginx")
    table = mtlsaudit("scan", shop, *options).out.splitlines()
    sentences = document(mtlsaudit("scan", shop, *options, "-f", "json"))["scan"]["assumptions"]
    assert [any(word in s for s in sentences) for word in ("assume-secrets", "assume-controller", "public")] == [
        True
    ] * 3
    assert table[1 : 1 + len(sentences)] == [f"assumed: {s}" for s in sentences]
    policy = document(mtlsaudit("scan", shop, *options, "-f", "json"))["scan"]["policy"]
    assert (policy["assume_secrets"], policy["assume_controller"]) == ("well-formed", "defaults")
    assert policy["ingress_classes"] == {"public": "k8s.io/ingress-nginx"}


def test_objects_without_a_namespace_go_to_the_default_one() -> None:
    result = mtlsaudit("scan", GUIDE, "--default-namespace", "prod", "-f", "json")
    assert {h["entry"] for h in document(result)["hops"]} == {"prod/mtls-ingress"}
    assert document(result)["scan"]["default_namespace"] == "prod"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2026-01-02", "2026-01-02T00:00:00Z"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
    ],
)
def test_now_is_taken_in_utc(given: str, shown: str, quiet: Path) -> None:
    assert document(mtlsaudit("scan", quiet, "--now", given, "-f", "json"))["scan"]["now"] == shown


def test_the_release_of_cert_manager_decides_whether_keys_rotate() -> None:
    def rotates(version: str) -> set[object]:
        result = mtlsaudit("scan", GUIDE, "--cert-manager-version", version, "-f", "json")
        return {c["key_rotates"] for c in document(result)["certificates"]}

    assert [rotates("1.17.0"), rotates("1.18.2"), rotates("")] == [{False}, {True}, {None}]


def test_skip_leaves_paths_out(shop: Path) -> None:
    (shop / "certificate.yaml").write_text(LONG_CERTIFICATE, encoding="utf-8")
    seen = document(mtlsaudit("scan", shop, "--skip", "cert*.yaml", "-f", "json"))["coverage"]["resources"]
    assert seen == {"Ingress.networking.k8s.io": 1, "IngressClass.networking.k8s.io": 1}


def test_all_outcomes_lists_what_passes_too(shop: Path) -> None:
    few, all_ = (document(mtlsaudit("scan", shop, "-f", "json", *o)) for o in ((), ("--all-outcomes",)))
    assert {a["outcome"] for a in few["assessments"]} == {"fail", "unknown"}
    assert {a["outcome"] for a in all_["assessments"]} == {"fail", "unknown", "pass", "not-applicable"}
    assert few["summary"] == all_["summary"]


def test_a_file_over_the_limit_is_a_gap(quiet: Path, tmp_path: Path) -> None:
    big = tmp_path / "big.yaml"
    big.write_text("# x\n" * 300_000, encoding="utf-8")
    gaps = document(mtlsaudit("scan", quiet, big, "--max-file-size", "1", "-f", "json"))["coverage"]["gaps"]
    assert [(g["kind"], g["file"]) for g in gaps] == [("too-large", str(big))]


def test_options_can_come_from_the_environment(shop: Path) -> None:
    assert mtlsaudit("scan", shop).code == 0
    assert mtlsaudit("scan", shop, env={"MTLSAUDIT_SCAN_FAIL_ON": "medium"}).code == 1
    assert mtlsaudit("scan", shop, "--fail-on", "never", env={"MTLSAUDIT_SCAN_FAIL_ON": "info"}).code == 0
    assert mtlsaudit("scan", shop, "absent", env={"MTLSAUDIT_SCAN_STRICT": "1"}).code == 4
    scan = document(
        mtlsaudit(
            "scan",
            shop,
            env={
                "MTLSAUDIT_SCAN_FORMATS": "json",
                "MTLSAUDIT_SCAN_NOW": "2030-01-01",
                "MTLSAUDIT_SCAN_COMPLETE": "true",
                "MTLSAUDIT_SCAN_ASSUME_SECRETS": "well-formed",
            },
        )
    )["scan"]
    assert (scan["now"], scan["world"], scan["policy"]["assume_secrets"]) == (
        "2030-01-01T00:00:00Z",
        "closed",
        "well-formed",
    )
    wrong = mtlsaudit("scan", shop, env={"MTLSAUDIT_SCAN_FAIL_ON": "bad"})
    assert (wrong.code, wrong.out) == (2, "")
    assert "'bad' is not one of" in wrong.err


def on_a_terminal(shop: Path, extra: dict[str, str]) -> str:
    """What a terminal shows: `script` gives the command one."""
    command = ["script", "-qec", f"'{COMMAND}' scan '{shop}'", "/dev/null"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(extra), timeout=60)
    return done.stdout


def test_colour_only_on_a_terminal_and_never_with_no_color(shop: Path) -> None:
    assert "\x1b[" not in mtlsaudit("scan", shop).out
    assert "\x1b[33m" in on_a_terminal(shop, {"TERM": "xterm"})
    plain = on_a_terminal(shop, {"TERM": "xterm", "NO_COLOR": "1"})
    assert "FINDINGS" in plain
    assert "\x1b[" not in plain


def test_help_and_version_go_to_stdout() -> None:
    for arguments in (("--help",), ("-h",), ("scan", "--help"), ("rules", "list", "-h"), ("--version",)):
        result = mtlsaudit(*arguments)
        assert (result.code, result.err) == (0, ""), arguments
        assert result.out.startswith(("Usage: mtlsaudit", "mtlsaudit 0.")), arguments
    assert "/" not in mtlsaudit("--version").out
