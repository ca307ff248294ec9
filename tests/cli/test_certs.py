"""`mtlsaudit certs`: manifests and files of certificates, exit codes, formats, filters, time travel."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
from pathlib import Path

import jsonschema
import pytest

from tests.support.command import COMMAND, ROOT, Result, environment, mtlsaudit
from tests.support.objects import manifests, secret
from tests.support.pki import key_windows, make, pem_of

NOW = ("--now", "2026-02-01")
STORE = Path("/etc/ssl/certs/ca-certificates.crt")
CA = make("ca", ca=True, usages=["key_cert_sign", "crl_sign"], number=1, days=3650)
LEAF = make(
    "leaf", by=CA, dns=["leaf.example.com"], usages=["digital_signature"], eku=["server"], number=2, ca=False, days=89
)
OTHER = make(
    "other", by=CA, dns=["other.example.com"], usages=["digital_signature"], eku=["server"], number=3, ca=False
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "chain.pem").write_text(LEAF.pem + CA.pem)
    (tmp_path / "chain.key").write_text(LEAF.key_pem)
    (tmp_path / "shop.yaml").write_text(manifests(secret("shop-tls", {"tls.crt": OTHER.pem})))
    return tmp_path


def listed(result: Result) -> list[str]:
    return [row["id"] for row in csv.DictReader(io.StringIO(result.out, newline=""))]


def test_files_and_manifests_come_in_one_list(folder: Path) -> None:
    result = mtlsaudit("certs", ".", *NOW, "-f", "csv", cwd=folder)
    assert (result.code, result.err) == (0, "")
    assert listed(result) == ["Secret shop/shop-tls", "File chain.pem#1", "File chain.pem#2"]


def test_exit_codes_are_those_of_scan(folder: Path) -> None:
    assert mtlsaudit("certs", folder, *NOW).code == 0
    assert mtlsaudit("certs", folder, "--now", "2026-03-10", "--fail-on", "medium").code == 1
    expired = mtlsaudit("certs", "chain.pem", "--now", "2027-03-01", cwd=folder)
    assert expired.code == 1
    assert "chain.pem#1 expired on 2026-03-31, 335 days ago" in expired.out
    assert mtlsaudit("certs", folder / "chain.pem", "--now", "2027-03-01", "--fail-on", "never").code == 0
    assert mtlsaudit("certs", folder / "chain.pem", folder / "absent", *NOW, "--strict").code == 4
    nothing = mtlsaudit("certs", folder / "absent")
    assert (nothing.code, nothing.out) == (3, "")
    assert "no such file or directory" in nothing.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "nothing to scan: give PATHs"),
        ((".", "-f", "xml"), "'xml' is not one of 'table', 'json', 'csv', 'cyclonedx', 'ics'"),
        ((".", "--expires-within", "30"), "expected a span such as 30d, 12h or 6w"),
        ((".", "--expires-within", "999999d"), "expected a span"),
        ((".", "--sort", "colour"), "'colour' is not one of"),
        ((".", "--password-file", "absent"), "'absent' does not exist"),
        ((".", "-f", "json", "-f", "csv"), "only one format can go to stdout"),
    ],
)
def test_exit_2_for_wrong_usage(arguments: tuple[str, ...], words: str) -> None:
    result = mtlsaudit("certs", *arguments)
    assert (result.code, result.out) == (2, "")
    assert words in " ".join(result.err.split())


def test_several_formats_go_to_their_files(folder: Path, tmp_path: Path) -> None:
    pairs = [(f, tmp_path / f"out.{f}") for f in ("table", "json", "csv", "cyclonedx", "ics", "sarif", "html")]
    options = [o for name, file in pairs for o in ("-f", name, "-o", str(file))]
    result = mtlsaudit("certs", folder / "chain.pem", *options, *NOW)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert all(file.stat().st_size > 300 for _, file in pairs)
    assert b"\r\nEND:VCALENDAR\r\n" in (tmp_path / "out.ics").read_bytes()


def test_the_json_is_that_of_a_scan_and_fits_its_schema(folder: Path) -> None:
    report = json.loads(mtlsaudit("certs", ".", *NOW, "-f", "json", cwd=folder).out)
    schema = json.loads((ROOT / "mtlsaudit/data/report-v1.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(report)
    sources = [c.get("source") for c in report["certificates"]]
    assert sources == [None, "chain.pem#1", "chain.pem#2"]
    alone = json.loads(mtlsaudit("certs", "chain.pem", *NOW, "-f", "json", cwd=folder).out)
    jsonschema.Draft202012Validator(schema).validate(alone)
    assert (alone["coverage"]["files"], alone["coverage"]["documents"]) == (1, 0)


def test_the_page_of_files_alone_is_headed_by_their_number(folder: Path) -> None:
    page = mtlsaudit("certs", "chain.pem", *NOW, "-f", "html", cwd=folder).out
    assert "<title>2 certificates: 2 valid – mtlsaudit</title>" in page
    assert "No hops were found –" not in page


def test_a_second_run_gives_the_same_bytes(folder: Path) -> None:
    for form in ("table", "json", "csv", "cyclonedx", "ics"):
        assert mtlsaudit("certs", folder, *NOW, "-f", form).out == mtlsaudit("certs", folder, *NOW, "-f", form).out


def test_the_list_is_filtered_and_sorted_but_everything_is_judged(folder: Path) -> None:
    soon = mtlsaudit(
        "certs", ".", "--now", "2026-03-20", "--expires-within", "30d", "--sort", "expiry", "-f", "csv", cwd=folder
    )
    assert listed(soon) == ["File chain.pem#1", "Secret shop/shop-tls"]
    by_name = mtlsaudit("certs", ".", *NOW, "--sort", "name", "-f", "csv", cwd=folder)
    assert listed(by_name) == ["File chain.pem#1", "File chain.pem#2", "Secret shop/shop-tls"]
    none = mtlsaudit("certs", ".", "--now", "2026-03-20", "--expires-within", "1h", "--fail-on", "medium", cwd=folder)
    assert "CERTIFICATES  0" in none.out
    assert none.code == 1
    assert "certificate-expiring" in none.out


def test_certificates_come_from_stdin(folder: Path) -> None:
    result = mtlsaudit("certs", "-", *NOW, "-f", "csv", stdin=LEAF.pem)
    assert listed(result) == ["File <stdin>#1"]
    assert listed(mtlsaudit("certs", "-", *NOW, "-f", "csv", stdin=(folder / "shop.yaml").read_text())) == [
        "Secret shop/shop-tls"
    ]


def test_a_key_of_another_certificate_is_found_by_its_public_half(tmp_path: Path) -> None:
    (tmp_path / "tls.crt").write_text(LEAF.pem)
    (tmp_path / "tls.key").write_text(pem_of(OTHER.key))
    result = mtlsaudit("certs", ".", *NOW, cwd=tmp_path)
    assert result.code == 1
    assert "tls.key: its private key belongs to no certificate in tls.crt" in result.out
    (tmp_path / "tls.key").write_text(LEAF.key_pem)
    result = mtlsaudit("certs", ".", *NOW, cwd=tmp_path)
    assert result.code == 0
    assert "1 private key (not kept; belongs to tls.crt#1)" in result.out


@pytest.mark.parametrize("form", ["table", "json", "csv", "cyclonedx", "ics", "sarif", "html"])
def test_nothing_of_a_private_key_is_in_any_format(folder: Path, form: str) -> None:
    (folder / "both.pem").write_text(LEAF.key_pem + LEAF.pem)
    (folder / "broken.key").write_text(LEAF.key_pem.replace("-----END PRIVATE KEY-----", ""))
    (folder / "glued.pem").write_text(LEAF.key_pem.replace("-----END PRIVATE KEY-----\n", "") + LEAF.pem)
    result = mtlsaudit("certs", folder, *NOW, "-f", form, "--fail-on", "never")
    shown = result.out + result.err
    assert len(result.out) > 300
    assert [piece for piece in key_windows(LEAF) if piece in shown] == []


def test_only_rules_of_certificates_are_run(tmp_path: Path) -> None:
    guide = ROOT / "examples" / "mtls-guide"
    report = json.loads(mtlsaudit("certs", guide, *NOW, "-f", "json", "--fail-on", "never").out)
    families = {p.stem: p.parent.name for p in (ROOT / "rules").rglob("*.yaml")}
    assert {families[a["rule"]] for a in report["assessments"]} <= {"certificate", "rotation", "trust", "secrets"}


def test_the_width_is_that_of_the_terminal(folder: Path) -> None:
    for columns in (60, 80, 160):
        result = mtlsaudit("certs", ".", *NOW, env={"COLUMNS": str(columns)}, cwd=folder)
        head = result.out.split("FINDINGS")[0]
        assert max(map(len, head.splitlines())) <= columns
    assert "EVERY" in result.out


@pytest.mark.skipif(not STORE.is_file(), reason="this machine has no trust store")
def test_the_trust_store_of_this_machine_reads_well() -> None:
    result = mtlsaudit("certs", STORE, "-f", "json", "--fail-on", "never")
    assert (result.code, result.err) == (0, "")
    report = json.loads(result.out)
    wanted = STORE.read_text().count("BEGIN CERTIFICATE")
    assert len(report["certificates"]) == wanted > 50
    assert all(c["not_after"] and c["key"]["algorithm"] for c in report["certificates"])
    assert [a["rule"] for a in report["assessments"] if a["severity"] == "critical"] == []


def test_a_closed_pipe_is_no_error(folder: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [str(COMMAND), "certs", str(folder), *NOW], stdout=writing, stderr=subprocess.PIPE, env=environment()
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize(("days", "found"), [(90, False), (200, True)])
@pytest.mark.parametrize("apart", [False, True])
def test_the_ca_above_a_certificate_of_a_file_may_stand_in_the_same_file_or_in_another(
    tmp_path: Path, days: int, found: bool, apart: bool
) -> None:
    root = make("root", ca=True, usages=["key_cert_sign"], days=100)
    leaf = make("leaf", by=root, number=1, days=days)
    older = make("root", ca=True, usages=["key_cert_sign"], days=80)
    (tmp_path / "chain.pem").write_text(leaf.pem + ("" if apart else root.pem), encoding="utf-8")
    (tmp_path / "ca.pem").write_text(older.pem + root.pem, encoding="utf-8")
    report = json.loads(mtlsaudit("certs", ".", "-f", "json", "--now", "2026-01-02", cwd=tmp_path).out)
    told = [(a["outcome"], a["subject"]) for a in report["assessments"] if a["rule"] == "certificate-outlives-ca"]
    assert told == ([("fail", "File chain.pem#1")] if found else [])


def test_certificates_of_a_ca_that_was_not_seen_are_told_once(tmp_path: Path) -> None:
    root, forged = make("root", ca=True, usages=["key_cert_sign"]), make("root", ca=True, number=5)
    for number in (1, 2, 3):
        (tmp_path / f"{number}.pem").write_text(make("leaf", by=root, number=number).pem, encoding="utf-8")
    (tmp_path / "ca.pem").write_text(forged.pem, encoding="utf-8")
    done = mtlsaudit("certs", ".", "--now", "2026-01-02", cwd=tmp_path).out
    assert done.count("no CA in the input is known to have signed as CN=root") == 1
