"""What the controller gives to one of several claimants, by an order that is not modelled: of these no hop is called mutual.

An alias that two servers claim is kept by one of them alone. A canary with the very Service of a main Ingress is taken for its
alternative or for itself, by age; then a location of either may not be written (createServers and mergeAlternativeBackends,
read in the module of July 2024 and seen there with random Ingresses).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.core.estate import Estate
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.ingress_nginx.annotations import Annotations
from mtlsaudit.platforms.ingress_nginx.place import Place, service_label
from mtlsaudit.platforms.ingress_nginx.servers import server_name


@dataclass(frozen=True, slots=True)
class Contested:
    """Aliases of more than one host, and Services of canaries as places show them."""

    aliases: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()

    def doubts(self, place: Place) -> tuple[Gap, ...]:
        """Why it is not certain that the place is served as it says."""
        found = []
        if place.alias and place.host in self.aliases:
            found.append(Gap("not-modelled", place.host, f"more than one host has the alias {place.host}"))
        if place.service in self.services:
            words = f"a canary Ingress has the Service {place.service} as well, and which of the two is served is not modelled"
            found.append(Gap("not-modelled", place.service, words))
        return tuple(found)


def find_contested(ingresses: Sequence[Ingress], parsed: Mapping[str, Annotations], estate: Estate) -> Contested:
    """Among the Ingresses of one controller that it does not drop."""
    claims: dict[str, set[str]] = defaultdict(set)
    services: set[str] = set()
    for ingress in ingresses:
        annotations = parsed[ingress.key]
        if annotations.dropped:
            continue
        if annotations.canary:
            services.update(_services(ingress, estate))
        for alias in annotations.aliases:
            claims[alias].update(server_name(rule) for rule in ingress.rules)
    return Contested(frozenset(a for a, hosts in claims.items() if len(hosts) > 1), frozenset(services))


def _services(ingress: Ingress, estate: Estate) -> Iterator[str]:
    backends = [ingress.default_backend, *(path.backend for rule in ingress.rules for path in rule.paths or ())]
    for backend in backends:
        if backend is not None:
            yield service_label(ingress.namespace, backend, estate)
