"""A private CA without name constraints is told once, where workloads trust it for whatever they call."""

from __future__ import annotations

from typing import Any

import certifi
from cryptography import x509

from tests.graph.test_trust import authority, deployment, scanned, webhook
from tests.support.objects import ingress, meta, secret
from tests.support.scanning import failed

RULE = "trust-ca-without-name-constraints"
OPEN = authority("open", 1)
OTHER = authority("other", 3)
_SUBTREE = x509.NameConstraints([x509.DNSName("shop.svc")], None)
BOUND = authority("bound", 4, more=[(_SUBTREE, True)])


def _map(name: str, *pems: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta(name), "data": {"ca.crt": "".join(pems)}}


def _told(*objects: dict[str, Any]) -> list[tuple[str, str]]:
    report = scanned(*objects)
    found = [a for a in report.assessments if a.rule == RULE and a.outcome.value == "fail"]
    assert failed(report).get(RULE, []) == [a.subject for a in found]
    return [(a.subject, a.verdict.message) for a in found]


def test_it_is_told_at_the_first_bundle_that_is_mounted() -> None:
    told = _told(
        _map("a-unused", OPEN.pem),
        _map("b", OPEN.pem, BOUND.pem),
        _map("c", OPEN.pem, OTHER.pem),
        deployment("shop", maps=("b", "c")),
    )
    assert told == [
        ("ConfigMap shop/b ca.crt", "ConfigMap shop/b ca.crt: CN=open may issue for every name"),
        ("ConfigMap shop/c ca.crt", "ConfigMap shop/c ca.crt: CN=other may issue for every name"),
    ]


def test_a_ca_that_only_proves_clients_or_one_service_is_not_told() -> None:
    entry = ingress(annotations={"auth-tls-secret": "shop/client-ca"})
    assert _told(secret("client-ca", {"ca.crt": OPEN.pem}), entry, webhook(OTHER.pem)) == []


def test_public_roots_and_constrained_cas_are_not_told() -> None:
    with open(certifi.where(), encoding="utf-8") as file:
        public = file.read()
    assert public.count("BEGIN CERTIFICATE") > 50
    assert _told(_map("b", public, BOUND.pem), deployment("shop", maps=("b",))) == []
