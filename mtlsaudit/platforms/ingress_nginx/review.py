"""One Ingress looked at alone: which annotations do nothing, which Secret is named, what the controller drops.

Rules about an annotation read this; rules about what clients meet read hops.
"""

from __future__ import annotations

from collections.abc import Mapping

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.secret import Part, SecretView
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.core.estate import Estate
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.ingress_nginx.annotations import (
    Annotations,
    parse_annotations,
    password_reference,
    secret_references,
)
from mtlsaudit.platforms.ingress_nginx.classes import Claim, Ownership
from mtlsaudit.platforms.ingress_nginx.settings import Controller
from mtlsaudit.platforms.ingress_nginx.values import trimmed

_SEEN = (Claim.TAKEN, Claim.ASSUMED, Claim.IGNORED)


@dataclass(frozen=True, slots=True)
class Review:
    """`secret_state`: none, empty, dropped (with the whole Ingress), usable, no-ca, broken, or unknown with `gap`."""

    annotations: Annotations
    secret: str
    secret_state: str
    secret_reason: str
    gap: Gap | None


def read_annotations(estate: Estate, ownership: Mapping[str, Ownership]) -> dict[str, Annotations]:
    """What annotations come to, by the key of the Ingress, every Secret that is not known taken as well-formed.

    Of each Ingress that ingress-nginx takes, would take by its annotations, or sees and leaves alone.
    """
    return {
        ingress.key: read_alone(ingress, ownership[ingress.key].controller, estate)
        for ingress in estate.ingresses
        if ownership[ingress.key].claim in _SEEN and not ingress.problems
    }


def read_alone(ingress: Ingress, controller: Controller, estate: Estate) -> Annotations:
    """What the annotations of one Ingress come to, every Secret that is not known taken as well-formed."""
    views: dict[str, SecretView] = {}
    for key in secret_references(ingress, controller):
        view = estate.secret(key)
        views[key] = view if view.is_known else view.well_formed()
    key = password_reference(ingress, controller)
    if key and key not in views and (view := estate.secret(key)).is_known:
        views[key] = view
    return parse_annotations(ingress, controller, views)


def may_be_let_in(ingress: Ingress, controller: Controller, estate: Estate) -> bool:
    """Would a controller take an Ingress that it drops by its defaults, if its ConfigMap, which was not read, said so?"""
    unread = estate.world.closed and controller.gaps
    return bool(unread) and not read_alone(ingress, controller.loosest, estate).dropped


def review(ingress: Ingress, controller: Controller, annotations: Annotations, estate: Estate) -> Review:
    """What of an Ingress has an effect; `annotations` are those that `read_annotations` made of it."""
    named = ingress.resource.annotations.get(f"{controller.prefix}/auth-tls-secret")
    value = trimmed(named or "")
    state, reason, gap = _state(named, value, annotations, estate)
    return Review(annotations, value, state, reason, gap)


def _state(named: str | None, value: str, annotations: Annotations, estate: Estate) -> tuple[str, str, Gap | None]:
    if named is None:
        return "none", "", None
    if not value:
        return "empty", "an empty auth-tls-secret counts as absent", None
    if annotations.dropped:
        return "dropped", annotations.dropped, None
    denied = annotations.auth_tls.denied
    if denied:
        return "broken", denied, None
    if value.count("/") == 1:
        view = estate.secret(value)
        if not view.is_known:
            return "unknown", "", view.gap
        if view.ca is Part.NONE:
            return "no-ca", f"the Secret {value} has no ca.crt", None
    return "usable", "", None
