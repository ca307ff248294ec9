"""Ingresses to hops: who takes them, which host they meet on, what every possible world says of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import Hop
from mtlsaudit.model.values import dataclass, replace
from mtlsaudit.platforms.core.estate import Estate
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.ingress_nginx import whole
from mtlsaudit.platforms.ingress_nginx.annotations import Annotations, parse_annotations
from mtlsaudit.platforms.ingress_nginx.classes import Claim, Ownership
from mtlsaudit.platforms.ingress_nginx.conclude import conclude
from mtlsaudit.platforms.ingress_nginx.context import Context
from mtlsaudit.platforms.ingress_nginx.merge import Doubts, Seen, merge
from mtlsaudit.platforms.ingress_nginx.names import has_aliases, host_certificate
from mtlsaudit.platforms.ingress_nginx.paths import standing_twice
from mtlsaudit.platforms.ingress_nginx.place import Place, service_label
from mtlsaudit.platforms.ingress_nginx.review import may_be_let_in
from mtlsaudit.platforms.ingress_nginx.scene import Scene, find_doubts, hosts_of, set_scene, wildcard
from mtlsaudit.platforms.ingress_nginx.servers import CATCH_ALL, Options, Server, Taken, build_server
from mtlsaudit.platforms.ingress_nginx.worlds import World, Worlds, possible_worlds


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Host:
    """What every world says of the places of one host. `clash` is a path that stands twice in one of them."""

    host: str
    worlds: Worlds
    seen: Mapping[Place, Sequence[Seen]]
    present: Mapping[Place, Collection[int]]
    clash: str


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
    doubts = find_doubts(estate, ownership)
    for members in groups.values():
        scene = set_scene(ownership[members[0].key].controller, members, annotations, doubts, estate)
        yield from _controller_hops(members, scene, ownership)


def _controller_hops(ingresses: Sequence[Ingress], scene: Scene, ownership: Mapping[str, Ownership]) -> Iterator[Hop]:
    """The hops of all Ingresses that one controller takes."""
    by_host: dict[str, list[Ingress]] = defaultdict(list)
    for ingress in ingresses:
        annotations = scene.parsed[ingress.key]
        if annotations.dropped:
            doubts = scene.controller.gaps if may_be_let_in(ingress, scene.controller, scene.estate) else ()
            yield from whole.dropped(ingress, annotations, scene.controller, doubts)
            continue
        for host in hosts_of(ingress):
            by_host[host].append(ingress)
    strays = [i for host, members in by_host.items() if host not in scene.homes for i in members]
    if strays and CATCH_ALL not in by_host:
        by_host[CATCH_ALL] = []
    looked_at: list[tuple[str, Sequence[Ingress]]] = []
    made: list[Hop] = []
    clashes: list[Gap] = []
    for host, members in by_host.items():
        if host not in scene.homes:
            for ingress in members:
                yield from whole.canary_alone(ingress, host)
            continue
        joined = [*members, *(i for i in strays if i not in members)] if host == CATCH_ALL else members
        looked_at.append((host, joined))
        one = _look_at(host, joined, scene)  # not kept: the worlds of thousands of hosts take more memory than all else
        made += _host_hops(one, scene, ownership, ())
        clashes += (_does_not_load(one),) if one.clash else ()
        written = {(place.entry, place.path) for place in one.seen}
        for ingress in members if scene.upstreams.shared else ():
            canary = scene.parsed[ingress.key].canary
            yield from whole.not_written(ingress, host, canary, scene.upstreams, written)
    if not clashes:
        yield from made
        return
    for host, every in looked_at:
        yield from _host_hops(_look_at(host, every, scene), scene, ownership, tuple(clashes))


def _does_not_load(one: _Host) -> Gap:
    words = f"the location {one.clash} would stand twice, so nginx does not load the configuration and serves the one before"
    return Gap("does-not-load", f"host {one.host}", words)


def _look_at(host: str, members: Sequence[Ingress], scene: Scene) -> _Host:
    owners = members if has_aliases(members) else ()
    known = all(host_certificate(host, owner, scene.estate).known for owner in owners)
    guesses = (True,) if known else (False, True)
    worlds = possible_worlds(members, scene.controller, scene.estate, guesses)
    seen: dict[Place, list[Seen]] = defaultdict(list)
    present: dict[Place, set[int]] = defaultdict(set)
    clash = ""
    for index, world in enumerate(worlds.worlds):
        # In the only world there is, what was parsed before holds.
        server = _server(host, world, scene, scene.parsed if len(worlds.worlds) == 1 else {})
        clash = clash or standing_twice(server.locations)
        for place, what in _places(server, world, scene, seen.keys()):
            seen[place].append(what)
            present[place].add(index)
    return _Host(host, worlds, seen, present, clash)


def _host_hops(one: _Host, scene: Scene, ownership: Mapping[str, Ownership], broken: tuple[Gap, ...]) -> Iterator[Hop]:
    doubts = scene.host_doubts(one.host)
    for place, outcomes in one.seen.items():
        everywhere = len(one.present[place]) == len(one.worlds.worlds)
        shared = scene.aliases.get(place.host) if place.alias else None
        location = outcomes[0].location
        written, reached = scene.upstreams.doubts(place.entry.partition("/")[0], location.backend)
        uncertain = (*doubts, *((shared.gap,) if shared and shared.gap else ()), *written)
        yield from merge(
            place,
            outcomes,
            one.worlds,
            ownership[place.entry],
            scene.controller,
            Doubts(uncertain, reached, broken),
            everywhere,
        )


def _server(host: str, world: World, scene: Scene, parsed: Mapping[str, Annotations]) -> Server:
    taken = [
        Taken(i, parsed.get(i.key) or parse_annotations(i, world.controller, world.secrets)) for i in world.ingresses
    ]
    taken = [t for t in taken if not t.annotations.dropped]
    options = Options(world.controller.setting("proxy-ssl-location-only", False), scene.upstreams)
    return build_server(host, taken, scene.homes, options)


def _places(server: Server, world: World, scene: Scene, known: Collection[Place]) -> Iterator[tuple[Place, Seen]]:
    """Each place with what becomes of it; of those that are known already without the evidence."""
    estate = scene.estate
    owner_of_certificate = server.certificate_from.ingress if server.certificate_from else None
    certificate = host_certificate(server.host, owner_of_certificate if server.aliases else None, estate)
    for name, alias in scene.names(server.host, server.aliases):
        own = server.host in scene.certified and (not alias or certificate.covers(name, world.alias_guess))
        shared = scene.aliases.get(name) if alias else None
        if shared and not shared.gap:
            own = shared.registered
        registered = own or wildcard(name) in scene.certified
        context = Context(world.controller, registered, alias, estate.service, estate.world)
        for location in server.locations:
            owner, backend = location.owner, location.backend
            if owner is None or backend is None:
                continue
            service = service_label(owner.ingress.namespace, backend, estate)
            shown = "*" if name == CATCH_ALL else name
            place = Place(shown, location.path, owner.ingress.key, service, alias)
            cited = replace(context, cites=False) if place in known else context
            yield place, Seen(conclude(server, location, cited), location, server)
