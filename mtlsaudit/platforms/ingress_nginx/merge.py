"""What all possible worlds say of one place, made one: known where they agree, unknown where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mtlsaudit.model.fact import Basis, Gap, weakest
from mtlsaudit.model.hop import ClientAuth, ClientSide, Hop, HopKind, Mode, Plaintext, UpstreamSide
from mtlsaudit.model.values import dataclass, replace
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.ingress_nginx.classes import Ownership
from mtlsaudit.platforms.ingress_nginx.conclude import Conclusion
from mtlsaudit.platforms.ingress_nginx.place import Place
from mtlsaudit.platforms.ingress_nginx.servers import Location, Server
from mtlsaudit.platforms.ingress_nginx.settings import Controller
from mtlsaudit.platforms.ingress_nginx.snippets import opaque_snippets
from mtlsaudit.platforms.ingress_nginx.worlds import Worlds


@dataclass(frozen=True, slots=True)
class Seen:
    """A place in one world: what was concluded, and from what."""

    conclusion: Conclusion
    location: Location
    server: Server


@dataclass(frozen=True, slots=True)
class Doubts:
    """What others leave open: `served` whether this is served as it is told, `reached` whether the Service then is.

    `broken` says why nginx does not load the configuration at all: then nothing is known.
    """

    served: tuple[Gap, ...] = ()
    reached: tuple[Gap, ...] = ()
    broken: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Ground:
    """What both hops of a place rest on.

    `everywhere`: the place exists in every world. `exhaustive`: there are no other worlds. `uncertain`: who serves it,
    with what settings, or who else is on the host, is less than certain.
    """

    place: Place
    everywhere: bool
    exhaustive: bool
    uncertain: bool
    basis: Basis
    evidence: Mapping[str, tuple[Evidence, ...]]
    gaps: tuple[Gap, ...]


def merge(
    place: Place,
    outcomes: Sequence[Seen],
    worlds: Worlds,
    own: Ownership,
    controller: Controller,
    doubts: Doubts,
    everywhere: bool,
) -> tuple[Hop, Hop]:
    """The hop from the client and the hop to the Service.

    `outcomes` has one for each world in which the place exists, or two where a path stands there as Exact and as Prefix;
    `everywhere` says whether that is all worlds. What is settled by another Ingress that may not be served at all is no
    ground for the best mode.
    """
    first = outcomes[0]
    ours = (*own.gaps, *(g for g in controller.gaps if g not in own.gaps)) or doubts.served
    opaque = opaque_snippets(first.server, first.location, controller)
    diverting = opaque_snippets(first.server, first.location, controller, upstream=True)
    ground = _Ground(
        place=place,
        everywhere=everywhere and not doubts.broken,
        exhaustive=worlds.complete,
        uncertain=bool(ours),
        basis=weakest(worlds.basis, Basis.ASSUMED if controller.workload is None else Basis.DECLARED),
        evidence={**first.conclusion.evidence, "class": own.evidence},
        gaps=(*doubts.broken, *ours, *worlds.gaps, *opaque),
    )
    conclusions = [seen.conclusion for seen in outcomes]
    beyond = ground
    if doubts.reached and not ours:
        beyond = replace(ground, uncertain=True, gaps=(*doubts.reached, *ground.gaps))
    return _client_hop(ground, conclusions, bool(opaque)), _service_hop(beyond, conclusions, bool(diverting))


def _client_hop(ground: _Ground, found: Sequence[Conclusion], opaque: bool) -> Hop:
    settled = ground.everywhere and not opaque and len({c.client_key() for c in found}) == 1
    modes = tuple(dict.fromkeys(c.client_mode for c in found))
    mode, possible = _judge(modes, settled and ground.exhaustive, ground.uncertain, Mode.MUTUAL)
    side = found[0].client if settled else _common_client(found)
    if mode is Mode.UNKNOWN and opaque:
        side = replace(side, plaintext=Plaintext.UNKNOWN, client_auth=ClientAuth.UNKNOWN)
    return ground.place.hop(
        HopKind.CLIENT_TO_ENTRY,
        mode,
        _because(mode, possible, found[0].client_because, ground.gaps),
        basis=ground.basis,
        evidence=ground.evidence,
        gaps=ground.gaps,
        possible=possible,
        client=side,
    )


def _service_hop(ground: _Ground, found: Sequence[Conclusion], diverting: bool) -> Hop:
    # Where some worlds refuse everything, the others say how the Service is spoken to whenever anything is served.
    found = [c for c in found if c.upstream_mode is not Mode.REFUSED] or found
    settled = ground.everywhere and not diverting and len({c.upstream_key() for c in found}) == 1
    modes = tuple(dict.fromkeys(c.upstream_mode for c in found))
    mode, possible = _judge(modes, settled and ground.exhaustive, ground.uncertain, Mode.OFFERED)
    return ground.place.hop(
        HopKind.ENTRY_TO_SERVICE,
        mode,
        _because(mode, possible, found[0].upstream_because, ground.gaps),
        basis=ground.basis,
        evidence=ground.evidence,
        gaps=ground.gaps,
        possible=possible,
        upstream=found[0].upstream if settled else _common_upstream(found),
    )


_POSSIBLE: dict[tuple[Mode, ...], tuple[Mode, ...]] = {}
"""One tuple for all hops that have the same modes left."""


def _judge(modes: tuple[Mode, ...], settled: bool, uncertain: bool, best: Mode) -> tuple[Mode, tuple[Mode, ...]]:
    """The mode, or unknown with what it could be. The best mode is never claimed on less than certainty."""
    if len(modes) > 1 or not settled:
        return Mode.UNKNOWN, _POSSIBLE.setdefault(modes, modes)
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


def _common_client(found: Sequence[Conclusion]) -> ClientSide:
    plain = {c.client.plaintext for c in found}
    auth = {c.client.client_auth for c in found}
    first = found[0].client
    return replace(
        first,
        plaintext=first.plaintext if len(plain) == 1 else _worst_plaintext(plain),
        client_auth=first.client_auth if len(auth) == 1 else ClientAuth.UNKNOWN,
    )


def _worst_plaintext(found: set[Plaintext]) -> Plaintext:
    """Served in every world in which anything is served is still served: what a finding may say."""
    return Plaintext.SERVED if found <= {Plaintext.SERVED, Plaintext.REFUSED} else Plaintext.UNKNOWN


def _common_upstream(found: Sequence[Conclusion]) -> UpstreamSide | None:
    sides = [c.upstream for c in found if c.upstream is not None]
    if not sides:
        return None
    first = sides[0]
    return replace(
        first,
        encryption=first.encryption if len({s.encryption for s in sides}) == 1 else None,
        server_verified=first.server_verified if len({s.server_verified for s in sides}) == 1 else None,
        client_certificate=first.client_certificate if len({s.client_certificate for s in sides}) == 1 else None,
    )
