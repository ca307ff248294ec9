"""`mtlsaudit explain ENTRY PATH`: why a hop has its mode."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.command import Result, mtlsaudit
from tests.support.estates import INGRESS_CLASS, MTLS_INGRESS
from tests.support.objects import ingress, manifests, secret
from tests.support.pki import START, make

ASSUMED = ("--assume-secrets", "well-formed", "--assume-controller", "defaults")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    file = tmp_path / "shop.yaml"
    file.write_text(f"{MTLS_INGRESS}---\n{INGRESS_CLASS}", encoding="utf-8")
    return file


def test_it_says_the_mode_what_decided_and_where(shop: Path) -> None:
    result = mtlsaudit("explain", "shop/shop", shop, *ASSUMED)
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "client-to-entry: shop.example.com/ of shop/shop → shop/shop:80" or lines[0].startswith(
        "client-to-entry: shop.example.com/ of shop/shop"
    )
    assert "  mode       mutual" in lines
    assert "  basis      assumed" in lines
    assert "  client     required" in lines
    assert "  plaintext  redirected" in lines
    secret = "metadata.annotations['nginx.ingress.kubernetes.io/auth-tls-secret'] = shop/client-ca"
    assert any(line.endswith(f"{shop}:7  {secret}") for line in lines)


def test_what_is_missing_is_said_with_what_it_could_be(shop: Path) -> None:
    out = mtlsaudit("explain", "shop/shop", shop).out
    assert "  mode       unknown: could be mutual or " in out
    assert "    missing                      the Secret shop/client-ca is not in the input" in out


def test_a_host_names_the_same_hops_as_the_entry(shop: Path) -> None:
    assert mtlsaudit("explain", "shop.example.com", shop).out == mtlsaudit("explain", "shop/shop", shop).out


def test_findings_of_the_hop_are_named() -> None:
    out = mtlsaudit("explain", "default/mtls-ingress", "examples/mtls-guide").out
    assert "    finding                      high ingress-mtls-plaintext-bypass" in out
    assert out.count("entry-to-service: ") == 1


def test_the_current_directory_is_the_default(shop: Path) -> None:
    assert (
        mtlsaudit("explain", "shop/shop", cwd=shop.parent).out
        == mtlsaudit("explain", "shop/shop", ".", cwd=shop.parent).out
    )
    assert "shop.yaml:7 " in mtlsaudit("explain", "shop/shop", cwd=shop.parent).out


def test_it_reads_stdin(shop: Path) -> None:
    out = mtlsaudit("explain", "shop/shop", "-", stdin=shop.read_text(encoding="utf-8")).out
    assert "<stdin>:7 " in out


def test_an_entry_that_is_not_there_is_refused_with_those_that_are(shop: Path) -> None:
    result = mtlsaudit("explain", "shop/nope", shop)
    assert (result.code, result.out) == (2, "")
    assert "no entry or host 'shop/nope' in the input; entries: shop/shop" in result.err


def test_nothing_to_audit_is_3(tmp_path: Path) -> None:
    result = mtlsaudit("explain", "shop/shop", tmp_path)
    assert result == Result(3, "", "mtlsaudit: nothing could be audited: no YAML or JSON document in the input\n")


def test_the_configuration_counts_here_too(shop: Path) -> None:
    (shop.parent / "mtlsaudit.yaml").write_text("assume-secrets: well-formed\nassume-controller: defaults\n")
    assert "  mode       mutual" in mtlsaudit("explain", "shop/shop", shop).out


def test_each_hop_shows_its_own_side_alone() -> None:
    out = mtlsaudit("explain", "default/mtls-ingress", "examples/mtls-guide-hardened").out
    client, service = out.split("\n\n")[:2]
    assert ("what TLS asks of a client" in client, "how the Service is spoken to" in client) == (True, False)
    assert ("what TLS asks of a client" in service, "how the Service is spoken to" in service) == (False, True)


def test_the_places_that_verify_show_whom_they_meet_and_what_is_missing() -> None:
    out = mtlsaudit("explain", "default/mtls-ingress", "examples/mtls-guide-hardened").out
    assert "trust: Ingress default/mtls-ingress auth-tls-secret verifies clients (openssl-like)" in out
    assert "  accepts    Secret default/client-ca-key-pair" in out
    assert "  meets      Certificate default/client-cert: " in out
    assert "    openssl-like     not known, by what is declared" in out


def test_chains_are_drawn_with_the_certificate_at_fault(tmp_path: Path) -> None:
    ca = make("ca", ca=True, usages=["key_cert_sign"], days=3650)
    good, late = (
        make(name, by=ca, number=n, days=days, eku=["client"]) for n, name, days in ((1, "good", 90), (2, "late", 10))
    )
    estate = manifests(
        ingress(annotations={"auth-tls-secret": "shop/client-ca"}),
        secret("client-ca", {"ca.crt": ca.pem}),
        secret("good", {"tls.crt": good.pem}),
        secret("late", {"tls.crt": late.pem}),
    )
    (tmp_path / "shop.yaml").write_text(estate, encoding="utf-8")
    out = mtlsaudit("explain", "shop/shop", tmp_path, "--now", (START + timedelta(days=20)).isoformat()).out
    assert "    openssl-like     holds: CN=good → CN=ca ✓" in out
    assert "    openssl-like     fails: ✗ CN=late → CN=ca" in out
    assert "      breaks: expired on 2026-01-11" in out
