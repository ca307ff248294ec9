"""What may be said of an object that was not read: it may exist all the same, or it does not exist."""

from __future__ import annotations

from collections.abc import Mapping

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.values import dataclass, field

GroupKind = tuple[str, str]
"""(API group, kind); the core group is empty."""

EVERYWHERE = ""
"""Stands for every namespace that has no entry of its own, and for kinds without namespaces."""


@dataclass(frozen=True, slots=True)
class World:
    """Open: what is absent is not known. Closed: what is absent, and not behind a gap, does not exist.

    `hidden` names what a closed world could not see: kind → namespace (or EVERYWHERE) → why, or None for a namespace
    that was read although the rest was not. `named` goes before it: objects that were asked for by name, as
    (group, kind, `namespace/name`), with None for the answer that there is none.
    """

    closed: bool = False
    hidden: Mapping[GroupKind, Mapping[str, Gap | None]] = field(default_factory=dict)
    named: Mapping[tuple[str, str, str], Gap | None] = field(default_factory=dict)

    def gap(self, group: str, kind: str, key: str) -> Gap | None:
        """Why an object that was not read may exist all the same; None says that it does not exist.

        `key` is `namespace/name`, or the name alone for kinds without namespaces.
        """
        if not self.closed:
            return Gap("not-in-input", f"{kind} {key}", f"the {kind} {key} is not in the input")
        if (group, kind, key) in self.named:
            return self.named[group, kind, key]
        found = self.unseen(group, kind, key.rpartition("/")[0])
        return found and found._replace(
            subject=f"{kind} {key}", reason=f"the {kind} {key} was not read: {found.reason}"
        )

    def unseen(self, group: str, kind: str, namespace: str) -> Gap | None:
        """Why a namespace may hold more objects of a kind than were read. None in an open world, where that goes unsaid."""
        places = self.hidden.get((group, kind), {})
        return places[namespace] if namespace in places else places.get(EVERYWHERE)

    def gaps_of(self, *kinds: GroupKind) -> tuple[Gap, ...]:
        """Why objects of these kinds may be missing, anywhere. Empty in an open world, where that goes unsaid."""
        found = {gap: None for kind in kinds for gap in self.hidden.get(kind, {}).values() if gap is not None}
        return tuple(found)

    def shows(self, *kinds: GroupKind) -> bool:
        """Is every object of these kinds in the input?"""
        return self.closed and not self.gaps_of(*kinds)


OPEN = World()
CLOSED = World(closed=True)
