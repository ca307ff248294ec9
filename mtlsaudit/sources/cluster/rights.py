"""Which rights a scan needs: one list, from which the roles are printed and the API server is asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from mtlsaudit.model.world import GroupKind
from mtlsaudit.sources.cluster.tiers import SECRET, Tier

RETIRED: frozenset[GroupKind] = frozenset({("extensions", "Ingress")})
"""No longer served since Kubernetes 1.22 (Deprecated API Migration Guide); the same objects are in networking.k8s.io."""

_SECRET_VERBS = {Tier.NONE: (), Tier.NAMED: ("get",), Tier.LIST: ("get", "list")}


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One verb on all objects of a kind, in all namespaces or in those asked for."""

    group: str
    resource: str
    verb: str
    kind: str
    namespaced: bool

    @property
    def full_resource(self) -> str:
        """As kubectl names it: `ingresses.networking.k8s.io`, `secrets`."""
        return f"{self.resource}.{self.group}" if self.group else self.resource


def needed(kinds: Iterable[GroupKind], cluster_scoped: Collection[str], tier: Tier) -> tuple[Right, ...]:
    """What a scan of these kinds uses, and nothing more: `list` of each; of Secrets what the tier reads."""
    return tuple(sorted(_needed(kinds, cluster_scoped, tier)))


def _needed(kinds: Iterable[GroupKind], cluster_scoped: Collection[str], tier: Tier) -> Iterator[Right]:
    for group, kind in kinds:
        verbs = _SECRET_VERBS[tier] if (group, kind) == SECRET else ("list",)
        for verb in verbs:
            yield Right(group, plural(kind), verb, kind, kind not in cluster_scoped)


def plural(kind: str) -> str:
    """The resource of a kind, as Kubernetes itself guesses it (apimachinery, meta.UnsafeGuessKindToResource).

    Roles name resources, and offline there is no discovery to ask. tests/live holds it against a server for every kind.
    """
    name = kind.lower()
    if name.endswith("s"):
        return f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
