"""An object as it was read: identity, origin and body. Only `decode.reader` looks into the body."""

from __future__ import annotations

from collections.abc import Mapping

from mtlsaudit.model.origin import FieldPath, Origin, ResourceId, Site
from mtlsaudit.model.packed import Packed
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.verdict import Evidence

Content = Mapping[str, object] | Packed
"""An object as plain values or, of a cluster, as JSON: that is a fiftieth of the room."""


def opened(content: Content) -> Mapping[str, object]:
    """The plain values of an object that may be kept as JSON."""
    return content.values() if isinstance(content, Packed) else content


_new = tuple.__new__
"""A named tuple without the call in between: a hundred thousand of them are made."""

_PATHS: dict[FieldPath, FieldPath] = {}
"""One object for all equal paths: ten thousand objects of a kind are cited at the same few fields."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the API server refuses this object (a wrong type, a missing required field)."""

    path: FieldPath
    reason: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Resource:
    """One Kubernetes object. `problems` is not empty when the API server would refuse it.

    `content` is the object as plain values, or packed: objects of a cluster are opened once or twice and kept to the end,
    and a tree of values takes five times the room of its text.
    """

    id: ResourceId
    version: str
    origin: Origin
    content: Content
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    created: str
    admitted: bool
    problems: tuple[Problem, ...] = ()

    @property
    def body(self) -> Mapping[str, object]:
        """The object as plain values."""
        return opened(self.content)

    def site(self, *path: str | int) -> Site:
        """The site of a field of this object."""
        return Site(self.origin, _PATHS.setdefault(path, path))

    def evidence(self, value: object, *path: str | int) -> Evidence:
        """A field and what stands there (`absent` when nothing does)."""
        shown = "absent" if value is None else str(value)
        site = _new(Site, (self.origin, _PATHS.setdefault(path, path)))
        return _new(Evidence, (site, shown if len(shown) <= 200 else shown[:199] + "…"))

    def annotation(self, name: str) -> Evidence:
        """The evidence of one annotation."""
        return self.evidence(self.annotations.get(name), "metadata", "annotations", name)
