"""The key pair of a ClusterIssuer, in the cluster resource namespace, named for client verification."""

from __future__ import annotations

import pytest

from tests.support.objects import controller, ingress, ingress_class, manifests, meta, service
from tests.support.scanning import failed, scan_text

RULE = "ingress-auth-tls-secret-is-ca-key-pair"


def cert_manager(*args: str) -> dict[str, object]:
    container = {"name": "c", "image": "quay.io/jetstack/cert-manager-controller:v1.19.1", "args": list(args)}
    spec = {
        "selector": {"matchLabels": {"app": "cm"}},
        "template": {"metadata": {"labels": {"app": "cm"}}, "spec": {"containers": [container]}},
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("cm", "cert-manager"), "spec": spec}


def objects(names: str, *installed: dict[str, object]) -> str:
    issuer = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "ClusterIssuer",
        "metadata": {"name": "clients"},
        "spec": {"ca": {"secretName": "root"}},
    }
    mine = ingress("shop", {"auth-tls-secret": names, "auth-tls-verify-client": "on"})
    options = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": meta("ingress-nginx-controller", "ingress-nginx"),
        "data": {"allow-cross-namespace-resources": "true"},
    }
    flag = "--configmap=ingress-nginx/ingress-nginx-controller"
    return manifests(ingress_class(), controller(flag), options, service(), issuer, mine, *installed)


@pytest.mark.parametrize(
    ("names", "flags", "found"),
    [
        ("trust/root", ("--cluster-resource-namespace=trust",), True),
        ("cert-manager/root", ("--cluster-resource-namespace=$(POD_NAMESPACE)",), True),
        ("cert-manager/root", ("--cluster-resource-namespace=trust",), False),
        ("kube-system/root", (), True),
        ("shop/root", (), False),
    ],
)
def test_it_is_told_where_cert_manager_reads_it(names: str, flags: tuple[str, ...], found: bool) -> None:
    report = scan_text(objects(names, cert_manager(*flags)))
    assert (RULE in failed(report)) is found


def test_where_cert_manager_is_not_in_the_input_the_usual_namespaces_are_looked_at() -> None:
    made = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": meta("root", "cert-manager"),
        "spec": {"secretName": "root", "isCA": True, "commonName": "root", "issuerRef": {"name": "self"}},
    }
    assert failed(scan_text(objects("cert-manager/root", made)))[RULE] == ["Ingress shop/shop"]
    assert RULE not in failed(scan_text(objects("cert-manager/root")))
