"""DER cut into elements (X.690, 8.1), for the few bytes that no library hands out: raw names, extensions one by one.

Lengths are definite and every cut is inside its parent, or MalformedDer is raised. Nothing here reads contents.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class MalformedDer(ValueError):
    """The bytes are no DER, or end too early."""


class Element(NamedTuple):
    """One element of `data`: `start` is that of its header, `body` that of its contents, `end` the byte after it."""

    tag: int
    start: int
    body: int
    end: int


def contents(data: bytes, at: int, limit: int) -> tuple[int, int]:
    """Where the contents of the element that begins at `at` begin, and where they end. Raises MalformedDer."""
    if at + 2 > limit:
        raise MalformedDer("cut off")
    size, body = data[at + 1], at + 2
    if data[at] & 0x1F == 0x1F:
        raise MalformedDer("a tag of several bytes")
    if size & 0x80:
        count = size & 0x7F
        body += count
        if not 0 < count < 5 or body > limit:
            raise MalformedDer("length")
        size = int.from_bytes(data[at + 2 : body], "big")
    if body + size > limit:
        raise MalformedDer("longer than what holds it")
    return body, body + size


def element(data: bytes, at: int, limit: int) -> Element:
    """The element that begins at `at`. Raises MalformedDer."""
    return Element(data[at] if at < limit else 0, at, *contents(data, at, limit))


def children(data: bytes, parent: Element) -> Iterator[Element]:
    """The elements inside of one, in order. Raises MalformedDer when reached."""
    at = parent.body
    while at < parent.end:
        found = element(data, at, parent.end)
        yield found
        at = found.end


def whole(data: bytes) -> Element:
    """The one element that `data` is. Raises MalformedDer."""
    found = element(data, 0, len(data))
    if found.end != len(data):
        raise MalformedDer("bytes after the end")
    return found


def wrap(tag: int, body: bytes) -> bytes:
    """`body` with a header."""
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + body
