"""Nothing that a manifest, a certificate or the name of a file holds is obeyed by the terminal or the eye that reads a report."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from mtlsaudit.output import html, inventory, markdown, sarif, text
from mtlsaudit.output.explain import explain
from mtlsaudit.output.shown import shown, shown_lines
from mtlsaudit.output.text_paint import coloured
from tests.support.command import mtlsaudit
from tests.support.scanning import scan_text

_CLEAR, _CONCEAL, _TURN = "\x1b[2J", "\x1b[8m", "\u202e"
_MANIFEST = r"""
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: "shop\e[2J"
  annotations:
    nginx.ingress.kubernetes.io/auth-tls-secret: "a\e[2J\e[8mb\r\n\tz/\u202eevil\x9b1m"
    nginx.ingress.kubernetes.io/auth-tls-verify-client: "on\e]0;title\a"
    nginx.ingress.kubernetes.io/server-snippet: "return 200;\e[2J\u202e\n"
spec:
  rules:
    - host: "shop.example.com\e[1m"
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: "web\e[2J", port: {number: 80}}}}]}
"""
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("render", [text.render, markdown.render, html.render, sarif.render])
def test_no_format_passes_on_what_is_obeyed(render: object) -> None:
    report = scan_text(_MANIFEST, closed=True)
    assert any(_CLEAR in piece.value for a in report.assessments for piece in a.verdict.evidence)
    assert callable(render)
    out = render(report)
    assert not _OBEYED.findall(out)
    assert "x1b" in out


def test_a_coloured_table_has_our_colours_only() -> None:
    out = text.render(scan_text(_MANIFEST, closed=True), colour=True)
    codes = set(re.findall(r"\x1b\[([0-9;]*)(.)", out))
    assert codes <= {(code, "m") for code in ("0", "1;31", "2", "31", "32", "33", "36")}
    assert len(codes) > 2
    assert not re.search("[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202e]", out)


def test_an_explanation_and_an_inventory_are_harmless_too(tmp_path: Path) -> None:
    report = scan_text(_MANIFEST.replace(r"shop\e[2J", "shop"), closed=True)
    words = explain(report, "default/shop")
    assert words
    assert not _OBEYED.findall(words.replace("\n", ""))
    (tmp_path / f"a{_CLEAR}.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    done = mtlsaudit("certs", ".", cwd=tmp_path)
    assert r"a\x1b[2J.pem" in done.out
    assert not _OBEYED.findall(done.out + done.err)


def test_a_message_of_the_command_is_harmless(tmp_path: Path) -> None:
    done = mtlsaudit("scan", f"none{_CLEAR}", cwd=tmp_path)
    assert r"none\x1b[2J" in done.out + done.err
    assert not _OBEYED.findall(done.out + done.err)


def test_a_value_of_several_lines_stays_on_its_line() -> None:
    lines = text.render(scan_text(_MANIFEST, closed=True)).splitlines()
    assert any(line.endswith(r"= return 200;\x1b[2J\u202e\n") for line in lines)


def test_what_is_no_danger_stays() -> None:
    words = "Grüße, 世界 🔒 — “a”\ttab\nline"
    assert shown(words) == words
    assert list(shown_lines([coloured("critical", "1;31"), "a\tb", _CONCEAL])) == [
        "\x1b[1;31mcritical\x1b[0m",
        r"a\tb",
        r"\x1b[8m",
    ]
    assert shown(_TURN) == r"\u202e"


def test_formats_for_programs_keep_what_is_written_and_pass_no_control_character() -> None:
    report = scan_text(_MANIFEST, closed=True)
    for name in inventory.FORMATS:
        out = "".join(inventory.pieces(name, report))
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", out), name
    assert _TURN in "".join(inventory.pieces("json", report))


@pytest.mark.parametrize("name", ["table", "json", "sarif", "html", "markdown"])
def test_a_file_whose_name_is_no_text_is_reported(name: str, tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"bad\xff.yaml")).write_text(_MANIFEST, encoding="utf-8")
    except (OSError, UnicodeError):
        pytest.skip("the file system takes names in Unicode only")
    done = mtlsaudit("scan", ".", "-f", name, "-o", "out", "--fail-on", "never", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    out = (tmp_path / "out").read_text(encoding="utf-8")
    assert "bad" in out
    if name == "json":
        assert {g["site"]["file"] for a in json.loads(out)["assessments"] for g in a["evidence"]} == {"bad\udcff.yaml"}
    assert mtlsaudit("scan", ".", "-f", name, "--fail-on", "never", cwd=tmp_path).code == 0
