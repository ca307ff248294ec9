"""Ingresses to hops: who takes them, which host they meet on, what every possible world says of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import Hop
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.core.estate import Estate
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.ingress_nginx import whole
from mtlsaudit.platforms.ingress_nginx.annotations import Annotations, parse_annotations
from mtlsaudit.platforms.ingress_nginx.classes import Claim, Ownership
from mtlsaudit.platforms.ingress_nginx.conclude import conclude
from mtlsaudit.platforms.ingress_nginx.contested import Contested, find_contested
from mtlsaudit.platforms.ingress_nginx.context import Context
from mtlsaudit.platforms.ingress_nginx.merge import Seen, merge
from mtlsaudit.platforms.ingress_nginx.names import has_aliases, host_certificate
from mtlsaudit.platforms.ingress_nginx.place import Place, service_label
from mtlsaudit.platforms.ingress_nginx.review import may_be_let_in
from mtlsaudit.platforms.ingress_nginx.servers import CATCH_ALL, Options, Taken, build_server, server_name
from mtlsaudit.platforms.ingress_nginx.settings import Controller
from mtlsaudit.platforms.ingress_nginx.worlds import World, possible_worlds

_INGRESS = ("networking.k8s.io", "Ingress")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Scene:
    """What the hosts of one controller share: `homes` have a server, `certified` a certificate of their own.

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
    contested: Contested


def find_hops(
    estate: Estate, ownership: Mapping[str, Ownership], annotations: Mapping[str, Annotations]
) -> Iterator[Hop]:
    """Every hop of every Ingress; those that are judged as a whole come first.

    `annotations` are those of `review.read_annotations`.
    """
    groups: dict[str, list[Ingress]] = defaultdict(list)
    for ingress in estate.ingresses:
        own = ownership[ingress.key]
        if ingress.problems:
            yield from whole.never_stored(ingress)
        elif own.claim in (Claim.TAKEN, Claim.ASSUMED):
            groups[own.controller.identity].append(ingress)
        elif own.claim is Claim.IGNORED:
            yield from whole.refused(ingress, own.reason, own.evidence)
        else:
            yield from whole.not_known(ingress, own.reason, own.evidence, own.gaps)
    doubts = _doubts(estate, ownership)
    for members in groups.values():
        scene = _scene(ownership[members[0].key].controller, members, annotations, doubts, estate)
        yield from _controller_hops(members, scene, ownership)


def _doubts(estate: Estate, ownership: Mapping[str, Ownership]) -> dict[str, list[Gap]]:
    doubts: dict[str, list[Gap]] = defaultdict(list)
    for ingress in estate.ingresses:
        if ownership[ingress.key].claim is Claim.ASSUMED and not ingress.problems:
            for host in _hosts(ingress):
                doubts[host] += ownership[ingress.key].gaps
    return doubts


def _hosts(ingress: Ingress) -> tuple[str, ...]:
    """The servers that the Ingress is part of."""
    if ingress.default_backend is not None and not ingress.rules:
        return (CATCH_ALL,)
    return tuple(dict.fromkeys(server_name(rule) for rule in ingress.rules))


def _scene(
    controller: Controller,
    ingresses: Sequence[Ingress],
    parsed: Mapping[str, Annotations],
    doubts: Mapping[str, Sequence[Gap]],
    estate: Estate,
) -> _Scene:
    main = [i for i in ingresses if not parsed[i.key].dropped and not parsed[i.key].canary]
    homes = frozenset(host for i in main for host in _hosts(i)) | {CATCH_ALL}
    certified = frozenset(host for i in main if i.tls for host in _hosts(i)) - {CATCH_ALL}
    contested = find_contested(ingresses, parsed, estate)
    return _Scene(controller, estate, homes, certified, parsed, doubts, _unseen(controller, estate), contested)


def _unseen(controller: Controller, estate: Estate) -> tuple[Gap, ...]:
    """An Ingress of any namespace that is watched may share a host, and an older one decides (ingress-nginx-observed, 5)."""
    if not controller.watched:
        gaps = estate.world.gaps_of(_INGRESS)
    else:
        gap = estate.world.unseen(*_INGRESS, controller.watched)
        gaps = (gap,) if gap else ()
    return tuple(g._replace(reason=f"an Ingress that was not read may share the host: {g.reason}") for g in gaps)


def _controller_hops(ingresses: Sequence[Ingress], scene: _Scene, ownership: Mapping[str, Ownership]) -> Iterator[Hop]:
    """The hops of all Ingresses that one controller takes."""
    by_host: dict[str, list[Ingress]] = defaultdict(list)
    for ingress in ingresses:
        annotations = scene.parsed[ingress.key]
        if annotations.dropped:
            doubts = scene.controller.gaps if may_be_let_in(ingress, scene.controller, scene.estate) else ()
            yield from whole.dropped(ingress, annotations, scene.controller, doubts)
            continue
        for host in _hosts(ingress):
            by_host[host].append(ingress)
    strays = [i for host, members in by_host.items() if host not in scene.homes for i in members]
    for host, members in by_host.items():
        if host not in scene.homes:
            for ingress in members:
                yield from whole.canary_alone(ingress, host)
            continue
        joined = [*members, *(i for i in strays if i not in members)] if host == CATCH_ALL else members
        yield from _host_hops(host, joined, scene, ownership)


def _host_hops(
    host: str, members: Sequence[Ingress], scene: _Scene, ownership: Mapping[str, Ownership]
) -> Iterator[Hop]:
    owners = members if has_aliases(members) else ()
    known = all(host_certificate(host, owner, scene.estate).known for owner in owners)
    guesses = (True,) if known else (False, True)
    worlds = possible_worlds(members, scene.controller, scene.estate, guesses)
    seen: dict[Place, list[Seen]] = defaultdict(list)
    present: dict[Place, set[int]] = defaultdict(set)
    for index, world in enumerate(worlds.worlds):
        # In the only world there is, what was parsed before holds.
        parsed = scene.parsed if len(worlds.worlds) == 1 else {}
        for place, what in _in_world(host, world, scene, parsed, seen.keys()):
            seen[place].append(what)
            present[place].add(index)
    doubts = (*scene.doubts.get(host, ()), *scene.doubts.get(_wildcard(host), ()), *scene.unseen)
    for place, outcomes in seen.items():
        everywhere = len(present[place]) == len(worlds.worlds)
        uncertain = (*doubts, *scene.contested.doubts(place))
        yield from merge(place, outcomes, worlds, ownership[place.entry], scene.controller, uncertain, everywhere)


def _in_world(
    host: str,
    world: World,
    scene: _Scene,
    parsed: Mapping[str, Annotations],
    known: Collection[Place],
) -> Iterator[tuple[Place, Seen]]:
    """Each place with what becomes of it; of those that are known already without the evidence."""
    estate, homes, certified = scene.estate, scene.homes, scene.certified
    taken = [
        Taken(i, parsed.get(i.key) or parse_annotations(i, world.controller, world.secrets)) for i in world.ingresses
    ]
    taken = [t for t in taken if not t.annotations.dropped]
    options = Options(world.controller.setting("proxy-ssl-location-only", False))
    server = build_server(host, taken, homes, options)
    owner_of_certificate = server.certificate_from.ingress if server.certificate_from else None
    certificate = host_certificate(host, owner_of_certificate if server.aliases else None, estate)
    names = [(host, False), *((a, True) for a in server.aliases if a != host and a not in homes)]
    for name, alias in names:
        own = host in certified and (not alias or certificate.covers(name, world.alias_guess))
        context = Context(world.controller, own or _wildcard(name) in certified, alias, estate.service, estate.world)
        for location in server.locations:
            owner, backend = location.owner, location.backend
            if owner is None or backend is None:
                continue
            service = service_label(owner.ingress.namespace, backend, estate)
            shown = "*" if name == CATCH_ALL else name
            place = Place(shown, location.path, owner.ingress.key, service, alias)
            cited = replace(context, cites=False) if place in known else context
            yield place, Seen(conclude(server, location, cited), location, server)


def _wildcard(host: str) -> str:
    return "*." + host.partition(".")[2]
