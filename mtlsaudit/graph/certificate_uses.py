"""What each Secret's certificates serve."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from mtlsaudit.graph.build import Graph
from mtlsaudit.model.hop import HopKind
from mtlsaudit.model.origin import object_key


def certificate_uses(graph: Graph) -> Mapping[str, tuple[str, ...]]:
    """Secret → the hops that it serves: as server certificate, client trust, client certificate, or mounted by a pod."""
    uses: dict[str, dict[str, None]] = defaultdict(dict)
    by_entry: dict[str, list[str]] = defaultdict(list)
    for hop in graph.hops:
        if hop.kind is HopKind.CLIENT_TO_ENTRY:
            by_entry[hop.entry].append(hop.id)
            if hop.client and hop.client.trust:
                uses[hop.client.trust][hop.id] = None
        else:
            if hop.upstream and hop.upstream.credential:
                uses[hop.upstream.credential][hop.id] = None
            for secret in _mounted_behind(graph, hop.service):
                uses[secret][hop.id] = None
    for ingress in graph.inventory.ingresses:
        for entry in ingress.tls:
            if entry.secret:
                uses[object_key(ingress.namespace, entry.secret)].update(dict.fromkeys(by_entry[ingress.key]))
    return {key: tuple(ids) for key, ids in uses.items()}


def _mounted_behind(graph: Graph, service: str) -> Iterator[str]:
    for workload in graph.behind(service.rpartition(":")[0]):
        for name in workload.secrets:
            yield f"{workload.namespace}/{name}"
