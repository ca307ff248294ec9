"""`mtlsaudit whatif`: what a change of a CA breaks, in text and JSON, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.graph.test_trust import DECLARED, authority, certificate, leaf
from tests.support.command import mtlsaudit
from tests.support.objects import config, controller, ingress, ingress_class, manifests, secret, service

BASE = (ingress_class(), controller(), config(), service())


@pytest.fixture
def issued(tmp_path: Path) -> Path:
    """A root and another one in the bundle, and a client of each."""
    first, second = authority("first", 1), authority("second", 2)
    objects = (
        secret("first-ca", {"tls.crt": first.pem}),
        secret("client-ca", {"ca.crt": first.pem + second.pem}),
        secret("one", {"tls.crt": leaf(first, 11).pem}),
        secret("two", {"tls.crt": leaf(second, 12).pem}),
        ingress(annotations={"auth-tls-secret": "shop/client-ca"}),
    )
    file = tmp_path / "estate.yaml"
    file.write_text(manifests(*BASE, *objects), encoding="utf-8")
    return file


@pytest.fixture
def declared(tmp_path: Path) -> Path:
    """Nothing issued: issuers and Certificates as in a repository."""
    client = certificate("client", "ca", commonName="client", usages=["client auth"])
    file = tmp_path / "declared.yaml"
    annotations = {"auth-tls-secret": "shop/client-tls"}
    file.write_text(manifests(*BASE, *DECLARED, client, ingress(annotations=annotations)), encoding="utf-8")
    return file


@pytest.mark.parametrize("change", ["rotate", "remove-ca"])
def test_only_what_leans_on_the_ca_breaks(issued: Path, change: str) -> None:
    result = mtlsaudit("whatif", change, "shop/first-ca", issued, "--complete", "--now", "2026-11-23", "-f", "json")
    told = json.loads(result.out)
    assert result.code == 1
    assert [(h["certificate"], h["breaks"]) for h in told["handshakes"]] == [("Secret shop/one", True)]
    assert [b["id"] for b in told["bundles"]] == ["Secret shop/client-ca ca.crt"]
    assert told["change"] == change


def test_the_order_begins_with_the_new_ca_and_ends_with_the_old(issued: Path) -> None:
    steps = json.loads(mtlsaudit("whatif", "rotate", "shop/first-ca", issued, "-f", "json").out)["steps"]
    assert steps[0].startswith("Make the new CA beside the old one")
    assert "Secret shop/client-ca ca.crt" in steps[1]
    assert steps[-1].startswith("Take the old CA out of every bundle that a person writes: Secret shop/client-ca")


@pytest.mark.parametrize("name", ["shop/ca", "shop/ca-tls", "Issuer shop/ca"])
def test_a_ca_is_known_by_certificate_secret_and_issuer(declared: Path, name: str) -> None:
    result = mtlsaudit("whatif", "rotate", name, declared, "-f", "json")
    told = json.loads(result.out)
    assert (result.code, told["ca"]["secret"]) == (1, "shop/ca-tls")
    assert [(h["certificate"], h["basis"]) for h in told["handshakes"]] == [("Certificate shop/client", "inferred")]
    assert any("A controller writes these" in step for step in told["steps"])


def test_nothing_breaks_where_nobody_leans_on_it(issued: Path, tmp_path: Path) -> None:
    lonely = tmp_path / "lonely.yaml"
    lonely.write_text(manifests(secret("lone-ca", {"tls.crt": authority("lone", 5).pem})), encoding="utf-8")
    result = mtlsaudit("whatif", "remove-ca", "shop/lone-ca", issued, lonely)
    assert (result.code, "0 handshakes break" in result.out) == (0, True)


def test_a_name_that_is_no_ca_is_a_usage_error(issued: Path, tmp_path: Path) -> None:
    result = mtlsaudit("whatif", "rotate", "shop/nobody", issued)
    assert result.code == 2
    assert "no CA 'shop/nobody' in the input; there are shop/first-ca" in result.err
    assert mtlsaudit("whatif", "rotate", "shop/nobody", tmp_path / "missing").code == 3
