"""Pods that mount CA certificates: whom they verify with them is not told, and of the software neither."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from mtlsaudit.graph.build import Graph
from mtlsaudit.graph.trust.bundles import Bundles
from mtlsaudit.model.chain import Engine
from mtlsaudit.model.trust import TrustBundle, Verifier, Verifies
from mtlsaudit.platforms.core.workloads import Workload

SECRET_CA = "secret-ca"
CONFIG_MAP = "mounted-config-map"
TRUST_BUNDLE = "mounted-trust-bundle"
_PODS = (Engine.OPENSSL, Engine.GO)


def mounted_verifiers(graph: Graph, bundles: Bundles) -> Iterator[Verifier]:
    """Of Secrets, ConfigMaps and ClusterTrustBundles; of a Secret with a certificate also what its peers will say."""
    secrets: dict[str, list[Workload]] = defaultdict(list)
    maps: dict[str, list[Workload]] = defaultdict(list)
    projected: dict[str, list[Workload]] = defaultdict(list)
    for workload in graph.inventory.workloads:
        for mounted, names in ((secrets, workload.secrets), (maps, workload.config_maps)):
            for name in names:
                mounted[f"{workload.namespace}/{name}"].append(workload)
        for name in workload.trust_bundles:
            projected[name].append(workload)
    with_own = {k for k, h in graph.inventory.secrets.items() if h.certificates.get("ca.crt")}
    for key in sorted((secrets.keys() & (with_own | graph.lookup.makers.keys())) | _own_pairs(graph, with_own)):
        yield _pod_verifier(SECRET_CA, f"Secret {key}", "ca.crt", (bundles.of_secret(key),), secrets.get(key, []))
    for key in sorted(maps):
        for bundle in bundles.of_config_map(key):
            if bundle.object == f"ConfigMap {key}":
                yield _pod_verifier(CONFIG_MAP, f"ConfigMap {key}", bundle.field, (bundle,), maps[key])
            else:
                yield _pod_verifier(CONFIG_MAP, f"ConfigMap {key}", bundle.id, (bundle,), maps[key])
    for name in sorted(projected):
        held = graph.inventory.trust_bundles.get(name)
        if held is not None:
            bundle = bundles.of_field(held.resource, ("spec", "trustBundle"), held.anchors)
            yield _pod_verifier(TRUST_BUNDLE, str(held.resource.id), "trustBundle", (bundle,), projected[name])


def _own_pairs(graph: Graph, with_own: set[str]) -> set[str]:
    """Secrets that hold a certificate and the CA that its peers are verified with."""
    return {key for key in with_own if graph.inventory.secrets[key].certificates.get("tls.crt")}


def _pod_verifier(
    kind: str, place: str, field: str, found: tuple[TrustBundle, ...], workloads: list[Workload]
) -> Verifier:
    return Verifier(
        id=f"{place} {field}",
        kind=kind,
        place=place,
        field=field,
        verifies=Verifies.PEERS,
        engines=_PODS,
        bundles=found,
        targets=tuple(sorted({str(w.resource.id) for w in workloads})),
        evidence=found[0].evidence,
    )
