"""Where a field stands in a document that libyaml must read."""

from __future__ import annotations

from yaml import Mark
from yaml.nodes import MappingNode, Node, ScalarNode

from mtlsaudit.decode.compose import compose, is_sequence, place, places_by_mark
from mtlsaudit.decode.nodes import key_of
from mtlsaudit.decode.plain_places import Span
from mtlsaudit.model.origin import FieldPath


class ComposedPlaces:
    """The places of one document. Raises YamlError."""

    def __init__(self, text: str) -> None:
        self._root = compose(text)
        self._text = text
        self._by_mark = places_by_mark(text)

    def find(self, path: FieldPath) -> Span | None:
        """The field's key and value, or of the nearest part above it that is there."""
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
            return None
        whole = depth == len(path)
        return self._span(key, node if whole or key is None else key)

    def _span(self, key: Node | None, node: Node) -> Span:
        start = self._place((key or node).start_mark)
        end = self._place(node.end_mark)
        if key is not None and (node.__class__ is not ScalarNode or end[0] != start[0]):
            end = self._place(key.end_mark)
        elif end[0] != start[0]:
            end = (start[0], start[1] + 1)
        return *start, *end

    def _place(self, mark: Mark) -> tuple[int, int]:
        return (mark.line, mark.column) if self._by_mark else place(self._text, mark)


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
