"""All the ways things could be, where the input leaves something open: Secrets not seen, an order not known.

The model runs once in every possible world. What comes out the same everywhere is known; the rest is unknown, with
the possibilities that remain. That is how an unknown stays an unknown without a special case in the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations, product

from mtlsaudit.model.fact import Basis, Gap, weakest
from mtlsaudit.model.secret import Part, Presence, SecretView
from mtlsaudit.model.values import dataclass, replace
from mtlsaudit.platforms.core.estate import Estate
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.ingress_nginx.annotations import password_reference, secret_references
from mtlsaudit.platforms.ingress_nginx.order import in_order, is_known
from mtlsaudit.platforms.ingress_nginx.settings import Controller

MAX_WORLDS = 64


@dataclass(frozen=True, slots=True)
class World:
    """One decided state of affairs for the Ingresses of a host, in the controller's order."""

    ingresses: tuple[Ingress, ...]
    secrets: dict[str, SecretView]
    controller: Controller
    alias_guess: bool


@dataclass(frozen=True, slots=True)
class Worlds:
    """`complete` is false when there were too many to look at: then nothing may be called mutual."""

    worlds: tuple[World, ...]
    gaps: tuple[Gap, ...]
    basis: Basis
    complete: bool


def possible_worlds(
    ingresses: Sequence[Ingress], controller: Controller, estate: Estate, alias_guesses: tuple[bool, ...]
) -> Worlds:
    """Every combination of what is not known, at most MAX_WORLDS of them."""
    views, gaps, basis = _views(ingresses, controller, estate)
    orders, order_gap = _orders(ingresses, controller)
    if order_gap is not None and len(orders) > 1:
        gaps.append(order_gap)
    controllers = _controllers(ingresses, controller, estate)
    names = list(views)
    choices: list[Sequence[object]] = [orders, controllers, alias_guesses, *(views[n] for n in names)]
    total = 1
    for choice in choices:
        total *= len(choice)
    combinations = product(*choices) if total <= MAX_WORLDS else _one_at_a_time(choices)
    worlds = tuple(
        World(order, dict(zip(names, chosen, strict=True)), one, covered)  # type: ignore[arg-type]
        for order, one, covered, *chosen in combinations
    )
    return Worlds(worlds, tuple(gaps), basis, total <= MAX_WORLDS)


def _one_at_a_time(choices: list[Sequence[object]]) -> Iterator[tuple[object, ...]]:
    first = tuple(choice[0] for choice in choices)
    yield first
    for index, choice in enumerate(choices):
        for other in choice[1:]:
            yield (*first[:index], other, *first[index + 1 :])


def _views(
    ingresses: Sequence[Ingress], controller: Controller, estate: Estate
) -> tuple[dict[str, tuple[SecretView, ...]], list[Gap], Basis]:
    views: dict[str, tuple[SecretView, ...]] = {}
    gaps: list[Gap] = []
    bases = [Basis.DECLARED]
    for ingress in ingresses:
        for key in secret_references(ingress, controller):
            if key in views:
                continue
            view = estate.secret(key)
            if view.is_known:
                views[key] = (view,)
                bases.append(view.basis)
            elif estate.assumptions.secrets_well_formed:
                views[key] = (view.well_formed(),)
                bases.append(Basis.ASSUMED)
            else:
                views[key] = _decided(view)
                if view.gap is not None:
                    gaps.append(view.gap)
    for key in {password_reference(i, controller) for i in ingresses} - views.keys() - {""}:
        if (view := estate.secret(key)).is_known:
            views[key] = (view,)
    return views, gaps, weakest(*bases)


def _decided(view: SecretView) -> tuple[SecretView, ...]:
    """With a CA, with a key pair alone, or not usable at all; a Secret that will be made is at least a key pair."""
    with_ca = view.well_formed()
    pair_only = replace(with_ca, ca=Part.NONE)
    if view.presence is Presence.INFERRED:
        return with_ca, pair_only
    return with_ca, replace(with_ca, pair=Part.NONE), pair_only, replace(view, presence=Presence.ABSENT)


def _controllers(ingresses: Sequence[Ingress], controller: Controller, estate: Estate) -> tuple[Controller, ...]:
    """What a controller may be like whose flags or ConfigMap were not seen, as far as it makes a difference.

    It may run with --enable-ssl-passthrough. Where a cluster hid them, they may also say that port 80 redirects, or does not,
    and let Secrets of other namespaces in; files are judged by the defaults.
    """
    if not controller.gaps:
        return (controller,)
    found = [controller]
    if estate.world.closed:
        found += [controller.with_options(**{name: value}) for name, value in _REDIRECTS]
        if any(_reaches_out(i, controller) for i in ingresses):
            found += [c.loosest for c in found]
    name = f"{controller.prefix}/ssl-passthrough"
    if any(name in i.resource.annotations for i in ingresses):
        found += [replace(c, flags={**c.flags, "enable-ssl-passthrough": "true"}) for c in found]
    return tuple(found)


_REDIRECTS = (("ssl-redirect", "false"), ("force-ssl-redirect", "true"))


def _reaches_out(ingress: Ingress, controller: Controller) -> bool:
    return any(key.partition("/")[0] != ingress.namespace for key in secret_references(ingress, controller))


def _orders(ingresses: Sequence[Ingress], controller: Controller) -> tuple[list[tuple[Ingress, ...]], Gap | None]:
    """By age, then by name backwards; without a creationTimestamp every order is possible."""
    known = in_order(ingresses)
    if is_known(known):
        return [known], None
    hosts = sorted({rule.host for i in known for rule in i.rules})
    reason = "several Ingresses share a host and none says which is older (creationTimestamp); the oldest decides"
    gap = Gap("order-unknown", f"host {', '.join(hosts[:3])}", reason)
    if len(known) <= 3:
        return [p for p in permutations(known) if _agrees(p)], gap
    groups: dict[object, tuple[Ingress, ...]] = {}
    for ingress in known:
        signature = _signature(ingress, controller)
        groups[signature] = (*groups.get(signature, ()), ingress)
    parts = list(groups.values())
    orders = []
    for index in range(len(parts)):
        rotated = (*parts[index:], *parts[:index])
        orders.append(tuple(i for part in rotated for i in part))
    if len(parts) > 1:
        orders.append(tuple(reversed(known)))
    return orders, gap


def _agrees(order: tuple[Ingress, ...]) -> bool:
    stamps = [i.resource.created for i in order if i.resource.created]
    return stamps == sorted(stamps)


def _signature(ingress: Ingress, controller: Controller) -> object:
    annotations: Mapping[str, str] = ingress.resource.annotations
    prefix = controller.prefix + "/"
    ours = tuple(sorted((k, v) for k, v in annotations.items() if k.startswith(prefix)))
    return ours, bool(ingress.tls), ingress.default_backend is None
