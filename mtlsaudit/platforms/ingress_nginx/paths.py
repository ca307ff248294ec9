"""The location blocks that locations become (controller/location.go, buildLocation): one that stands twice stops nginx."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from mtlsaudit.platforms.ingress_nginx.servers import Location

_Block = tuple[str, str]
"""`=` for an exact match, and the path."""


def uses_regex(locations: Sequence[Location]) -> bool:
    """Are all locations of the server written as regular expressions? One that asks for it is enough."""
    for location in locations:
        if location.annotations.use_regex:
            return True
        target = location.annotations.rewrite
        if target and any(path != target for _, path in _blocks(location, frozenset())):
            return True
    return False


def standing_twice(locations: Sequence[Location]) -> str:
    """A path whose location block is written twice, so that nginx does not load the configuration; empty if there is none.

    Regular expressions may repeat: the first one counts.
    """
    if len(locations) < 2 or uses_regex(locations):
        return ""
    exact = frozenset(one.path for one in locations if one.path_type == "Exact")
    counted = Counter(block for one in locations for block in _blocks(one, exact))
    return next((path for (_, path), times in counted.items() if times > 1), "")


def _blocks(location: Location, exact: frozenset[str]) -> Iterator[_Block]:
    """A prefix `/a` is the block `/a/` and, unless there is an Exact `/a`, the block `= /a`."""
    path = location.path
    if location.path_type == "Exact":
        yield "=", path
    elif path == "/" or location.annotations.rewrite not in ("", path):
        yield "", path
    else:
        yield "", path if path.endswith("/") else path + "/"
        if path not in exact:
            yield "=", path
