"""Objects find their manifests, and what differs between them is what decides mutual TLS, not what a server adds."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from mtlsaudit.graph.build import build_graph
from mtlsaudit.graph.drift import declarations
from mtlsaudit.graph.inventory import take_inventory
from mtlsaudit.model.origin import ClusterOrigin, render_path
from mtlsaudit.model.world import CLOSED
from mtlsaudit.platforms import CLUSTER_SCOPED, wanted
from mtlsaudit.platforms.core.estate import Assumptions
from mtlsaudit.sources.harvest import Body, Harvest
from mtlsaudit.sources.repository import join, owner_of

INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/auth-tls-verify-client: "on"
    example.com/team: a
spec:
  ingressClassName: nginx
  tls: [{hosts: [a.example.com, b.example.com], secretName: shop-tls}]
"""
CERTIFICATE = """
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: shop}
spec: {secretName: shop-tls, duration: 2160h, dnsNames: [a, b], issuerRef: {name: ca}}
"""


def _joined(live: str, source: str) -> Harvest:
    bodies = [
        Body(thing, ClusterOrigin("prod", f"/x/{thing['kind']}/{thing['metadata']['name']}"))
        for thing in yaml.safe_load_all(live)
        if thing
    ]
    cluster = Harvest(bodies=bodies, source="prod", world=CLOSED)
    manifests = Harvest()
    manifests.add_text(source, "git/shop.yaml")
    manifests.parse(wanted)
    join(cluster, manifests, CLUSTER_SCOPED)
    return cluster


def _drift(live: str, source: str) -> list[tuple[str, str, str]]:
    harvest = _joined(live, source)
    graph = build_graph(take_inventory(harvest, "default"), CLOSED, Assumptions())
    found = declarations(graph, harvest.joined, "default")
    return [(render_path(d.path), d.declared, d.found) for one in found for d in one.differences]


def test_an_object_gets_the_place_of_its_manifest() -> None:
    harvest = _joined(INGRESS, f"# first\n---\n{INGRESS}")
    origin = harvest.bodies[0].origin
    assert isinstance(origin, ClusterOrigin)
    assert (origin.file, origin.resource) == ("git/shop.yaml", "/x/Ingress/shop")
    assert (origin.file, origin.document) in harvest.texts


def test_a_manifest_without_a_namespace_belongs_to_the_one_object_of_its_name() -> None:
    live = CERTIFICATE.replace("{name: shop}", "{name: shop, namespace: a}")
    assert [p.live is not None for p in _joined(live, CERTIFICATE).joined] == [True]
    both = live + "---" + live.replace("namespace: a", "namespace: b")
    assert [p.live for p in _joined(both, CERTIFICATE).joined] == [None]


def test_what_stands_in_several_manifests_is_joined_with_none() -> None:
    harvest = _joined(INGRESS, INGRESS + "---" + INGRESS)
    assert harvest.joined == []
    assert [(g.kind, g.subject) for g in harvest.gaps] == [("ambiguous-source", "Ingress shop/shop")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('verify-client: "on"', 'verify-client: "on"\n    other.example.com/added: by somebody'),
        ("ingressClassName: nginx", "ingressClassName: nginx\n  rules: [{host: added.example.com}]"),
        ("hosts: [a.example.com, b.example.com]", "hosts: [b.example.com, a.example.com]"),
        ("team: a", "team: b"),
    ],
)
def test_what_decides_nothing_is_no_drift(old: str, new: str) -> None:
    assert old in INGRESS
    assert _drift(INGRESS.replace(old, new), INGRESS) == []


def test_defaults_and_spellings_are_no_drift() -> None:
    live = CERTIFICATE.replace("2160h", "2160h0m0s").replace("{name: ca}", "{name: ca, kind: Issuer}")
    assert _drift(live, CERTIFICATE) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"on"', '"off"', ("metadata.annotations['nginx.ingress.kubernetes.io/auth-tls-verify-client']", "on", "off")),
        (
            '"on"',
            '"on"\n    nginx.ingress.kubernetes.io/ssl-redirect: "false"',
            ("metadata.annotations['nginx.ingress.kubernetes.io/ssl-redirect']", "absent", "false"),
        ),
        ("Name: nginx", "Name: other", ("spec.ingressClassName", "nginx", "other")),
        (
            "hosts: [a.example.com, b.example.com]",
            "hosts: [a.example.com]",
            ("spec.tls[0].hosts", "2 items", "1 items"),
        ),
        ("secretName: shop-tls", "secretName: x", ("spec.tls[0].secretName", "shop-tls", "x")),
    ],
)
def test_a_field_that_decides_is_told_with_both_values(old: str, new: str, expected: tuple[str, str, str]) -> None:
    assert old in INGRESS
    assert _drift(INGRESS.replace(old, new), INGRESS) == [expected]


@pytest.mark.parametrize(
    ("metadata", "owner"),
    [
        ({"annotations": {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "web"}}, "Helm release web/shop"),
        ({"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:web/x"}}, "Argo CD application shop"),
        ({"labels": {"argocd.argoproj.io/instance": "shop"}}, "Argo CD application shop"),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "k", "kustomize.toolkit.fluxcd.io/namespace": "flux"}},
         "Flux Kustomization flux/k"),
        ({"labels": {"helm.toolkit.fluxcd.io/name": "h", "helm.toolkit.fluxcd.io/namespace": "flux"}}, "Flux HelmRelease flux/h"),
        ({"labels": None}, ""),
    ],
)  # fmt: skip
def test_who_put_an_object_there(metadata: dict[str, Any], owner: str) -> None:
    assert owner_of(metadata) == owner
