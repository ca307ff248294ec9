"""Reports of a cluster for tests of the outputs: bodies as an API server hands them over, without a server."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from mtlsaudit.collect import Request
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import ClusterOrigin
from mtlsaudit.model.report import Judged, Report
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.values import replace
from mtlsaudit.model.world import EVERYWHERE, World
from mtlsaudit.platforms import wanted
from mtlsaudit.scan import audit
from mtlsaudit.sources.harvest import Body, Harvest
from mtlsaudit.sources.redact import redact
from tests.support.apiserver import path_of
from tests.support.command import ROOT
from tests.support.scanning import NOW, own_rules

CLUSTER = "arn:aws:eks:eu-west-1:1234:cluster/prod"
CASE = ROOT / "tests" / "conformance" / "ingress-nginx" / "verify-on-tls" / "manifests.yaml"
CERTIFICATE = """apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web, namespace: shop}
spec: {secretName: web-tls, dnsNames: [web.example.com], issuerRef: {name: ca, kind: ClusterIssuer}}
"""
NOTE = "Secrets were not read: what they hold is not known"


def harvest_of(manifests: str, cluster: str = CLUSTER) -> Harvest:
    """The objects of these manifests, as the collector would hand them over."""
    harvest = Harvest(source=cluster)
    for number, body in enumerate((b for b in yaml.safe_load_all(manifests) if b), 1):
        group = body["apiVersion"].rpartition("/")[0]
        kind = body["kind"]
        harvest.documents += 1
        harvest.resources[f"{kind}.{group}" if group else kind] += 1
        if wanted(group, kind):
            clean: Mapping[str, object] = redact(body, "")[0] if kind == "Secret" else body
            harvest.bodies.append(Body(clean, ClusterOrigin(cluster, path_of(body), str(number))))
    harvest.world = World(True)
    harvest.notes.append(NOTE)
    return harvest


def report_of(harvest: Harvest) -> Report:
    request = Request((harvest.source,), NOW, Policy(), keep_all=True, certificate_files=True)
    return audit(harvest, request, own_rules())


def cluster_report(cluster: str = CLUSTER) -> Report:
    """One mutual host, one Certificate that nobody has issued, one gap; the same each time."""
    harvest = harvest_of(CASE.read_text() + "---\n" + CERTIFICATE, cluster)
    gap = Gap("forbidden", "networkpolicies.networking.k8s.io", "may not be listed: 403 Forbidden")
    harvest.gaps.append(gap)
    harvest.world = World(True, {("networking.k8s.io", "NetworkPolicy"): {EVERYWHERE: gap}})
    return report_of(harvest)


def empty_report(*gaps: Gap) -> Report:
    """A cluster in which nothing was found."""
    harvest = harvest_of("")
    harvest.gaps += gaps
    return replace(report_of(harvest), judged=Judged())
