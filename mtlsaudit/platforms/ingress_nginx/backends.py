"""Services that a canary Ingress and a main one share: whose locations are written (controller.go createUpstreams).

The controller has one upstream for a Service and port, of all hosts. Whoever comes first says whether it is a canary's;
every defaultBackend says it anew. No location is written for a canary's upstream, not even of a main Ingress; for any
other one is, also of a canary.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.core.ingresses import Backend, Ingress
from mtlsaudit.platforms.ingress_nginx.annotations import Annotations
from mtlsaudit.platforms.ingress_nginx.order import in_order, is_known


def upstream_name(namespace: str, backend: Backend) -> str:
    """The controller's name, in which a port by name and the same by number are two."""
    return f"{namespace}-{backend.service}-{backend.port}"


@dataclass(frozen=True, slots=True)
class Upstreams:
    """`canaries` are upstreams without locations; `shared` those of canaries and main Ingresses; `open` those of them where
    the order is not known.
    """

    canaries: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()

    def writes(self, namespace: str, backend: Backend, canary: bool) -> bool:
        """Is a location written for a path of an Ingress? Where the order is not known, as if Services were not shared."""
        name = upstream_name(namespace, backend)
        return not canary if name in self.open else name not in self.canaries

    def doubts(self, namespace: str, backend: Backend | None) -> tuple[tuple[Gap, ...], tuple[Gap, ...]]:
        """Why it is not certain that a location is served, and why it is not that its Service is reached."""
        name = upstream_name(namespace, backend) if backend else ""
        if name not in self.shared or backend is None:
            return (), ()
        label = f"{namespace}/{backend.service}:{backend.port}"
        words = (
            f"a canary Ingress has the Service {label} as well, and which of the two is served depends on the older one"
        )
        taken = f"a canary Ingress has the Service {label} as well, and whether it is then reached is not modelled"
        gaps = (Gap("order-unknown", label, words),) if name in self.open else ()
        return gaps, gaps or (Gap("not-modelled", label, taken),)


def find_upstreams(ingresses: Sequence[Ingress], parsed: Mapping[str, Annotations]) -> Upstreams:
    """Of the Ingresses of one controller that it does not drop."""
    if not any(parsed[i.key].canary for i in ingresses):
        return Upstreams()
    first: dict[str, bool] = {}
    claims: dict[str, list[Ingress]] = defaultdict(list)
    kinds: dict[str, set[bool]] = defaultdict(set)
    for ingress in in_order(ingresses):
        canary = parsed[ingress.key].canary
        for name, is_default in _named(ingress):
            if is_default or name not in first:
                first[name] = canary
            claims[name].append(ingress)
            kinds[name].add(canary)
    shared = {name for name, found in kinds.items() if len(found) > 1}
    unordered = {name for name in shared if not is_known(claims[name])}
    return Upstreams(frozenset(n for n, canary in first.items() if canary), frozenset(shared), frozenset(unordered))


def _named(ingress: Ingress) -> Iterator[tuple[str, bool]]:
    if ingress.default_backend is not None:
        yield upstream_name(ingress.namespace, ingress.default_backend), True
    for rule in ingress.rules:
        for path in rule.paths or ():
            if path.backend is not None:
                yield upstream_name(ingress.namespace, path.backend), False
