"""What the API server calls: verified or not, and under which name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.graph.test_trust import authority, deployment, leaf, scanned, webhook
from tests.support.objects import ingress, secret
from tests.support.pki import Made
from tests.support.scanning import NOW, failed


def served(*names: str) -> set[str]:
    root = authority()
    made = leaf(root, eku=("server",), dns=names)
    return set(
        failed(scanned(deployment("shop", "svc-tls"), secret("svc-tls", {"tls.crt": made.pem}), webhook(root.pem)))
    )


@pytest.mark.parametrize(
    ("names", "proves"),
    [
        (("shop.shop.svc",), True),
        (("*.shop.svc",), True),
        (("other.example.com", "shop.shop.svc"), True),
        (("shop.shop.svc.cluster.local",), False),
        (("shop",), False),
        (("shop.other.svc",), False),
    ],
)
def test_the_api_server_asks_for_the_short_name_of_the_service(names: tuple[str, ...], proves: bool) -> None:
    assert ("trust-callback-name-mismatch" in served(*names)) is not proves


def test_a_webhook_whose_server_is_not_in_the_input_is_not_judged() -> None:
    assert "trust-callback-name-mismatch" not in failed(scanned(webhook(authority().pem)))


def api_service(**spec: Any) -> dict[str, Any]:
    body = {
        "group": "metrics.example.com",
        "version": "v1",
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
        **spec,
    }
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": "v1.metrics.example.com"},
        "spec": body,
    }


SERVICE = {"name": "shop", "namespace": "shop"}


@pytest.mark.parametrize(
    ("spec", "fails"),
    [
        ({"service": SERVICE, "insecureSkipTLSVerify": True}, True),
        ({"service": SERVICE, "insecureSkipTLSVerify": False}, False),
        ({"service": SERVICE}, False),
        ({}, False),
    ],
)
def test_an_aggregated_api_that_is_not_verified_is_a_finding(spec: dict[str, Any], fails: bool) -> None:
    assert ("trust-api-service-unverified" in failed(scanned(api_service(**spec)))) is fails


def crl_of(issuer: Made, signer: Made) -> str:
    """A list in the name of one CA, signed with the key of another."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.cert.subject)
    builder = builder.last_update(NOW - timedelta(days=1)).next_update(NOW + timedelta(days=30))
    return builder.sign(signer.key, None).public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize("number", [1, 7])
def test_a_revocation_list_that_another_key_signed_is_told_once(number: int) -> None:
    root = authority()
    signer = authority("root", number)
    made = leaf(root)
    report = scanned(
        secret("client-ca", {"ca.crt": root.pem, "ca.crl": crl_of(root, signer)}),
        secret("client-tls", {"tls.crt": made.pem}),
        ingress(annotations={"auth-tls-secret": "shop/client-ca"}),
    )
    told = {r for r in failed(report) if r in ("trust-crl-unusable", "trust-chain-revocation")}
    assert told == (set() if number == 1 else {"trust-crl-unusable"})
    words = [a.verdict.message for a in report.assessments if a.rule == "trust-crl-unusable"]
    assert words == ([] if number == 1 else [WORDS])


WORDS = "Secret shop/client-ca ca.crt: the list of CN=root is signed by another key than that of the CA of this name"
