"""Manifests beside the objects of a cluster: where a field that decides mutual TLS is not what was declared.

Declared fields are compared, and what the API server adds by default is not; of annotations, which have no defaults, also
what the cluster has more. Durations are compared as such (`2160h` is `2160h0m0s`), lists of plain values without order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mtlsaudit.decode.reader import identify
from mtlsaudit.graph.build import Graph
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import FieldPath
from mtlsaudit.model.resource import Resource
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.world import GroupKind
from mtlsaudit.platforms import CLUSTER_SCOPED
from mtlsaudit.platforms.cert_manager.duration import parse_duration
from mtlsaudit.platforms.cert_manager.objects import GROUP as CERT_MANAGER
from mtlsaudit.platforms.network_policy.objects import NETWORK_POLICY
from mtlsaudit.sources.parsing import Joined

COMPARED: Mapping[GroupKind, tuple[FieldPath, ...]] = {
    ("networking.k8s.io", "Ingress"): tuple(
        ("spec", f) for f in ("ingressClassName", "tls", "rules", "defaultBackend")
    ),
    ("networking.k8s.io", "IngressClass"): (("spec", "controller"),),
    NETWORK_POLICY: (("spec",),),
    (CERT_MANAGER, "Certificate"): (("spec",),),
    (CERT_MANAGER, "Issuer"): (("spec",),),
    (CERT_MANAGER, "ClusterIssuer"): (("spec",),),
}
_ANNOTATIONS = ("metadata", "annotations")
_CLASS = "kubernetes.io/ingress.class"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field; `declared` and `found` as people write them, `absent` where there is none."""

    path: FieldPath
    declared: str
    found: str


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """A manifest and the object of the cluster, or why there may be none that was seen: `hidden` None says it does not exist."""

    manifest: Resource
    live: Resource | None
    hidden: Gap | None
    differences: tuple[Difference, ...]


def declarations(graph: Graph, joined: Iterable[Joined], default_namespace: str) -> Iterator[Declaration]:
    """Each manifest of a kind that is compared. A cluster's object that no manifest declares is nobody's mistake."""
    own = {f"{controller.prefix}/" for controller in graph.controllers} or {"nginx.ingress.kubernetes.io/"}
    prefixes = ("cert-manager.io/", *own)
    for pair in joined:
        manifest = identify(pair.manifest.value, pair.manifest.origin, default_namespace, CLUSTER_SCOPED)
        if manifest is None or (manifest.id.group, manifest.id.kind) not in COMPARED:
            continue
        if pair.live is None:
            gap = graph.estate.world.gap(manifest.id.group, manifest.id.kind, manifest.id.key)
            yield Declaration(manifest, None, gap, ())
            continue
        live = identify(pair.live.value, pair.live.origin, default_namespace, CLUSTER_SCOPED)
        if live is not None:
            yield Declaration(manifest, live, None, tuple(_differences(manifest, live, prefixes)))


def _differences(manifest: Resource, live: Resource, prefixes: tuple[str, ...]) -> Iterator[Difference]:
    kind = (manifest.id.group, manifest.id.kind)
    if manifest.id.kind == "Ingress":
        ours = {n for r in (manifest, live) for n in r.annotations if n.startswith(prefixes) or n == _CLASS}
        for name in sorted(ours):
            declared, found = manifest.annotations.get(name), live.annotations.get(name)
            if declared != found:
                yield Difference((*_ANNOTATIONS, name), _shown(declared), _shown(found))
    for path in COMPARED[kind]:
        yield from _compare(_at(manifest.body, path), _at(live.body, path), path)


def _compare(declared: object, found: object, path: FieldPath) -> Iterator[Difference]:
    if declared is None or declared in ("", [], {}):
        return
    if isinstance(declared, dict) and isinstance(found, dict):
        for key, value in declared.items():
            yield from _compare(value, found.get(key), (*path, str(key)))
    elif isinstance(declared, list) and isinstance(found, list) and len(declared) == len(found):
        if all(not isinstance(item, (dict, list)) for item in (*declared, *found)):
            declared, found = sorted(map(str, declared)), sorted(map(str, found))
        for index, (one, other) in enumerate(zip(declared, found, strict=True)):
            yield from _compare(one, other, (*path, index))
    elif declared != found and not _same_duration(declared, found):
        yield Difference(path, _shown(declared), _shown(found))


def _same_duration(declared: object, found: object) -> bool:
    if not isinstance(declared, str) or not isinstance(found, str):
        return False
    span = parse_duration(declared)
    return span is not None and span == parse_duration(found)


def _at(body: object, path: FieldPath) -> object:
    for part in path:
        body = body.get(part) if isinstance(body, dict) else None
    return body


def _shown(value: object) -> str:
    if value is None:
        return "absent"
    return f"{len(value)} items" if isinstance(value, list) else "present" if isinstance(value, dict) else str(value)
