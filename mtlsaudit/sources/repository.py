"""Where the objects of a cluster come from: manifests of a repository (--source), joined by group, kind, namespace and name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from mtlsaudit.decode.reader import group_of
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import ClusterOrigin, FileOrigin
from mtlsaudit.model.resource import opened
from mtlsaudit.sources.harvest import Body, Harvest
from mtlsaudit.sources.parsing import Joined

Key = tuple[str, str, str, str]
"""(group, kind, namespace, name)"""


def join(live: Harvest, source: Harvest, cluster_scoped: Collection[str]) -> None:
    """Tell each object of `live` its manifest, keep the pairs in `live.joined`, and the texts in which lines are found.

    A manifest without a namespace belongs to the one object of its name, if there is one only. What stands in several
    manifests (overlays) is joined with none, and is a gap.
    """
    manifests = _manifests(source, cluster_scoped)
    for key in [key for key, found in manifests.items() if len(found) > 1]:
        live.gaps.append(_several(key, manifests.pop(key)))
    bodies, nameless = [], _by_name_alone(live, cluster_scoped)
    for body in live.bodies:
        key = _key(body, cluster_scoped)
        group, kind, _, name = key
        found = manifests.pop(key, None)
        if found is None and nameless[group, kind, name] == 1:
            found = manifests.pop((group, kind, "", name), None)
        if found is not None:
            body = _moved(body, found[0])
            live.joined.append(Joined(body, found[0]))
        bodies.append(body)
    live.bodies = bodies
    live.joined += [Joined(None, found[0]) for found in manifests.values()]
    live.gaps += source.gaps
    live.texts |= source.texts


def _manifests(source: Harvest, cluster_scoped: Collection[str]) -> dict[Key, list[Body]]:
    found: dict[Key, list[Body]] = defaultdict(list)
    for body in source.bodies:
        found[_key(body, cluster_scoped)].append(body)
    return dict(found)


def _by_name_alone(live: Harvest, cluster_scoped: Collection[str]) -> Mapping[tuple[str, str, str], int]:
    count: dict[tuple[str, str, str], int] = defaultdict(int)
    for group, kind, _, name in (_key(body, cluster_scoped) for body in live.bodies):
        count[group, kind, name] += 1
    return count


def _key(body: Body, cluster_scoped: Collection[str]) -> Key:
    values = opened(body.value)
    metadata = values.get("metadata")
    meta: Mapping[str, object] = metadata if isinstance(metadata, dict) else {}
    group, _ = group_of(str(values.get("apiVersion", "")))
    kind = str(values.get("kind", ""))
    namespace = "" if kind in cluster_scoped else str(meta.get("namespace") or "")
    return "networking.k8s.io" if group == "extensions" else group, kind, namespace, str(meta.get("name") or "")


def _moved(body: Body, manifest: Body) -> Body:
    """The object with its manifest's place; one from a dump has a place of its own already."""
    if isinstance(body.origin, ClusterOrigin) and isinstance(manifest.origin, FileOrigin):
        return body._replace(origin=body.origin._replace(declared=manifest.origin))
    return body


def _several(key: Key, found: Collection[Body]) -> Gap:
    files = ", ".join(sorted({body.origin.file for body in found}))
    where = f"{key[2]}/{key[3]}" if key[2] else key[3]
    reason = f"stands in several manifests of the source ({files}): which one was applied is not known"
    return Gap("ambiguous-source", f"{key[1]} {where}", reason)


_HELM = ("meta.helm.sh/release-name", "meta.helm.sh/release-namespace")


def owner_of(metadata: Mapping[str, object]) -> str:
    """Who put the object there, by the marks of Helm, Argo CD and Flux; empty where there are none."""
    return next(_owners(_strings(metadata.get("annotations")), _strings(metadata.get("labels"))), "")


def _owners(annotations: Mapping[str, object], labels: Mapping[str, object]) -> Iterator[str]:
    if name := annotations.get("argocd.argoproj.io/tracking-id"):
        yield f"Argo CD application {str(name).partition(':')[0]}"
    if name := labels.get("argocd.argoproj.io/instance"):
        yield f"Argo CD application {name}"
    if name := labels.get("helm.toolkit.fluxcd.io/name"):
        yield f"Flux HelmRelease {labels.get('helm.toolkit.fluxcd.io/namespace', '')}/{name}"
    if name := labels.get("kustomize.toolkit.fluxcd.io/name"):
        yield f"Flux Kustomization {labels.get('kustomize.toolkit.fluxcd.io/namespace', '')}/{name}"
    if name := annotations.get(_HELM[0]):
        yield f"Helm release {annotations.get(_HELM[1], '')}/{name}"


def _strings(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
