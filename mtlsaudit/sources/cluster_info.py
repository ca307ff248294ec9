"""What `kubectl cluster-info dump --output-directory` leaves: a few kinds of a cluster, and nothing that TLS is made of.

Its contents are nodes, events, Services, pods and the workloads of old (kubectl v1.34, pkg/cmd/clusterinfo): no Ingress,
Secret, ConfigMap, NetworkPolicy, StatefulSet or custom resource. Those are hidden in it, not absent from the cluster.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.world import EVERYWHERE, GroupKind, World

_HELD: frozenset[GroupKind] = frozenset(
    {("", "Service"), ("", "Pod"), ("", "ReplicationController")}
    | {("apps", kind) for kind in ("DaemonSet", "Deployment", "ReplicaSet")}
)


def is_dump(directory: Path) -> bool:
    """By its layout: nodes.json on top, and events and workloads below the name of a namespace."""
    return (directory / "nodes.json").is_file() and any(directory.glob("*/replication-controllers.json"))


def gap_of(directory: Path) -> Gap:
    """What such a dump leaves out, and how to get it."""
    reason = (
        "a kubectl cluster-info dump holds no Ingress, Secret, ConfigMap, NetworkPolicy or custom resource; take "
        "mtlsaudit snapshot, or kubectl get -A -o yaml of the kinds that matter"
    )
    return Gap("partial-dump", directory.as_posix(), reason, directory.as_posix())


def world_of_dump(gap: Gap, kinds: Iterable[GroupKind]) -> World:
    """A closed world in which everything that a dump leaves out is hidden."""
    return World(True, {kind: {EVERYWHERE: gap} for kind in kinds if kind not in _HELD})
