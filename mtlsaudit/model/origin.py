"""Where a value comes from: an origin (file and document), a field path, and a position in the text."""

from __future__ import annotations

import re
from functools import lru_cache
from sys import intern
from typing import NamedTuple

from mtlsaudit.model.values import dataclass

FieldPath = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class FileOrigin(NamedTuple):
    """An object in a file: `document` counts from 0, `base` leads to the object inside a `kind: List`.

    `rendered_by` names the tool that made the text, whose lines are then not those of a file.
    """

    file: str
    document: int
    base: FieldPath = ()
    rendered_by: str = ""

    @property
    def place(self) -> str:
        """Where a reader is sent."""
        return self.file


class ClusterOrigin(NamedTuple):
    """An object as an API server handed it over: `resource` is its path there (`/apis/…/namespaces/…`).

    `declared` is the manifest that it comes from, where one is known (--source), and `owner` who put it there by its own
    word (`Helm release web/shop`). Where a report needs a file and there is none, the cluster's name and the path stand
    for one.
    """

    cluster: str
    resource: str
    resource_version: str = ""
    owner: str = ""
    declared: FileOrigin | None = None

    @property
    def file(self) -> str:
        return self.declared.file if self.declared else as_directory(self.cluster) + self.resource

    @property
    def place(self) -> str:
        """Where a reader is sent: its manifest, or the object."""
        return self.declared.file if self.declared else self.object

    @property
    def object(self) -> str:
        """As kubectl names it: `ingresses.networking.k8s.io shop/web`."""
        return _as_object(self.resource)

    @property
    def document(self) -> int:
        return self.declared.document if self.declared else 0

    @property
    def base(self) -> FieldPath:
        return self.declared.base if self.declared else ()

    @property
    def rendered_by(self) -> str:
        return self.declared.rendered_by if self.declared else ""


Origin = FileOrigin | ClusterOrigin


@lru_cache(maxsize=64)
def as_directory(cluster: str) -> str:
    """Names of contexts hold anything (`arn:aws:eks:…:cluster/prod`); a path must stay below where it is read."""
    return re.sub(r"[^A-Za-z0-9@._-]+", "-", cluster).strip(".-") or "cluster"


@lru_cache(maxsize=4096)
def _as_object(resource: str) -> str:
    _, root, *parts = resource.split("/")
    group = f".{parts[0]}" if root == "apis" else ""
    match parts[2 if group else 1 :]:
        case ["namespaces", namespace, plural, name]:
            return f"{plural}{group} {namespace}/{name}"
        case [plural, name]:
            return f"{plural}{group} {name}"
        case _:
            return resource


class Site(NamedTuple):
    """One field of one object; the path starts at the object."""

    origin: Origin
    path: FieldPath


class Position(NamedTuple):
    """A stretch of text, 1-based, end exclusive in columns; one line wherever the field allows it."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class ResourceId:
    """What the API server knows an object by, made by `resource_id`.

    `namespace` is empty for cluster-scoped kinds; `key` is `namespace/name`, or the name alone.
    """

    group: str
    kind: str
    namespace: str
    name: str
    key: str

    def __str__(self) -> str:
        return object_name(self.kind, self.key)


def resource_id(group: str, kind: str, namespace: str, name: str) -> ResourceId:
    """With the key that belongs to it."""
    return ResourceId(group, kind, namespace, name, object_key(namespace, name) if namespace else name)


def object_key(namespace: str, name: str) -> str:
    """`namespace/name`; one string for all who say it of the same object."""
    return intern(f"{namespace}/{name}")


def object_name(kind: str, key: str) -> str:
    """`Kind namespace/name`, as reports say it; one string for all."""
    return intern(f"{kind} {key}")


@lru_cache(maxsize=4096)
def render_path(path: FieldPath) -> str:
    """The path as people write it: `spec.rules[0].host`, `metadata.annotations['a/b']`."""
    out: list[str] = []
    for part in path:
        if isinstance(part, int):
            out.append(f"[{part}]")
        elif _BARE.fullmatch(part):
            out.append(f".{part}" if out else part)
        else:
            out.append(f"['{part}']")
    return "".join(out)
