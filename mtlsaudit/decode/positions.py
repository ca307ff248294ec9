"""Field path → line and column, worked out only for what a report cites.

Of a document that libyaml must read that is a second reading (some 70 µs for a usual object): keeping positions for everything
would cost more memory than the objects themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mtlsaudit.decode.plain import Shape, read
from mtlsaudit.decode.plain_places import PlainPlaces, Span
from mtlsaudit.model.origin import FieldPath, Position


class Locator:
    """Positions in one document whose text starts at `first_line` (1-based) of its file.

    `shapes` are those of its lines, where they are known already; they are empty where libyaml must read it. Raises YamlError.
    """

    def __init__(self, text: str, first_line: int, shapes: Sequence[Shape] | None = None) -> None:
        if shapes is None:
            shapes = []
            read(text, shapes)
        self._first_line = first_line
        # Where the last line has no end, the end of the last item is no line further on.
        if shapes and text.endswith("\n"):
            self._find: Callable[[FieldPath], Span | None] = PlainPlaces(shapes).find
        else:
            from mtlsaudit.decode.composed_places import ComposedPlaces

            self._find = ComposedPlaces(text).find

    def position(self, path: FieldPath) -> Position | None:
        """The field's key and value, or of the nearest part above it that is there; an object as a whole is its `kind`."""
        found = self._find(path) or self._find(("kind",))
        if found is None:
            return None
        line, column, end_line, end_column = found
        if end_line == line and end_column <= column:
            end_column = column + 1
        first = self._first_line
        return Position(first + line, column + 1, first + end_line, end_column + 1)
