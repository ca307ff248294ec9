"""Field path → line and column, worked out only for what a report cites.

A document is read a second time (some 20 µs for a usual object, 70 where libyaml must) when a finding in it is reported;
keeping positions for everything would cost more memory than the objects themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

from yaml import Mark
from yaml.nodes import MappingNode, Node, ScalarNode

from mtlsaudit.decode.compose import compose, is_sequence, place, places_by_mark
from mtlsaudit.decode.plain import Shape, read
from mtlsaudit.decode.plain_places import find
from mtlsaudit.decode.scalars import key_of
from mtlsaudit.model.origin import FieldPath, Position


class Locator:
    """Positions in one document whose text starts at `first_line` (1-based) of its file.

    `shapes` are those of its lines, where they are known already; they are empty where libyaml must read it.
    """

    def __init__(self, text: str, first_line: int, shapes: Sequence[Shape] | None = None) -> None:
        if shapes is None:
            shapes = []
            read(text, shapes)
        # Where the last line has no end, the end of the last item is no line further on.
        self._shapes = shapes if text.endswith("\n") else ()
        self._root = None if self._shapes else compose(text)
        self._text = text
        self._by_mark = places_by_mark(text)
        self._first_line = first_line

    def position(self, path: FieldPath) -> Position | None:
        """The field's key and value, or of the nearest part above it that is there."""
        if self._shapes:
            found = find(self._shapes, path) or find(self._shapes, ("kind",))
            return self._at(found[0], found[1], found[0], found[2]) if found else None
        node = self._root
        if node is None:
            return None
        key: Node | None = None
        depth = 0
        for part in path:
            step = _step(node, part)
            if step is None:
                break
            key, node = step
            depth += 1
        if depth == 0:
            return self._heading(self._root)
        whole = depth == len(path)
        return self._span(key, node if whole or key is None else key)

    def _heading(self, root: Node | None) -> Position | None:
        """An object as a whole is shown by its `kind` line."""
        step = _step(root, "kind") if root is not None else None
        return self._span(*step) if step else None

    def _span(self, key: Node | None, node: Node) -> Position:
        start = self._place((key or node).start_mark)
        end = self._place(node.end_mark)
        if key is not None and (node.__class__ is not ScalarNode or end[0] != start[0]):
            end = self._place(key.end_mark)
        elif end[0] != start[0]:
            end = (start[0], start[1] + 1)
        return self._at(*start, *end)

    def _place(self, mark: Mark) -> tuple[int, int]:
        return (mark.line, mark.column) if self._by_mark else place(self._text, mark)

    def _at(self, line: int, column: int, end_line: int, end_column: int) -> Position:
        first = self._first_line
        if end_line == line and end_column <= column:
            end_column = column + 1
        return Position(first + line, column + 1, first + end_line, end_column + 1)


def _step(node: Node, part: str | int) -> tuple[Node | None, Node] | None:
    if isinstance(part, int):
        if is_sequence(node) and part < len(node.value):
            return None, node.value[part]
        return None
    if node.__class__ is MappingNode:
        for key, value in node.value:
            if key.value == part:
                return key, value
        for key, value in node.value:
            if key_of(key) == part:
                return key, value
        for key, value in node.value:
            if key.value == "<<":
                for merged in value.value if is_sequence(value) else [value]:
                    if found := _step(merged, part):
                        return found
    return None
