"""Typed access to an object's tree. A wrong type is collected as a problem, never raised and never guessed.

This is the only module that walks a body; what leaves it has a type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from sys import intern

from mtlsaudit.model.origin import FieldPath, Origin, resource_id
from mtlsaudit.model.resource import Content, Problem, Resource, opened
from mtlsaudit.model.values import dataclass

_NOTHING: Mapping[str, object] = {}
_NONE: Mapping[str, str] = {}


_SHORT = 96
_PATHS: dict[FieldPath, FieldPath] = {}
"""One object for all equal paths of list items, which objects of a kind have in common."""


def _shared(text: str) -> str:
    """One object for all equal short strings: kinds, namespaces, keys and usages come again in every object."""
    return intern(text) if len(text) < _SHORT else text


@dataclass(slots=True, eq=False)
class Reader:
    """A mapping inside an object. Reading never fails: what is absent or of a wrong type reads as None or empty."""

    _value: Mapping[str, object]
    path: FieldPath
    _problems: list[Problem]

    def _wrong(self, key: str | int, expected: str, value: object) -> None:
        shown = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "a map"}
        self._problems.append(
            Problem((*self.path, key), f"{expected} is needed here, this is {shown.get(type(value), 'something else')}")
        )

    def has(self, key: str) -> bool:
        """Is the key there with a value other than null?"""
        return self._value.get(key) is not None

    def text(self, key: str) -> str | None:
        """A string."""
        value = self._value.get(key)
        if isinstance(value, str):
            return intern(value) if len(value) < _SHORT else value
        if value is None:
            return value
        self._wrong(key, "a string", value)
        return None

    def flag(self, key: str) -> bool | None:
        """A boolean."""
        value = self._value.get(key)
        if value is None or isinstance(value, bool):
            return value
        self._wrong(key, "a boolean", value)
        return None

    def number(self, key: str) -> int | None:
        """A whole number."""
        value = self._value.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self._wrong(key, "a whole number", value)
        return None

    def port(self, key: str) -> int | str | None:
        """A port by number or by name (Kubernetes IntOrString)."""
        value = self._value.get(key)
        if value is None or isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self._wrong(key, "a port number or name", value)
        return None

    def child(self, *keys: str) -> Reader:
        """The mapping under the keys; an empty one when it is not there."""
        value: Mapping[str, object] = self._value
        for depth, key in enumerate(keys):
            inner = value.get(key)
            if isinstance(inner, dict):
                value = inner
                continue
            if inner is not None:
                Reader(value, (*self.path, *keys[:depth]), self._problems)._wrong(key, "a map", inner)
            value = _NOTHING
        return Reader(value, (*self.path, *keys), self._problems)

    def children(self, key: str) -> list[Reader]:
        """The mappings of a list."""
        out = []
        for index, item in enumerate(self._list(key)):
            if isinstance(item, dict):
                path = (*self.path, key, index)
                out.append(Reader(item, _PATHS.setdefault(path, path), self._problems))
            else:
                Reader({}, (*self.path, key), self._problems)._wrong(index, "a map", item)
        return out

    def texts(self, key: str) -> tuple[str, ...]:
        """The strings of a list."""
        out = []
        for index, item in enumerate(self._list(key)):
            if isinstance(item, str):
                out.append(_shared(item))
            else:
                Reader({}, (*self.path, key), self._problems)._wrong(index, "a string", item)
        return tuple(out)

    def strings(self, key: str) -> dict[str, str]:
        """A map of strings (labels, annotations, data)."""
        out = {}
        child = self.child(key)
        for name, item in child._value.items():
            if isinstance(item, str):
                out[_shared(name)] = _shared(item)
            elif item is not None:
                child._wrong(name, "a string", item)
            else:
                out[name] = ""
        return out

    def keys(self) -> tuple[str, ...]:
        """The names in this mapping, as written."""
        return tuple(self._value)

    def raw(self) -> Mapping[str, object]:
        """The mapping itself, for equality and size only."""
        return self._value

    def _list(self, key: str) -> Sequence[object]:
        value = self._value.get(key)
        if isinstance(value, list):
            return value
        if value is not None:
            self._wrong(key, "a list", value)
        return ()


class Opened:
    """A resource opened for reading; `problems` fills up as fields are read."""

    __slots__ = ("problems", "resource", "root")

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.problems: list[Problem] = list(resource.problems)
        self.root = Reader(resource.body, (), self.problems)


@lru_cache(maxsize=256)
def group_of(api_version: str) -> tuple[str, str]:
    """`networking.k8s.io/v1` → (group, version); the core group is empty."""
    group, slash, version = api_version.rpartition("/")
    return (group, version) if slash else ("", api_version)


def identify(
    content: Content, origin: Origin, default_namespace: str, cluster_scoped: frozenset[str]
) -> Resource | None:
    """The resource in a document, or None when it is no Kubernetes object (no kind, no apiVersion, no name)."""
    problems: list[Problem] = []
    root = Reader(opened(content), (), problems)
    kind, api_version = root.text("kind"), root.text("apiVersion")
    if not kind or not api_version:
        return None
    meta = root.child("metadata")
    name = meta.text("name") or meta.text("generateName")
    if not name:
        return None
    group, version = group_of(api_version)
    namespace = "" if kind in cluster_scoped else meta.text("namespace") or default_namespace
    stands = meta.raw()
    return Resource(
        id=resource_id(group, kind, namespace, name),
        version=version,
        origin=origin,
        content=content,
        labels=meta.strings("labels") if "labels" in stands else _NONE,
        annotations=meta.strings("annotations") if "annotations" in stands else _NONE,
        created=(meta.text("creationTimestamp") or "") if "creationTimestamp" in stands else "",
        admitted=stands.get("uid") is not None or stands.get("resourceVersion") is not None,
        problems=tuple(problems),
    )
