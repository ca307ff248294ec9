"""What the hosts of one controller share: who else is there, and what that decides for each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.core.estate import Estate
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.ingress_nginx.aliases import Shared, find_shared
from mtlsaudit.platforms.ingress_nginx.annotations import Annotations
from mtlsaudit.platforms.ingress_nginx.backends import Upstreams, find_upstreams
from mtlsaudit.platforms.ingress_nginx.classes import Claim, Ownership
from mtlsaudit.platforms.ingress_nginx.servers import CATCH_ALL, server_name
from mtlsaudit.platforms.ingress_nginx.settings import Controller

_INGRESS = ("networking.k8s.io", "Ingress")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Scene:
    """`homes` have a server, `certified` a certificate of their own.

    `parsed` is what annotations come to in the only world there is, or else in one of them. `doubts` has, by host, why it
    is not known of Ingresses that are assumed to be ours; `unseen` why the controller may have others, of any host.
    """

    controller: Controller
    estate: Estate
    homes: frozenset[str]
    certified: frozenset[str]
    parsed: Mapping[str, Annotations]
    doubts: Mapping[str, Sequence[Gap]]
    unseen: Sequence[Gap]
    upstreams: Upstreams
    aliases: Mapping[str, Shared]

    def host_doubts(self, host: str) -> tuple[Gap, ...]:
        """Why it is not certain that the host has no other Ingress than those that are seen."""
        return (*self.doubts.get(host, ()), *self.doubts.get(wildcard(host), ()), *self.unseen)

    def names(self, host: str, aliases: Sequence[str]) -> Iterator[tuple[str, bool]]:
        """The names of a server, and whether each is an alias; without those that another server has."""
        yield host, False
        for alias in aliases:
            shared = self.aliases.get(alias)
            if alias != host and alias not in self.homes and (shared is None or shared.host in ("", host)):
                yield alias, True


def set_scene(
    controller: Controller,
    ingresses: Sequence[Ingress],
    parsed: Mapping[str, Annotations],
    doubts: Mapping[str, Sequence[Gap]],
    estate: Estate,
) -> Scene:
    """Of all Ingresses that one controller takes."""
    stored = [i for i in ingresses if not parsed[i.key].dropped]
    main = [i for i in stored if not parsed[i.key].canary]
    return Scene(
        controller,
        estate,
        frozenset(host for i in main for host in hosts_of(i)) | {CATCH_ALL},
        frozenset(host for i in main if i.tls for host in hosts_of(i)) - {CATCH_ALL},
        parsed,
        doubts,
        _unseen(controller, estate),
        find_upstreams(stored, parsed),
        find_shared(main, parsed, estate),
    )


def find_doubts(estate: Estate, ownership: Mapping[str, Ownership]) -> dict[str, list[Gap]]:
    """By host, why Ingresses may be another controller's that are assumed to be ours."""
    doubts: dict[str, list[Gap]] = defaultdict(list)
    for ingress in estate.ingresses:
        if ownership[ingress.key].claim is Claim.ASSUMED and not ingress.problems:
            for host in hosts_of(ingress):
                doubts[host] += ownership[ingress.key].gaps
    return doubts


def hosts_of(ingress: Ingress) -> tuple[str, ...]:
    """The servers that the Ingress is part of."""
    if ingress.default_backend is not None and not ingress.rules:
        return (CATCH_ALL,)
    return tuple(dict.fromkeys(server_name(rule) for rule in ingress.rules))


def wildcard(host: str) -> str:
    """The name that stands for all with the parent of the host."""
    return "*." + host.partition(".")[2]


def _unseen(controller: Controller, estate: Estate) -> tuple[Gap, ...]:
    """An Ingress of any namespace that is watched may share a host, and an older one decides (ingress-nginx-observed, 5)."""
    if not controller.watched:
        gaps = estate.world.gaps_of(_INGRESS)
    else:
        gap = estate.world.unseen(*_INGRESS, controller.watched)
        gaps = (gap,) if gap else ()
    return tuple(g._replace(reason=f"an Ingress that was not read may share the host: {g.reason}") for g in gaps)
