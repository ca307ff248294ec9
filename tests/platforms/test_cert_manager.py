"""cert-manager: when it renews, by its own function's results; windows; releases; what ingress-shim does not make."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from mtlsaudit.decode.reader import identify
from mtlsaudit.model.origin import FileOrigin
from mtlsaudit.platforms.cert_manager.admission import review
from mtlsaudit.platforms.cert_manager.duration import format_duration, parse_duration
from mtlsaudit.platforms.cert_manager.lifecycle import renew_after
from mtlsaudit.platforms.cert_manager.objects import decode_certificate
from mtlsaudit.platforms.cert_manager.windows import BadSchedule, Window, into_window, longest_wait, parse_schedule
from tests.support.pki import make
from tests.support.scanning import failed, scan_text

ORACLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "cert-manager-renewal-time.json"


@pytest.mark.skipif(not ORACLE.is_file(), reason="the shared data is not beside this checkout")
def test_the_renewal_time_is_that_of_the_real_function() -> None:
    cases: list[dict[str, Any]] = json.loads(ORACLE.read_text())
    assert len(cases) == 120
    for case in cases:
        begin, end = (datetime.fromisoformat(case[k]) for k in ("not_before", "not_after"))
        before = parse_duration(case["renew_before"]) if case["renew_before"] else None
        after = renew_after(end - begin, before, case["renew_before_percentage"])
        assert (begin + after).replace(microsecond=0) == datetime.fromisoformat(case["renewal_time"]), case


@pytest.mark.parametrize(
    ("version", "days"), [(None, 72), ((1, 15, 0), 60), ((1, 16, 2), 18), ((1, 16, 3), 72), ((1, 21, 0), 72)]
)
def test_a_percentage_means_what_the_release_makes_of_it(version: tuple[int, int, int] | None, days: int) -> None:
    assert renew_after(timedelta(days=90), None, 20, version) == timedelta(days=days)


def test_a_percentage_of_a_long_life_overflowed_until_1_21() -> None:
    life = timedelta(days=3650)
    assert renew_after(life, None, 50, (1, 21, 0)) == timedelta(days=1825)
    assert renew_after(life, None, 50, (1, 20, 0)) != timedelta(days=1825)


@pytest.mark.parametrize(
    ("text", "shown"), [("720h", "720h0m0s"), ("90m", "1h30m0s"), ("1.5s", "1.5s"), ("5m", "5m0s")]
)
def test_durations_are_written_as_go_writes_them(text: str, shown: str) -> None:
    span = parse_duration(text)
    assert span is not None
    assert format_duration(span) == shown


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "zone", "after", "found"),
    [
        ("0 3 * * 0", "", "2026-11-23 12:00", "2026-11-29 03:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-03-28 12:00", "2026-03-30 00:30"),  # 02:30 is not there on the 29th
        ("0 0 13 * fri", "", "2026-11-14 00:00", "2026-11-20 00:00"),  # either day
        ("0 0 */2 * mon", "", "2026-11-23 12:00", "2026-11-25 00:00"),  # */2 restricts, so either day again
        ("@monthly", "", "2026-11-23 12:00", "2026-12-01 00:00"),
    ],
)
def test_a_window_opens_when_robfig_cron_says(cron: str, zone: str, after: str, found: str) -> None:
    assert parse_schedule(cron, zone).next(at(after)) == at(found)


@pytest.mark.parametrize(
    "cron", ["", "* * * *", "60 * * * *", "* * * * 7", "*/0 * * * *", "a * * * *", "5-1 * * * *", "@never"]
)
def test_what_is_no_schedule_is_refused(cron: str) -> None:
    with pytest.raises(BadSchedule):
        parse_schedule(cron, "")


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadSchedule, match="time zone"):
        parse_schedule("@daily", "Mars/Olympus")


def test_a_renewal_waits_for_a_window_and_stays_in_one() -> None:
    nightly = (Window("0 2 * * *", "", timedelta(hours=2), ()),)
    life = (at("2026-10-01 00:00"), at("2026-12-30 00:00"))
    assert into_window(at("2026-11-30 03:00"), nightly, *life) == at("2026-11-30 03:00")
    assert into_window(at("2026-11-30 05:00"), nightly, *life) == at("2026-12-01 02:00")
    yearly = (Window("0 0 1 8 *", "", timedelta(hours=1), ()),)
    assert into_window(at("2026-11-30 05:00"), yearly, *life) is None


def test_the_longest_wait_is_found_or_left_open() -> None:
    assert longest_wait((Window("0 2 * * *", "", timedelta(hours=2), ()),), at("2026-01-01 00:00")) == timedelta(
        hours=22
    )
    assert longest_wait((Window("* * * 8 *", "", timedelta(seconds=1), ()),), at("2026-01-01 00:00")) is None


@pytest.mark.parametrize(
    ("label", "expected"), [("cert-manager.io/next-private-key", []), ("shop.example.com/copy", [1])]
)
def test_the_key_of_an_issue_under_way_is_no_copy(label: str, expected: list[int]) -> None:
    made = make("shop", dns=["shop.example.com"], number=930)

    def secret(name: str, labels: dict[str, str], data: dict[str, str]) -> str:
        meta = {"name": name, "namespace": "shop", "labels": labels}
        return yaml.safe_dump({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": data})

    staged = secret("shop-x7k2p", {label: "true"}, {"tls.key": made.key_pem})
    report = scan_text(staged + "---\n" + secret("shop-tls", {}, {"tls.crt": made.pem, "tls.key": made.key_pem}))
    assert [len(subjects) for rule, subjects in failed(report).items() if rule == "certificate-replicated"] == expected


def _ingress(annotations: dict[str, str], secrets: tuple[str, ...] = ("web",)) -> str:
    blocks = [{"hosts": [f"h{n}.example.com"], "secretName": name} for n, name in enumerate(secrets)]
    meta = {
        "name": "web",
        "namespace": "shop",
        "annotations": {f"cert-manager.io/{k}": v for k, v in annotations.items()},
    }
    return yaml.safe_dump(
        {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta, "spec": {"tls": blocks}}
    )


@pytest.mark.parametrize(
    ("annotations", "why"),
    [
        ({"issuer": ""}, "names no issuer"),
        ({"issuer": "ca", "cluster-issuer": "ca"}, "may not stand beside"),
        ({"cluster-issuer": "ca", "issuer-group": "cert-manager.io"}, "may not stand beside"),
        ({"issuer": "ca", "private-key-algorithm": "rsa"}, "none of RSA"),
        ({"issuer": "ca", "private-key-size": "256"}, "no size for RSA"),
        ({"issuer": "ca", "private-key-encoding": "DER"}, "none of PKCS1"),
        ({"issuer": "ca", "revision-history-limit": "0"}, "no positive number"),
        ({"issuer": "ca", "renew-before-percentage": "2147483648"}, "no whole number"),
        ({"issuer": "ca", "subject-organizations": 'a"b'}, "comma-separated"),
        ({"issuer": "ca", "subject-countries": ""}, "comma-separated"),
        ({"issuer": "ca", "secret-template": '{"type": "x"}'}, "alone"),
        ({"issuer": "ca", "secret-template": '{"annotations": {"cert-manager.io/x": "y"}}'}, "of cert-manager.io"),
        ({"issuer": "ca", "usages": "client auth,"}, "unknown usage ''"),
    ],
)
def test_ingress_shim_makes_nothing_of_a_bad_annotation(annotations: dict[str, str], why: str) -> None:
    report = scan_text(_ingress(annotations), closed=True)
    assert [entry.id for entry in report.certificates] == []
    assert [why in n.because for n in report.not_made] == [True]


@pytest.mark.parametrize(
    "annotations",
    [
        {"issuer": "ca", "issuer-kind": "Other", "issuer-group": "other.example.com"},
        {"cluster-issuer": "ca", "private-key-algorithm": "ECDSA", "private-key-size": "256"},
        {"issuer": "ca", "subject-organizations": '"a, b",c', "secret-template": "null"},
        {"issuer": "ca", "usages": "client auth, server auth", "secret-template": '{"labels": {"a": "b"}}'},
    ],
)
def test_ingress_shim_makes_a_certificate_of_good_annotations(annotations: dict[str, str]) -> None:
    report = scan_text(_ingress(annotations), closed=True)
    assert [entry.id for entry in report.certificates] == ["Certificate shop/web"]
    assert report.not_made == ()


def test_one_secret_in_two_entries_drops_the_whole_ingress() -> None:
    report = scan_text(_ingress({"issuer": "ca"}, ("web", "web", "other")), closed=True)
    assert len(report.certificates) == 0
    assert len(report.not_made) == 3


def test_a_subject_is_written_as_the_certificate_will_show_it() -> None:
    subject = {"organizations": ["b", "a, x", "a"], "localities": ["l"], "provinces": ["p"], "countries": ["DE"]}
    spec = {"secretName": "x", "commonName": "shop", "subject": subject, "issuerRef": {"name": "ca"}}
    meta = {"name": "x", "namespace": "shop"}
    text = yaml.safe_dump({"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": meta, "spec": spec})
    assert [e.subject for e in scan_text(text).certificates] == [r"CN=shop,O=a+O=b+O=a\, x,L=l,ST=p,C=DE"]


def _refused(**spec: Any) -> list[str]:
    """The fields that the webhook refuses."""
    written = {"secretName": "shop-tls", "issuerRef": {"name": "ca"}, "dnsNames": ["shop.example.com"], **spec}
    body = {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "shop"}, "spec": written}
    resource = identify(body, FileOrigin("shop.yaml", 0), "default", frozenset())
    assert resource is not None
    return [error.split(": ")[0] for error in review(decode_certificate(resource)).errors]


@pytest.mark.parametrize(
    ("good", "bad", "fields"),
    [
        ({"literalSubject": "CN=shop,O=Example"}, {"literalSubject": "cn=shop"}, ["spec.literalSubject"]),
        ({"literalSubject": "2.5.4.3=shop"}, {"literalSubject": "CN=shop,"}, ["spec.literalSubject"]),
        ({"literalSubject": "CN=a\\,b"}, {"literalSubject": "CN=a\\zz"}, ["spec.literalSubject"]),
        ({"commonName": "shop"}, {"commonName": "shop", "literalSubject": "CN=shop"}, ["spec.commonName"]),
        ({}, {"literalSubject": f"CN={'x' * 65}"}, ["spec.commonName"]),
        (
            {"isCA": True, "nameConstraints": {"permitted": {"dnsDomains": ["example.com"]}}},
            {"nameConstraints": {}},
            ["spec.nameConstraints", "spec.nameConstraints"],
        ),
        (
            {"keystores": {"jks": {"create": True, "passwordSecretRef": {"name": "s", "key": "k"}}}},
            {"keystores": {"jks": {"create": True}, "pkcs12": {"create": True, "password": ""}}},
            ["spec.keystores.jks", "spec.keystores.pkcs12.password"],
        ),
        (
            {"secretTemplate": {"annotations": {"cert-manager.io/allow-direct-injection": "true"}}},
            {"secretTemplate": {"annotations": {"cert-manager.io/x": ""}, "labels": {"a/": "-"}}},
            ["spec.secretTemplate.labels"] * 3 + ["spec.secretTemplate.annotations"],
        ),
        (
            {"additionalOutputFormats": [{"type": "DER"}]},
            {"additionalOutputFormats": [{"type": "DER"}] * 2},
            ["spec.additionalOutputFormats[type]"],
        ),
        (
            {"otherNames": [{"oid": "1.2.3", "utf8Value": "a"}]},
            {"otherNames": [{"oid": "x"}]},
            ["spec.otherNames[0].oid", "spec.otherNames[0].utf8Value"],
        ),
        ({"emailAddresses": ["a@[1.2.3.4]"]}, {"emailAddresses": ["a..b@c"]}, ["spec.emailAddresses[0]"]),
        ({"ipAddresses": ["fe80::1"]}, {"ipAddresses": ["fe80::1%eth0"]}, ["spec.ipAddresses[0]"]),
    ],
)
def test_the_webhook_looks_at_rare_fields_too(good: dict[str, Any], bad: dict[str, Any], fields: list[str]) -> None:
    assert _refused(**good) == []
    assert _refused(**bad) == fields
