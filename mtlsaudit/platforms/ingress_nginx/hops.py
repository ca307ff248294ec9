"""Ingresses to hops: who takes them, which host they meet on, what every possible world says of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mtlsaudit.model.fact import Basis, Gap, weakest
from mtlsaudit.model.hop import ClientAuth, ClientSide, Hop, HopKind, Mode, Plaintext, UpstreamSide
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.core.estate import Estate
from mtlsaudit.platforms.core.ingresses import Backend, Ingress
from mtlsaudit.platforms.ingress_nginx import classes
from mtlsaudit.platforms.ingress_nginx.annotations import Annotations, parse_annotations
from mtlsaudit.platforms.ingress_nginx.conclude import Conclusion, conclude
from mtlsaudit.platforms.ingress_nginx.context import Context
from mtlsaudit.platforms.ingress_nginx.names import HostCertificate, has_aliases, host_certificate
from mtlsaudit.platforms.ingress_nginx.servers import (
    CATCH_ALL,
    Location,
    Options,
    Server,
    Taken,
    build_server,
    server_name,
)
from mtlsaudit.platforms.ingress_nginx.settings import Controller
from mtlsaudit.platforms.ingress_nginx.snippets import opaque_snippets
from mtlsaudit.platforms.ingress_nginx.worlds import World, Worlds, possible_worlds

NAME = "ingress-nginx"


@dataclass(frozen=True, slots=True)
class _Place:
    """One location as a client sees it: host, path, owner and Service. The identity of its two hops."""

    host: str
    path: str
    entry: str
    service: str
    alias: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    conclusion: Conclusion
    location: Location
    server: Server


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The Ingresses that one controller takes, with how each came to be its own."""

    controller: Controller
    owned: Mapping[str, classes.Ownership]
    ingresses: Sequence[Ingress]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Scene:
    """What the hosts of a group share: `homes` have a server, `certified` a certificate of their own."""

    group: Group
    estate: Estate
    homes: frozenset[str]
    certified: frozenset[str]
    parsed: Mapping[str, Annotations]


def find_hops(estate: Estate, ownership: Mapping[str, classes.Ownership]) -> Iterator[Hop]:
    """Every hop of every Ingress, in the order of the Ingresses' names."""
    groups: dict[str, list[Ingress]] = defaultdict(list)
    for ingress in estate.ingresses:
        own = ownership[ingress.key]
        if ingress.problems:
            yield from _plain_hops(ingress, Mode.REFUSED, _refusal(ingress), _problem_evidence(ingress), ())
        elif own.claim in (classes.Claim.TAKEN, classes.Claim.ASSUMED):
            groups[own.controller.key].append(ingress)
        elif own.claim is classes.Claim.IGNORED:
            yield from _plain_hops(ingress, Mode.REFUSED, own.reason, own.evidence, ())
        else:
            yield from _plain_hops(ingress, Mode.UNKNOWN, own.reason, own.evidence, own.gaps)
    for members in groups.values():
        controller = ownership[members[0].key].controller
        yield from _group_hops(Group(controller, ownership, members), estate)


def _refusal(ingress: Ingress) -> str:
    return f"the API server refuses the Ingress, so it never exists: {ingress.problems[0].reason}"


def _problem_evidence(ingress: Ingress) -> tuple[Evidence, ...]:
    return tuple(ingress.resource.evidence(p.reason, *p.path) for p in ingress.problems)


def _group_hops(group: Group, estate: Estate) -> Iterator[Hop]:
    by_host: dict[str, list[Ingress]] = defaultdict(list)
    plain = {i.key: _first_annotations(i, group, estate) for i in group.ingresses}
    stored = [i for i in group.ingresses if not plain[i.key].dropped]
    for ingress in stored:
        for host in dict.fromkeys(server_name(rule) for rule in ingress.rules):
            by_host[host].append(ingress)
        if ingress.default_backend is not None and not ingress.rules:
            by_host[CATCH_ALL].append(ingress)
    homes = frozenset(h for h, members in by_host.items() if any(not plain[i.key].canary for i in members)) | {
        CATCH_ALL
    }
    strays = [i for h, members in by_host.items() if h not in homes for i in members]
    certified = frozenset(
        h
        for h, members in by_host.items()
        if h != CATCH_ALL and any(i.tls and not plain[i.key].canary for i in members)
    )
    scene = _Scene(group, estate, homes, certified, plain)
    for ingress in group.ingresses:
        if plain[ingress.key].dropped:
            yield from _dropped(ingress, plain[ingress.key], group)
    for host in by_host:
        if host not in homes:
            for ingress in by_host[host]:
                yield from _plain_hops(
                    ingress, Mode.REFUSED, "a canary Ingress without a main one: no server is generated", (), (), host
                )
            continue
        members = by_host[host] + ([i for i in strays if i not in by_host[host]] if host == CATCH_ALL else [])
        yield from _host_hops(host, members, scene)


def _first_annotations(ingress: Ingress, group: Group, estate: Estate) -> Annotations:
    world = possible_worlds([ingress], group.controller, estate, (True,)).worlds[0]
    return parse_annotations(ingress, group.controller, world.secrets)


def _dropped(ingress: Ingress, annotations: Annotations, group: Group) -> Iterator[Hop]:
    reason = f"{annotations.dropped}: the controller ignores the whole Ingress, and the host gets 404"
    name = f"{group.controller.prefix}/{annotations.dropped.split(' ', 1)[0]}"
    evidence = (ingress.resource.annotation(name),)
    yield from _plain_hops(ingress, Mode.REFUSED, reason, evidence, group.controller.gaps)


def _host_hops(host: str, members: list[Ingress], scene: _Scene) -> Iterator[Hop]:
    group, estate = scene.group, scene.estate
    certificate = host_certificate(host, members, estate) if has_aliases(members) else HostCertificate(None, True)
    guesses = (True,) if certificate.known else (False, True)
    worlds = possible_worlds(members, group.controller, estate, guesses)
    seen: dict[_Place, list[_Seen]] = defaultdict(list)
    for world in worlds.worlds:
        # In the only world there is, what was parsed before holds.
        parsed = scene.parsed if len(worlds.worlds) == 1 else {}
        for place, what in _in_world(host, world, certificate, scene, parsed):
            seen[place].append(what)
    for place, outcomes in seen.items():
        complete = len(outcomes) == len(worlds.worlds)
        yield from _merge(place, outcomes, complete, worlds, group)


def _in_world(
    host: str, world: World, certificate: HostCertificate, scene: _Scene, parsed: Mapping[str, Annotations]
) -> Iterator[tuple[_Place, _Seen]]:
    estate, homes, certified = scene.estate, scene.homes, scene.certified
    taken = [
        Taken(i, parsed.get(i.key) or parse_annotations(i, world.controller, world.secrets)) for i in world.ingresses
    ]
    taken = [t for t in taken if not t.annotations.dropped]
    options = Options(world.controller.setting("proxy-ssl-location-only", False))
    server = build_server(host, taken, homes, options)
    names = [(host, False), *((a, True) for a in server.aliases if a != host and a not in homes)]
    for name, alias in names:
        own = host in certified and (not alias or certificate.covers(name, world.alias_guess))
        context = Context(world.controller, own or _wildcard(name) in certified, alias, estate.service, estate.closed)
        for location in _served(server):
            owner, backend = location.owner, location.backend
            if owner is None or backend is None:
                continue
            service = _service_label(owner.ingress.namespace, backend, estate)
            shown = "*" if name == CATCH_ALL else name
            place = _Place(shown, location.path, owner.ingress.key, service, alias)
            yield place, _Seen(conclude(server, location, context), location, server)


def _service_label(namespace: str, backend: Backend, estate: Estate | None) -> str:
    """`namespace/name:port`, with the number of a named port where the Service tells it."""
    service = estate.service(namespace, backend.service) if estate else None
    port = service.port(backend.port) if service else None
    return f"{namespace}/{backend.service}:{port.port if port else backend.port}"


def _wildcard(host: str) -> str:
    return "*." + host.partition(".")[2]


def _served(server: Server) -> Iterable[Location]:
    return (loc for loc in server.locations if loc.owner is not None and loc.backend is not None)


def _merge(place: _Place, outcomes: list[_Seen], complete: bool, worlds: Worlds, group: Group) -> Iterator[Hop]:
    own = group.owned[place.entry]
    first = outcomes[0].conclusion
    gaps = (*own.gaps, *(g for g in group.controller.gaps if g not in own.gaps), *worlds.gaps)
    basis = weakest(worlds.basis, Basis.ASSUMED if group.controller.workload is None else Basis.DECLARED)
    evidence = dict(first.evidence)
    evidence["class"] = own.evidence
    opaque = opaque_snippets(outcomes[0].server, outcomes[0].location, group.controller)
    diverting = opaque_snippets(outcomes[0].server, outcomes[0].location, group.controller, upstream=True)
    gaps = (*gaps, *opaque)
    modes = tuple(dict.fromkeys(o.conclusion.client_mode for o in outcomes))
    keys = {o.conclusion.client_key() for o in outcomes}
    settled = len(keys) == 1 and complete and not opaque
    side = first.client if settled else _common_client(outcomes)
    mode, possible = _judge(modes, settled and worlds.complete, bool(gaps_of_owner(own, group)), Mode.MUTUAL)
    if mode is Mode.UNKNOWN and opaque:
        side = replace(side, plaintext=Plaintext.UNKNOWN, client_auth=ClientAuth.UNKNOWN)
    yield Hop(
        id=f"{HopKind.CLIENT_TO_ENTRY}:{place.entry}:{place.host}{place.path}",
        kind=HopKind.CLIENT_TO_ENTRY,
        platform=NAME,
        entry=place.entry,
        host=place.host,
        path=place.path,
        service=place.service,
        mode=mode,
        basis=basis,
        because=_because(mode, possible, first.client_because, gaps),
        client=side,
        possible=possible,
        evidence=evidence,
        gaps=gaps if mode is Mode.UNKNOWN else (),
    )
    outcomes = [o for o in outcomes if o.conclusion.upstream_mode is not Mode.REFUSED] or outcomes
    up_modes = tuple(dict.fromkeys(o.conclusion.upstream_mode for o in outcomes))
    up_settled = len({o.conclusion.upstream_key() for o in outcomes}) == 1 and complete and not diverting
    # Where some worlds refuse everything, the others say how the Service is spoken to whenever anything is served.
    first = outcomes[0].conclusion
    up_mode, up_possible = _judge(
        up_modes, up_settled and worlds.complete, bool(gaps_of_owner(own, group)), Mode.OFFERED
    )
    yield Hop(
        id=f"{HopKind.ENTRY_TO_SERVICE}:{place.entry}:{place.host}{place.path}",
        kind=HopKind.ENTRY_TO_SERVICE,
        platform=NAME,
        entry=place.entry,
        host=place.host,
        path=place.path,
        service=place.service,
        mode=up_mode,
        basis=basis,
        because=_because(up_mode, up_possible, first.upstream_because, gaps),
        upstream=first.upstream if up_settled else _common_upstream(outcomes),
        possible=up_possible,
        evidence=evidence,
        gaps=gaps if up_mode is Mode.UNKNOWN else (),
    )


def gaps_of_owner(own: classes.Ownership, group: Group) -> bool:
    """Is who serves this, or with what settings, less than certain?"""
    return bool(own.gaps or group.controller.gaps)


def _judge(modes: tuple[Mode, ...], settled: bool, uncertain: bool, best: Mode) -> tuple[Mode, tuple[Mode, ...]]:
    """The mode, or unknown with what it could be. The best mode is never claimed on less than certainty."""
    if len(modes) > 1 or not settled:
        return Mode.UNKNOWN, modes
    if uncertain and modes[0] is best:
        return Mode.UNKNOWN, (best, Mode.PERMISSIVE if best is Mode.MUTUAL else Mode.SERVER_TLS)
    return modes[0], ()


def _because(mode: Mode, possible: tuple[Mode, ...], words: str, gaps: Sequence[Gap]) -> str:
    if mode is not Mode.UNKNOWN:
        return words
    missing = "; ".join(dict.fromkeys(g.reason for g in gaps)) or "too much is unknown"
    could = " or ".join(possible)
    best = min(possible, key=list(Mode).index) if possible else None
    return f"{missing}. It could be {could}{f'; at best: {words}' if best else ''}" if could else missing


def _common_client(outcomes: list[_Seen]) -> ClientSide:
    sides = [o.conclusion.client for o in outcomes]
    plain = {s.plaintext for s in sides}
    auth = {s.client_auth for s in sides}
    first = sides[0]
    return replace(
        first,
        plaintext=first.plaintext if len(plain) == 1 else _worst_plaintext(plain),
        client_auth=first.client_auth if len(auth) == 1 else ClientAuth.UNKNOWN,
    )


def _worst_plaintext(found: set[Plaintext]) -> Plaintext:
    """Served in every world in which anything is served is still served: what a finding may say."""
    return Plaintext.SERVED if found <= {Plaintext.SERVED, Plaintext.REFUSED} else Plaintext.UNKNOWN


def _common_upstream(outcomes: list[_Seen]) -> UpstreamSide | None:
    sides = [o.conclusion.upstream for o in outcomes if o.conclusion.upstream is not None]
    if not sides:
        return None
    first = sides[0]
    return replace(
        first,
        encryption=first.encryption if len({s.encryption for s in sides}) == 1 else None,
        server_verified=first.server_verified if len({s.server_verified for s in sides}) == 1 else None,
        client_certificate=first.client_certificate if len({s.client_certificate for s in sides}) == 1 else None,
    )


def _plain_hops(
    ingress: Ingress,
    mode: Mode,
    reason: str,
    evidence: tuple[Evidence, ...],
    gaps: tuple[Gap, ...],
    only_host: str = "",
) -> Iterator[Hop]:
    """The hops of an Ingress that is judged as a whole: refused, or not ours to judge."""
    refused = mode is Mode.REFUSED
    plaintext, auth = (Plaintext.REFUSED, ClientAuth.REFUSED) if refused else (Plaintext.UNKNOWN, ClientAuth.UNKNOWN)
    shown = evidence or (ingress.resource.evidence(ingress.class_name, "spec", "ingressClassName"),)
    for host, path, backend in _declared(ingress):
        if only_host and host != only_host:
            continue
        service = _service_label(ingress.namespace, backend, None)
        for kind in HopKind:
            client = ClientSide(plaintext, auth) if kind is HopKind.CLIENT_TO_ENTRY else None
            yield Hop(
                id=f"{kind}:{ingress.key}:{host}{path}",
                kind=kind,
                platform=NAME if refused else "unknown",
                entry=ingress.key,
                host=host,
                path=path,
                service=service,
                mode=mode,
                basis=Basis.DECLARED,
                because=reason,
                client=client,
                evidence={"class": shown, "path": shown},
                gaps=gaps if mode is Mode.UNKNOWN else (),
            )


def _declared(ingress: Ingress) -> Iterator[tuple[str, str, Backend]]:
    for rule in ingress.rules:
        paths = [(p.path, p.backend) for p in rule.paths or () if p.backend is not None]
        if not any(path == "/" for path, _ in paths) and ingress.default_backend is not None:
            paths.append(("/", ingress.default_backend))
        for path, backend in paths:
            yield rule.host or "*", path, backend
    if not ingress.rules and ingress.default_backend is not None:
        yield "*", "/", ingress.default_backend
