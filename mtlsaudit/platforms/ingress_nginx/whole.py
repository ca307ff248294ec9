"""The hops of an Ingress that is judged as a whole: refused, or not ours to judge."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from mtlsaudit.model.fact import Basis, Gap
from mtlsaudit.model.hop import ClientAuth, ClientSide, Hop, HopKind, Mode, Plaintext
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.core.ingresses import Backend, Ingress
from mtlsaudit.platforms.ingress_nginx import NAME
from mtlsaudit.platforms.ingress_nginx.annotations import Annotations
from mtlsaudit.platforms.ingress_nginx.backends import Upstreams
from mtlsaudit.platforms.ingress_nginx.place import Place, service_label
from mtlsaudit.platforms.ingress_nginx.servers import server_name
from mtlsaudit.platforms.ingress_nginx.settings import Controller


def never_stored(ingress: Ingress) -> Iterator[Hop]:
    """An object that the API server does not take."""
    reason = f"the API server refuses the Ingress, so it never exists: {ingress.problems[0].reason}"
    return refused(ingress, reason, tuple(ingress.resource.evidence(p.reason, *p.path) for p in ingress.problems))


def dropped(
    ingress: Ingress, annotations: Annotations, controller: Controller, doubts: tuple[Gap, ...] = ()
) -> Iterator[Hop]:
    """An Ingress with an annotation for which the controller drops all of it; `doubts` say why it may not."""
    name = f"{controller.prefix}/{annotations.dropped_by}"
    evidence = (ingress.resource.annotation(name),)
    if doubts:
        reason = f"by default the controller ignores the whole Ingress ({annotations.dropped}), but {doubts[0].reason}"
        return not_known(ingress, reason, evidence, doubts, NAME)
    reason = f"{annotations.dropped}: the controller ignores the whole Ingress, and the host gets 404"
    return refused(ingress, reason, evidence)


def canary_alone(ingress: Ingress, host: str) -> Iterator[Hop]:
    """A canary's rules for a host that no other Ingress has."""
    return refused(ingress, "a canary Ingress without a main one: no server is generated", (), host)


def not_written(
    ingress: Ingress, host: str, canary: bool, upstreams: Upstreams, written: Collection[tuple[str, str]]
) -> Iterator[Hop]:
    """Paths of a host whose Service a canary and a main Ingress have: a main one's without a location, because the canary
    is older, and a canary's that may have one.

    `written` are entries and paths of the host that have a location.
    """
    for rule in ingress.rules:
        if server_name(rule) != host:
            continue
        for path in rule.paths or ():
            backend = path.backend
            if backend is None or (ingress.key, path.path) in written:
                continue
            gaps, _ = upstreams.doubts(ingress.namespace, backend)
            place = Place(rule.host or "*", path.path, ingress.key, service_label(ingress.namespace, backend, None))
            shown = (ingress.resource.evidence(backend.service, *backend.path, "name"),)
            if canary and gaps:
                client = ClientSide(Plaintext.UNKNOWN, ClientAuth.UNKNOWN)
                yield from _both(ingress, place, Mode.UNKNOWN, gaps[0].reason, client, shown, gaps, NAME)
            elif not canary and not upstreams.writes(ingress.namespace, backend, canary):
                reason = f"no location is written for the Service {backend.service}: a canary Ingress had it before"
                client = ClientSide(Plaintext.REFUSED, ClientAuth.REFUSED)
                yield from _both(ingress, place, Mode.REFUSED, reason, client, shown, (), NAME)


def refused(ingress: Ingress, reason: str, evidence: tuple[Evidence, ...], only_host: str = "") -> Iterator[Hop]:
    """Nothing of the Ingress is served, or nothing of it for one host."""
    client = ClientSide(Plaintext.REFUSED, ClientAuth.REFUSED)
    for place in _declared(ingress):
        if not only_host or place.host == only_host:
            yield from _both(ingress, place, Mode.REFUSED, reason, client, evidence, (), NAME)


def not_known(
    ingress: Ingress, reason: str, evidence: tuple[Evidence, ...], gaps: tuple[Gap, ...], platform: str = "unknown"
) -> Iterator[Hop]:
    """Another controller's, or nobody knows whose, or whether it is taken: unknown."""
    client = ClientSide(Plaintext.UNKNOWN, ClientAuth.UNKNOWN)
    for place in _declared(ingress):
        yield from _both(ingress, place, Mode.UNKNOWN, reason, client, evidence, gaps, platform)


def _both(
    ingress: Ingress,
    place: Place,
    mode: Mode,
    reason: str,
    client: ClientSide,
    evidence: tuple[Evidence, ...],
    gaps: tuple[Gap, ...],
    platform: str,
) -> Iterator[Hop]:
    shown = evidence or (ingress.resource.evidence(ingress.class_name, "spec", "ingressClassName"),)
    for kind in HopKind:
        yield place.hop(
            kind,
            mode,
            reason,
            basis=Basis.DECLARED,
            evidence={"class": shown, "path": shown},
            gaps=gaps,
            client=client if kind is HopKind.CLIENT_TO_ENTRY else None,
            platform=platform,
        )


def _declared(ingress: Ingress) -> Iterator[Place]:
    """The places that the Ingress itself names, without what others on the host would add."""
    for host, path, backend in _routes(ingress):
        yield Place(host, path, ingress.key, service_label(ingress.namespace, backend, None))


def _routes(ingress: Ingress) -> Iterator[tuple[str, str, Backend]]:
    for rule in ingress.rules:
        paths = [(p.path, p.backend) for p in rule.paths or () if p.backend is not None]
        if not any(path == "/" for path, _ in paths) and ingress.default_backend is not None:
            paths.append(("/", ingress.default_backend))
        for path, backend in paths:
            yield rule.host or "*", path, backend
    if not ingress.rules and ingress.default_backend is not None:
        yield "*", "/", ingress.default_backend
