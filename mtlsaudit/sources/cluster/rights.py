"""Which rights a scan needs: one list, from which the roles are printed and the API server is asked."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from mtlsaudit.errors import ClusterError
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.world import GroupKind
from mtlsaudit.sources.cluster.connection import Connection, NoAnswer, Refused
from mtlsaudit.sources.cluster.discovery import Served
from mtlsaudit.sources.cluster.tiers import SECRET, Tier

RETIRED: frozenset[GroupKind] = frozenset({("extensions", "Ingress")})
"""No longer served since Kubernetes 1.22 (Deprecated API Migration Guide); the same objects are in networking.k8s.io."""

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_AT_ONCE = 4
_SECRET_VERBS: dict[Tier, tuple[str, ...]] = {Tier.NONE: (), Tier.NAMED: ("get",), Tier.LIST: ("get", "list")}


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


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API server says of a right; `namespace` is empty for all of them."""

    right: Right
    namespace: str
    allowed: bool
    reason: str = ""


def needed(kinds: Iterable[GroupKind], cluster_scoped: Collection[str], tier: Tier) -> tuple[Right, ...]:
    """What a scan of these kinds uses, and nothing more: `list` of each; of Secrets what the tier reads."""
    return tuple(sorted(_needed(kinds, cluster_scoped, tier)))


def needed_here(served: Iterable[Served], tier: Tier) -> tuple[Right, ...]:
    """The same for the kinds that a server has, by the names that it gives them."""
    return tuple(
        sorted(
            Right(one.group, one.plural, verb, one.kind, one.namespaced)
            for one in served
            for verb in _verbs((one.group, one.kind), tier)
        )
    )


def ask(connection: Connection, rights: Iterable[Right], namespaces: Sequence[str] = ()) -> tuple[Answer, ...]:
    """What this account may do, by a SelfSubjectAccessReview for each right (and namespace, where some are asked for).

    A review is a POST that the API server answers and does not keep; the scan itself only gets and lists.
    Raises ClusterError where the server does not answer.
    """
    asked = [(right, ns) for right in rights for ns in (namespaces if right.namespaced and namespaces else ("",))]
    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return tuple(pool.map(lambda one: _review(connection, *one), asked))
    except (Refused, NoAnswer) as error:
        raise ClusterError(f"{connection.name}: the API server does not say what is allowed: {error}") from None


def _review(connection: Connection, right: Right, namespace: str) -> Answer:
    attributes = {"group": right.group, "resource": right.resource, "verb": right.verb, "namespace": namespace}
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    answer = json.loads(connection.send("POST", _REVIEWS, json.dumps(body).encode()))
    status = answer.get("status") or {}
    reason = status.get("evaluationError") or status.get("reason") or ""
    return Answer(right, namespace, status.get("allowed") is True, str(reason))


def _verbs(kind: GroupKind, tier: Tier) -> tuple[str, ...]:
    return _SECRET_VERBS[tier] if kind == SECRET else ("list",)


def _needed(kinds: Iterable[GroupKind], cluster_scoped: Collection[str], tier: Tier) -> Iterator[Right]:
    for group, kind in kinds:
        for verb in _verbs((group, kind), tier):
            yield Right(group, plural(kind), verb, kind, kind not in cluster_scoped)


def plural(kind: str) -> str:
    """The resource of a kind, as Kubernetes itself guesses it (apimachinery, meta.UnsafeGuessKindToResource).

    Roles name resources, and offline there is no discovery to ask. tests/live holds it against a server for every kind.
    """
    name = kind.lower()
    if name.endswith("s"):
        return f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
