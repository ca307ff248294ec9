"""Who may reach a pod, from NetworkPolicies: enough to say whether only the ingress controller can.

A pod is isolated once any policy selects it for ingress; then only what some policy admits comes in (the policies add
up). The index is by namespace, so that a policy is matched against the pods of its own namespace only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from mtlsaudit.graph.build import Graph
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.core.workload_kinds import WORKLOAD_KINDS
from mtlsaudit.platforms.core.workloads import Workload
from mtlsaudit.platforms.network_policy.objects import NETWORK_POLICY, NetworkPolicy, Peer, Selector


@dataclass(frozen=True, slots=True)
class Admission:
    """What a backend's policies come to. `others` names who else than the controller may come in."""

    policies: tuple[NetworkPolicy, ...]
    others: tuple[tuple[str, NetworkPolicy], ...]
    gaps: tuple[Gap, ...]

    @property
    def is_isolated(self) -> bool:
        return bool(self.policies)


class Reachability:
    """Built once for a graph; asked per workload."""

    def __init__(self, graph: Graph) -> None:
        self._world = graph.estate.world
        self._controllers = {c.key: c.workload for c in graph.controllers if c.workload is not None}
        self._policies: dict[str, list[NetworkPolicy]] = defaultdict(list)
        for policy in graph.inventory.policies:
            self._policies[policy.resource.id.namespace].append(policy)
        self._workloads: dict[str, list[Workload]] = defaultdict(list)
        for workload in graph.inventory.workloads:
            self._workloads[workload.namespace].append(workload)
        self._namespaces = self._all_namespaces(graph)
        self._peers: dict[tuple[str, Peer], tuple[str, ...]] = {}

    def _all_namespaces(self, graph: Graph) -> Mapping[str, dict[str, str]]:
        """Every namespace that is named anywhere; of those without an object only the name is known."""
        known = {name: dict(labels) for name, labels in graph.estate.namespaces.items()}
        for name in (*self._workloads, *self._policies):
            known.setdefault(name, {"kubernetes.io/metadata.name": name})
        return known

    def has_policies(self, namespace: str) -> bool:
        return namespace in self._policies

    def admission(self, workload: Workload) -> Admission:
        """The policies that fence the workload's pods, and whom they let in beside the controller."""
        fencing = [
            p
            for p in self._policies.get(workload.namespace, ())
            if p.ingress is not None and p.pods.matches(workload.labels)
        ]
        good = tuple(p for p in fencing if not p.problems)
        gaps = [
            Gap("refused-object", str(p.resource.id), f"the API server refuses {p.resource.id}: {p.problems[0].reason}")
            for p in fencing
            if p.problems
        ]
        if hidden := self._world.unseen(*NETWORK_POLICY, workload.namespace):
            gaps.append(hidden)
        others: dict[tuple[str, NetworkPolicy], None] = {}
        for policy in good:
            for who in self._admitted(policy, workload):
                if isinstance(who, Gap):
                    gaps.append(who)
                else:
                    others[who, policy] = None
        return Admission(good, tuple(others), tuple(dict.fromkeys(gaps)))

    def _admitted(self, policy: NetworkPolicy, target: Workload) -> Iterator[str | Gap]:
        for rule in policy.ingress or ():
            if rule.peers is None:
                yield "every pod and every address"
                continue
            for peer in rule.peers:
                yield from self._of_peer(policy, peer, target)

    def _of_peer(self, policy: NetworkPolicy, peer: Peer, target: Workload) -> Iterator[str | Gap]:
        if peer.block is not None:
            yield f"the addresses {peer.block.cidr}"
            return
        if (
            peer.namespaces is not None
            and peer.namespaces.is_everything
            and (peer.pods is None or peer.pods.is_everything)
        ):
            yield "the pods of all namespaces"
            return
        own = policy.resource.id.namespace
        names = [own] if peer.namespaces is None else self._matching(peer.namespaces)
        if peer.namespaces is not None and (hidden := self._world.unseen("", "Namespace", "")):
            yield hidden
        elif not names and not self._world.closed:
            yield Gap(
                "not-in-input",
                f"namespaces of {policy.resource.id}",
                f"{policy.resource.id} admits namespaces that are not in the input",
            )
        everyone = peer.pods is None or peer.pods.is_everything
        for name in names:
            yield from self._in_namespace(name, peer, everyone, target)

    def _matching(self, selector: Selector) -> list[str]:
        return [name for name, labels in self._namespaces.items() if selector.matches(labels)]

    def _in_namespace(self, name: str, peer: Peer, everyone: bool, target: Workload) -> Iterator[str | Gap]:
        homes = {w.namespace for w in self._controllers.values()}
        if everyone and name not in homes and not self._shows_workloads(name):
            yield f"every pod of the namespace {name}"
            return
        for workload in self._workloads.get(name, ()):
            if workload is target or workload.key in self._controllers:
                continue
            if everyone or (peer.pods is not None and peer.pods.matches(workload.labels)):
                yield f"{workload.resource.id}"
        if hidden := next(self._unseen_workloads(name), None):
            yield hidden
        if not self._controllers:
            reason = "which pods are the ingress controller's is not known: it is not in the input"
            yield Gap("not-in-input", "ingress-nginx controller", reason)

    def _shows_workloads(self, namespace: str) -> bool:
        return self._world.closed and next(self._unseen_workloads(namespace), None) is None

    def _unseen_workloads(self, namespace: str) -> Iterator[Gap]:
        found = (self._world.unseen(group, kind, namespace) for group, kind in WORKLOAD_KINDS)
        return (gap for gap in found if gap is not None)
