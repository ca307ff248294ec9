"""What a location is judged in, and the fields that a judgement cites."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from mtlsaudit.model.values import dataclass
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.model.world import World
from mtlsaudit.platforms.core.services import Service
from mtlsaudit.platforms.ingress_nginx.servers import Taken
from mtlsaudit.platforms.ingress_nginx.settings import Controller


@dataclass(frozen=True, slots=True)
class Context:
    """What a location's fate depends on beside its server."""

    controller: Controller
    registered: bool
    """Is a certificate registered for the name that the client asks for (the condition of ssl-redirect)?"""

    is_alias: bool
    service: Callable[[str, str], Service | None]
    world: World
    cites: bool = True
    """Is the evidence wanted? Of many possible worlds one is cited, and making evidence costs more than judging."""


def evidence_at(owner: Taken | None, *path: str | int) -> tuple[Evidence, ...]:
    """A field of an Ingress, said to be present; nothing where no Ingress is behind it."""
    return (owner.ingress.resource.evidence("present", *path),) if owner else ()


@cache
def _full_names(prefix: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{prefix}/{name}" for name in names)


def annotation_evidence(taken: Taken | None, context: Context, *names: str) -> tuple[Evidence, ...]:
    """The annotations of an Ingress by short name; those that are absent are left out unless all are."""
    if taken is None or not context.cites:
        return ()
    resource = taken.ingress.resource
    full = _full_names(context.controller.prefix, names)
    present = tuple(resource.annotation(name) for name in full if name in resource.annotations)
    return present or (resource.evidence(None, "metadata", "annotations", full[0]),)
