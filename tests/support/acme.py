"""A Certificate of an ACME issuer that waits for its server, as cert-manager v1.21.2 leaves the objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

TOKEN = "canary-of-a-token-0123456789"
KEY_AUTHORIZATION = f"{TOKEN}.canary-of-a-thumbprint-0123456789"
_ACME = "acme.cert-manager.io/v1"
_CERT_MANAGER = "cert-manager.io/v1"
_ISSUER = {"name": "public", "kind": "Issuer", "group": "cert-manager.io"}


def _object(api: str, kind: str, name: str, spec: Mapping[str, Any], status: Mapping[str, Any], **meta: Any) -> Any:
    metadata = {"name": name, "namespace": "shop", **meta}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": dict(spec), "status": dict(status)}


def _owner(api: str, kind: str, name: str) -> dict[str, Any]:
    identity = {"apiVersion": api, "kind": kind, "name": name, "uid": "0b5f2c1e-0000-4000-8000-000000000000"}
    return {"ownerReferences": [{**identity, "controller": True, "blockOwnerDeletion": True}]}


def condition(kind: str, status: str, reason: str, message: str = "") -> dict[str, str]:
    when = "2026-11-20T00:00:00Z"
    return {"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": when}


def certificate() -> Any:
    spec = {"secretName": "shop-tls", "dnsNames": ["shop.example.com"], "issuerRef": _ISSUER}
    missing = "Issuing certificate as Secret does not exist"
    conditions = [
        condition(kind, status, "DoesNotExist", missing) for kind, status in (("Ready", "False"), ("Issuing", "True"))
    ]
    return _object(_CERT_MANAGER, "Certificate", "shop", spec, {"conditions": conditions})


def request(order: str = "shop-1-77", revision: int = 1) -> Any:
    waits = f'Waiting on certificate issuance from order shop/{order}: "pending"'
    conditions = [condition("Approved", "True", "cert-manager.io"), condition("Ready", "False", "Pending", waits)]
    annotations = {"cert-manager.io/certificate-name": "shop", "cert-manager.io/certificate-revision": str(revision)}
    spec = {"request": "AAAA", "issuerRef": _ISSUER}
    return _object(
        _CERT_MANAGER,
        "CertificateRequest",
        f"shop-{revision}",
        spec,
        {"conditions": conditions},
        annotations=annotations,
    )


def order(state: str = "pending", reason: str = "", name: str = "shop-1-77", request: str = "shop-1") -> Any:
    challenge = {"type": "http-01", "url": "https://acme.test/chall/1", "token": TOKEN}
    authorization = {"url": "https://acme.test/authz/1", "identifier": "shop.example.com", "challenges": [challenge]}
    status = {"state": state, "authorizations": [authorization], **({"reason": reason} if reason else {})}
    spec = {"request": "AAAA", "dnsNames": ["shop.example.com"], "issuerRef": _ISSUER}
    return _object(_ACME, "Order", name, spec, status, **_owner(_CERT_MANAGER, "CertificateRequest", request))


def challenge(
    state: str = "pending", reason: str = "", name: str = "shop-1-77-5", order: str = "shop-1-77", **spec: Any
) -> Any:
    full = {
        "type": "HTTP-01",
        "dnsName": "shop.example.com",
        "token": TOKEN,
        "key": KEY_AUTHORIZATION,
        "url": "https://acme.test/chall/1",
        "authorizationURL": "https://acme.test/authz/1",
        "issuerRef": _ISSUER,
        "solver": {"http01": {"ingress": {}}},
        **spec,
    }
    status = {"state": state, "processing": True, "presented": True, "reason": reason}
    return _object(_ACME, "Challenge", name, full, status, **_owner(_ACME, "Order", order))


def manifests(*objects: Any) -> str:
    return yaml.safe_dump_all(objects)
