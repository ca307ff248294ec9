"""Where a field stands in a document that `plain` has read, by the shapes of its lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from mtlsaudit.decode.plain import NESTED, SCALAR, Shape
from mtlsaudit.model.origin import FieldPath

Span = tuple[int, int, int, int]
"""Line and column of begin and end, from 0."""


class PlainPlaces:
    """The places of one document; of a map or list that was looked into, it is remembered where it begins."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self._shapes = shapes
        self._inside: dict[FieldPath, tuple[int, int, bool, Span | None]] = {(): (0, 0, False, None)}

    def find(self, path: FieldPath) -> Span | None:
        """A field with its value, or the nearest part above it that is there."""
        shapes, inside = self._shapes, self._inside
        depth = max(len(path) - 1, 0)
        while path[:depth] not in inside:
            depth -= 1
        at, level, in_list, found = inside[path[:depth]]
        for part in path[depth:]:
            depth += 1
            number = _item(shapes, at, level, part) if in_list else _entry(shapes, at, level, part)
            if number < 0:
                break
            indent, item, key, value, key_end, end = shapes[number]
            if in_list:
                found = number, item, number, end if key is None else item + 1
                if key is None:
                    break
                at, level, in_list = number, item, False
            else:
                below = _below(shapes, number, level) if value == NESTED else -1
                alone = depth == len(path) and (value == SCALAR or (value == NESTED and below < 0))
                found = number, item or indent, number, end if alone else key_end
                if below < 0:
                    break
                at, level, in_list = below, shapes[below][0], shapes[below][1] > 0
            inside[path[:depth]] = at, level, in_list, found
        return found


def _entry(shapes: Sequence[Shape], at: int, level: int, key: str | int) -> int:
    """The line of a key of the mapping at this column that begins at line `at`; -1 if there is none."""
    for number, (indent, item, name, _, _, _) in enumerate(islice(shapes, at, None), at):
        if indent < 0 or indent > level:
            continue
        if indent == level:
            if item:  # of a list that stands no further in than its key
                continue
        elif number > at:  # the first line of an item begins further out, at its dash
            return -1
        if name == key:
            return number
    return -1


def _item(shapes: Sequence[Shape], at: int, level: int, index: str | int) -> int:
    """The line of an item of the list whose dashes are at this column; -1 if there is none."""
    left = index if isinstance(index, int) else -1
    for number, (indent, item, _, _, _, _) in enumerate(islice(shapes, at, None), at):
        if indent < 0 or indent > level:
            continue
        if left < 0 or indent < level or not item:
            return -1
        if left == 0:
            return number
        left -= 1
    return -1


def _below(shapes: Sequence[Shape], number: int, level: int) -> int:
    """The first line of what a key without a value on its line holds; -1 if that is nothing."""
    for below, (indent, item, _, _, _, _) in enumerate(islice(shapes, number + 1, None), number + 1):
        if indent >= 0:
            return below if indent > level or (indent == level and item) else -1
    return -1
