"""Kubernetes objects for tests, as YAML text."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

PREFIX = "nginx.ingress.kubernetes.io/"
MUTUAL = {"auth-tls-secret": "shop/client-ca", "auth-tls-verify-client": "on"}


@cache
def real_secrets() -> tuple[dict[str, Any], dict[str, Any]]:
    """`shop/client-ca` with a CA certificate, and `shop/shop-tls` with the key pair of shop.example.com."""
    case = Path(__file__).resolve().parents[1] / "conformance" / "ingress-nginx" / "verify-on-tls" / "manifests.yaml"
    found = {d["metadata"]["name"]: d for d in yaml.safe_load_all(case.read_text()) if d and d["kind"] == "Secret"}
    return found["client-ca"], found["shop-tls"]


def manifests(*objects: dict[str, Any]) -> str:
    """The objects as one multi-document YAML text."""
    return yaml.safe_dump_all(objects, sort_keys=False)


def meta(name: str, namespace: str = "shop", **extra: Any) -> dict[str, Any]:
    return {"name": name, "namespace": namespace, **extra}


def ingress_class() -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": "nginx"},
        "spec": {"controller": "k8s.io/ingress-nginx"},
    }


def service(name: str = "shop", port: int = 80, namespace: str = "shop") -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta(name, namespace),
        "spec": {"selector": {"app": name}, "ports": [{"port": port, "targetPort": 8080}]},
    }


def secret(name: str, data: dict[str, str], namespace: str = "shop") -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta(name, namespace), "stringData": data}


def ingress(
    name: str = "shop",
    annotations: dict[str, str] | None = None,
    *,
    host: str | None = "shop.example.com",
    paths: tuple[str, ...] = ("/",),
    tls: bool = True,
    created: str = "",
    service_name: str = "shop",
    namespace: str = "shop",
    spec: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """An Ingress of class nginx; annotations without a slash get the prefix of ingress-nginx."""
    named = {k if "/" in k else PREFIX + k: v for k, v in (annotations or {}).items()}
    metadata = meta(name, namespace, annotations=named, **({"creationTimestamp": created} if created else {}))
    backend = {"service": {"name": service_name, "port": {"number": 80}}}
    rule: dict[str, Any] = {"http": {"paths": [{"path": p, "pathType": "Prefix", "backend": backend} for p in paths]}}
    if host:
        rule["host"] = host
    body: dict[str, Any] = {"ingressClassName": "nginx", "rules": [rule]}
    if tls:
        body["tls"] = [{"hosts": [host], "secretName": "shop-tls"}] if host else [{}]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": metadata,
        "spec": {**body, **(spec or {})},
    }


def controller(*args: str, image: str = "registry.k8s.io/ingress-nginx/controller:v1.15.1") -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": "ingress-nginx"}
    flags = ["/nginx-ingress-controller", "--configmap=ingress-nginx/controller", *args]
    pod = {"containers": [{"name": "controller", "image": image, "args": flags}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": meta("controller", "ingress-nginx"),
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}},
    }


def config(**options: str) -> dict[str, Any]:
    """The controller's ConfigMap."""
    data = {k.replace("_", "-"): v for k, v in options.items()}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("controller", "ingress-nginx"), "data": data}
