"""cert-manager as a client of Vault, Venafi and ACME servers: what it verifies them with."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest

from mtlsaudit.model.chain import Engine
from mtlsaudit.model.report import Report
from mtlsaudit.model.trust import Verifier
from tests.graph.test_trust import authority, issuer
from tests.support.objects import manifests, secret
from tests.support.scanning import NOW, failed, scan_text

ROOT = authority()
EXPIRED = authority("gone", 5, start=NOW - timedelta(days=30), days=10)


def encoded(pem: str) -> str:
    return base64.b64encode(pem.encode()).decode()


def verifiers(report: Report) -> list[Verifier]:
    return [v for v in report.trust.verifiers if v.kind == "issuer-server"]


def scanned(*objects: dict[str, Any]) -> Report:
    return scan_text(manifests(*objects), closed=True)


@pytest.mark.parametrize(
    "spec",
    [
        lambda b: {"vault": {"server": "https://vault.example.com", "path": "pki/sign/a", "caBundle": b}},
        lambda b: {"venafi": {"zone": "a", "tpp": {"url": "https://tpp.example.com", "caBundle": b}}},
        lambda b: {"acme": {"server": "https://acme.example.com", "caBundle": b}},
    ],
)
def test_the_bundle_of_each_kind_of_issuer_is_read_and_its_end_is_told(spec: Any) -> None:
    good, bad = (scanned(issuer("out", **spec(encoded(made.pem)))) for made in (ROOT, EXPIRED))
    (found,) = verifiers(good)
    assert (found.id, found.engines, [a.subject for a in found.anchors]) == (
        "Issuer shop/out",
        (Engine.GO,),
        ["CN=root"],
    )
    assert "trust-bundle-without-valid-ca" not in failed(good)
    assert "trust-bundle-without-valid-ca" in failed(bad)


@pytest.mark.parametrize(("key", "anchors"), [(None, 1), ("other.crt", 0)])
def test_a_secret_is_read_at_its_key_and_at_ca_crt_by_default(key: str | None, anchors: int) -> None:
    reference = {"name": "vault-ca", **({"key": key} if key else {})}
    vault = {"vault": {"server": "https://vault.example.com", "caBundleSecretRef": reference}}
    (found,) = verifiers(scanned(issuer("out", **vault), secret("vault-ca", {"ca.crt": ROOT.pem})))
    assert len(found.anchors) == anchors


def test_the_secret_of_a_cluster_issuer_is_not_guessed_at() -> None:
    vault = {"vault": {"server": "https://vault.example.com", "caBundleSecretRef": {"name": "vault-ca"}}}
    written = issuer("out", **vault)
    written["kind"] = "ClusterIssuer"
    del written["metadata"]["namespace"]
    (found,) = verifiers(scanned(written))
    assert (found.is_known, found.bundles) == (False, ())
    assert "flag of cert-manager" in found.all_gaps[0].reason


def test_an_issuer_without_anchors_of_its_own_is_no_place_here() -> None:
    assert verifiers(scanned(issuer("out", vault={"server": "https://vault.example.com"}))) == []
