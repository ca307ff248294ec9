"""The inventory's formats, held to their own standards: RFC 4180, RFC 5545, CycloneDX 1.7."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import icalendar
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from mtlsaudit.model.report import Report
from mtlsaudit.output.inventory import FORMATS, renderer
from mtlsaudit.output.inventory.calendar_ics import _folded, _text
from mtlsaudit.output.inventory.comma_separated import COLUMNS
from mtlsaudit.output.inventory.rows import ORDERS, expiring, listed, ordered, rows_of
from mtlsaudit.output.inventory.table import render as table
from mtlsaudit.sources.certificate_files import read_certificates
from mtlsaudit.sources.harvest import Harvest
from tests.support.objects import ingress, ingress_class, manifests, meta, secret
from tests.support.pki import make
from tests.support.scanning import NOW, own_rules

START = datetime(2026, 10, 1, tzinfo=UTC)
CERTIFICATE = """apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: api, namespace: shop}
spec: {secretName: api-tls, issuerRef: {name: ca}, dnsNames: [api.example.com], duration: 2160h, renewBefore: 720h}
"""


@cache
def report() -> Report:
    """An Ingress with its certificate, one that cert-manager renews, a declared one, an expired one, a CA in two bundles, a file."""
    from mtlsaudit.model.rule import Policy
    from mtlsaudit.platforms import wanted
    from mtlsaudit.scan import Request, audit

    root = make("A root, with; commas", ca=True, number=1, start=START, days=3650)
    middle = make("middle", by=root, ca=True, number=2, start=START, days=365)
    leaf = make("leaf", by=middle, dns=["leaf.example.com"], number=3, start=START, days=90)
    shop = make("shop", dns=["shop.example.com"], number=4, start=START, days=90)
    api = make("api", dns=["api.example.com"], number=5, start=START, days=90)
    old = make(
        "=cmd()", dns=["ä.example.com".encode("idna").decode()], number=6, start=START - timedelta(days=200), days=90
    )
    trusted = make("clients", ca=True, number=7, start=START, days=1000)
    text = manifests(
        ingress_class(),
        ingress(),
        secret("shop-tls", {"tls.crt": shop.pem}),
        secret("api-tls", {"tls.crt": api.pem}),
        secret("old-tls", {"tls.crt": old.pem}),
        secret("client-ca", {"ca.crt": trusted.pem + api.pem}),
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("trust"), "data": {"ca.pem": trusted.pem}},
    )
    harvest = Harvest()
    harvest.add_text(
        f"{text}---\n{CERTIFICATE}---\n{CERTIFICATE.replace('name: api', 'name: later').replace('api-tls', 'later-tls')}",
        "shop.yaml",
    )
    harvest.parse(wanted)
    pem = (leaf.pem + middle.pem + root.pem + leaf.key_pem).encode()
    harvest.add_certificates(read_certificates(pem, "chain.pem"))
    return audit(harvest, Request(("shop.yaml",), NOW, Policy(), certificate_files=True), own_rules())


def rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(renderer("csv")(report()), newline="")))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_renders_the_same_bytes_twice(name: str) -> None:
    assert renderer(name)(report()) == renderer(name)(report())


def test_csv_has_a_line_for_each_certificate_and_text_that_no_spreadsheet_runs() -> None:
    found = {row["id"]: row for row in rows()}
    assert list(rows()[0]) == list(COLUMNS)
    assert set(found) == {e.id for e in listed(report())}
    assert renderer("csv")(report()).count("\r\n") == len(found) + 1
    api = found["Certificate shop/api"]
    assert (api["next_renewal"], api["not_after"], api["days_left"]) == (
        "2026-11-30T00:00:00Z",
        "2026-12-30T00:00:00Z",
        "36",
    )
    assert (api["managed_by"], api["renew_after_days"], api["state"]) == ("cert-manager", "60", "valid")
    old = found["Secret shop/old-tls"]
    assert (old["state"], old["subject"], old["managed_by"]) == ("expired", "CN==cmd()", "")
    assert found["Secret shop/shop-tls"]["used_by"] == "client → shop/shop for shop.example.com/"
    assert (found["File chain.pem#2"]["source"], found["File chain.pem#2"]["is_ca"]) == ("chain.pem#2", "true")
    assert found["Certificate shop/later"]["not_after"] == ""


@pytest.mark.parametrize(("raw", "cell"), [("=1+1", "'=1+1"), ("@x", "'@x"), ("-1", "'-1"), ("x=1", "x=1"), ("", "")])
def test_a_formula_gets_an_apostrophe(raw: str, cell: str) -> None:
    from mtlsaudit.output.inventory.comma_separated import _cell

    assert _cell(raw) == cell


def calendar() -> list[Any]:
    parsed = icalendar.Calendar.from_ical(renderer("ics")(report()))
    events = list(parsed.walk("VEVENT"))
    assert [e.errors for e in events if e.errors] == []
    return events


def test_the_calendar_has_each_expiry_and_renewal_at_its_time() -> None:
    by_summary = {str(e["SUMMARY"]): e for e in calendar()}
    renewal = by_summary["Certificate shop/api is due for renewal"]
    assert renewal.decoded("DTSTART") == datetime(2026, 11, 30, tzinfo=UTC)
    assert renewal.decoded("DTSTAMP") == NOW
    assert by_summary["Secret shop/old-tls expires"].decoded("DTSTART") == START - timedelta(days=110)
    dated = sum(e.not_after is not None for e in listed(report()))
    assert len(by_summary) == dated + 1
    assert not any("later" in s for s in by_summary)
    assert "Subject: CN=A root\\, with\\; commas" in str(by_summary["File chain.pem#3 expires"]["DESCRIPTION"])


def test_uids_are_unique_and_outlive_the_scan() -> None:
    from mtlsaudit.model.values import replace

    later = replace(report(), scan=replace(report().scan, now=NOW + timedelta(days=3)))
    one, two = (
        [e["UID"] for e in icalendar.Calendar.from_ical(renderer("ics")(r)).walk("VEVENT")] for r in (report(), later)
    )
    assert one == two
    assert len(set(one)) == len(one)


def test_lines_of_the_calendar_are_folded_at_75_octets_and_end_in_crlf() -> None:
    text = renderer("ics")(report())
    assert text.endswith("END:VCALENDAR\r\n")
    lines = text.split("\r\n")
    assert "\n" not in "".join(lines)
    assert max(len(line.encode()) for line in lines) == 75
    folded = _folded("SUMMARY:" + "ü" * 100)
    assert folded.replace("\r\n ", "") == "SUMMARY:" + "ü" * 100
    assert max(len(line.encode()) for line in folded.split("\r\n")) <= 75


def test_text_of_the_calendar_is_escaped() -> None:
    assert _text("a\\b;c,d\ne\x00\x7f\r\nf") == "a\\\\b\\;c\\,d\\ne\\nf"


def bom() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(renderer("cyclonedx")(report()))
    return parsed


def test_the_bom_is_valid_by_the_official_schema() -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_7)
    assert validator.validate_str(renderer("cyclonedx")(report())) is None
    wrong = bom()
    wrong["components"][0]["cryptoProperties"]["certificateProperties"]["nope"] = 1
    assert validator.validate_str(json.dumps(wrong)) is not None


def test_the_bom_has_each_issued_certificate_with_its_key_and_algorithm() -> None:
    parts = {c["bom-ref"]: c for c in bom()["components"]}
    issued = {e.sha256 for e in listed(report()) if e.sha256}
    assert {r.removeprefix("certificate/") for r in parts if r.startswith("certificate/")} == issued
    api = next(e for e in report().certificates if e.id == "Certificate shop/api")
    properties = parts[f"certificate/{api.sha256}"]["cryptoProperties"]["certificateProperties"]
    assert properties["notValidAfter"] == "2026-12-30T00:00:00Z"
    assert properties["certificateState"][0]["state"] == "active"
    key = parts[f"public-key/{api.spki_sha256}"]["cryptoProperties"]["relatedCryptoMaterialProperties"]
    assert (key["type"], key["size"]) == ("public-key", 256)
    algorithm = parts["algorithm/ECDSA-256-secp256r1"]["cryptoProperties"]["algorithmProperties"]
    assert (algorithm["ellipticCurve"], algorithm["classicalSecurityLevel"]) == ("nist/P-256", 128)
    signature = parts["algorithm/signature/ecdsa-with-sha256"]["cryptoProperties"]["algorithmProperties"]
    assert (signature["algorithmFamily"], signature["primitive"]) == ("ECDSA", "signature")
    assert {a["ref"] for a in properties["relatedCryptographicAssets"]} <= set(parts)
    refs = set(parts)
    assert all({d["ref"], *d["dependsOn"]} <= refs for d in bom()["dependencies"])
    occurrence = parts[f"certificate/{api.sha256}"]["evidence"]["occurrences"]
    assert occurrence[0]["location"] == "shop.yaml"


@pytest.mark.parametrize("width", [40, 80, 100, 120, 160])
def test_the_table_keeps_to_its_width_and_says_everything(width: int) -> None:
    lines = table(report(), width=width).split("FINDINGS")[0].splitlines()
    assert max(len(line) for line in lines[2:]) <= max(width, 60)
    text = " ".join(" ".join(lines).split())
    assert "CERTIFICATES 8: 1 expired, 6 valid, 1 not seen" in text
    for words in (
        "2026-11-30",
        "api.example.com",
        "Secret shop/old-tls",
        "└ #1 leaf",
        "└ #2 middle",
        "expired",
        "used by client",
    ):
        assert words in text, words
    assert "\x1b" not in "".join(lines)


def test_colour_is_only_there_when_asked_for_and_changes_no_word() -> None:
    import re

    coloured = table(report(), colour=True)
    assert "\x1b[1;31m2026-06-13\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == table(report())


def test_a_span_keeps_what_ends_within_it_and_what_has_ended() -> None:
    kept = [e.id for e in expiring(report(), timedelta(days=37)).certificates]
    assert kept == ["Certificate shop/api", "Secret shop/old-tls", "Secret shop/shop-tls", "File chain.pem#1"]
    assert [e.id for e in expiring(report(), timedelta()).certificates] == ["Secret shop/old-tls"]


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_keeps_every_certificate(order: str) -> None:
    assert sorted(e.id for e in ordered(report(), order).certificates) == sorted(e.id for e in report().certificates)


def test_orders_put_what_has_no_value_last() -> None:
    by_expiry = [e.id for e in ordered(report(), "expiry").certificates]
    assert (by_expiry[0], by_expiry[-1]) == ("Secret shop/old-tls", "Certificate shop/later")
    assert ordered(report(), "renewal").certificates[0].id == "Certificate shop/api"
    assert len(list(rows_of(report()))) == 8


def test_a_ca_that_only_bundles_hold_is_listed_once_with_its_places() -> None:
    (row,) = [r for r in rows_of(report()) if r.entry in report().bundled]
    assert (row.entry.id, row.entry.subject) == ("Secret shop/client-ca ca.crt#1", "CN=clients")
    part = next(c for c in bom()["components"] if c["bom-ref"] == f"certificate/{row.entry.sha256}")
    assert len(part["evidence"]["occurrences"]) == 2
    text = table(report())
    assert "IN BUNDLES AND CHAINS ONLY" in text
    assert "in 2 places" in text
    assert "bundled" not in renderer("json")(report())
