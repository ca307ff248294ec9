"""Pods, and the objects that make them: the template's labels are those that count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mtlsaudit.decode.reader import Opened, Reader
from mtlsaudit.model.resource import Problem, Resource
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.core.workload_kinds import TEMPLATE_PATH, WORKLOAD_KINDS

_NEED_SELECTOR = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})


@dataclass(frozen=True, slots=True)
class Container:
    """`args` is command and args together; the first `commands` of them stand under `command`."""

    name: str
    image: str
    args: tuple[str, ...]
    ports: tuple[tuple[str, int], ...]
    path: tuple[str | int, ...]
    commands: int


@dataclass(frozen=True, slots=True, eq=False)
class Workload:
    """What becomes pods. `labels` are those of the pod template, `secrets` and `config_maps` the volumes it mounts.

    `trust_bundles` are the ClusterTrustBundles that it projects, by name.
    """

    resource: Resource
    labels: dict[str, str]
    containers: tuple[Container, ...]
    secrets: tuple[str, ...]
    host_network: bool
    problems: tuple[Problem, ...]
    config_maps: tuple[str, ...] = ()
    trust_bundles: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.resource.id.key

    @property
    def namespace(self) -> str:
        return self.resource.id.namespace


def decode_workload(resource: Resource) -> Workload:
    """A workload; `problems` names what the API server would refuse (apps/v1 needs a selector)."""
    opened = Opened(resource)
    kind = resource.id.kind
    template = opened.root.child(*TEMPLATE_PATH[kind]) if TEMPLATE_PATH[kind] else opened.root
    labels = template.child("metadata").strings("labels")
    spec = template.child("spec")
    if kind == "Job":
        labels = {**labels, "job-name": resource.id.name, "batch.kubernetes.io/job-name": resource.id.name}
    if kind in _NEED_SELECTOR and resource.id.group == "apps":
        _check_selector(opened, labels)
    volumes = [(v, v.child("projected").children("sources")) for v in spec.children("volumes")]
    return Workload(
        resource=resource,
        labels=labels,
        containers=tuple(_container(c) for k in ("containers", "initContainers") for c in spec.children(k)),
        secrets=tuple(_mounted(volumes, "secret", "secretName")),
        host_network=bool(spec.flag("hostNetwork")),
        problems=tuple(opened.problems),
        config_maps=tuple(_mounted(volumes, "configMap", "name")),
        trust_bundles=tuple(_mounted(volumes, "clusterTrustBundle", "name")),
    )


def _check_selector(opened: Opened, labels: dict[str, str]) -> None:
    selector = opened.root.child("spec", "selector")
    if not selector.raw():
        opened.problems.append(Problem(("spec",), "spec.selector is required"))
        return
    wanted = selector.strings("matchLabels")
    if any(labels.get(k) != v for k, v in wanted.items()):
        opened.problems.append(Problem(("spec", "selector"), "spec.selector does not match the labels of the template"))


def _container(reader: Reader) -> Container:
    ports = []
    for port in reader.children("ports"):
        number = port.number("containerPort")
        if number is not None and (port.text("protocol") or "TCP") == "TCP":
            ports.append((port.text("name") or "", number))
    command = reader.texts("command")
    return Container(
        name=reader.text("name") or "",
        image=reader.text("image") or "",
        args=(*command, *reader.texts("args")),
        ports=tuple(ports),
        path=reader.path,
        commands=len(command),
    )


def _mounted(volumes: Sequence[tuple[Reader, Sequence[Reader]]], kind: str, key: str) -> Iterator[str]:
    """The objects of a kind that volumes mount, alone (named by `key`) or projected, among `sources` (named by `name`)."""
    for volume, sources in volumes:
        for source, named in ((volume, key), *((s, "name") for s in sources)):
            if source.has(kind) and (name := source.child(kind).text(named)):
                yield name


def maker_of(body: Mapping[str, object]) -> tuple[str, str, str] | None:
    """The workload that made this object, as (group, kind, name): a Pod's ReplicaSet, that one's Deployment.

    Such an object repeats what its maker says, and is not judged beside it.
    """
    metadata = body.get("metadata")
    owners = metadata.get("ownerReferences") if isinstance(metadata, dict) else None
    for owner in owners if isinstance(owners, list) else ():
        if isinstance(owner, dict) and owner.get("controller") is True:
            group = str(owner.get("apiVersion")).rpartition("/")[0]
            kind = (group, str(owner.get("kind")))
            return (*kind, str(owner.get("name"))) if kind in WORKLOAD_KINDS else None
    return None


def is_copy(body: Mapping[str, object]) -> bool:
    """Was this object made by another workload?"""
    return maker_of(body) is not None
