"""A document as libyaml reads it: its nodes to plain Python values.

A difference to Kubernetes on purpose: a duplicate key is an error, not the last value.
"""

from __future__ import annotations

from yaml.nodes import MappingNode, Node, ScalarNode

from mtlsaudit.decode.compose import compose
from mtlsaudit.decode.error import MAX_DEPTH, YamlError
from mtlsaudit.decode.nodes import key_text, scalar
from mtlsaudit.decode.scalars import LETTERS, NUMBER_START, Value

MAX_NODES = 2_000_000


def read_composed(text: str) -> Value:
    """As of `yamltree.parse`."""
    node = compose(text)
    if node is None:
        return None
    if "&" not in text and "<<" not in text:
        return _tree(node, 0)
    return _Converter().value(node, 0)


def _tree(node: Node, depth: int) -> Value:
    """A node without aliases in it: the usual case, without the bookkeeping."""
    if node.__class__ is ScalarNode:
        return scalar(node)
    if depth > MAX_DEPTH:
        raise YamlError(f"nested deeper than {MAX_DEPTH} levels", node.start_mark.line)
    depth += 1
    if node.__class__ is not MappingNode:
        return [_tree(child, depth) for child in node.value]
    result: dict[str, Value] = {}
    for key_node, value_node in node.value:
        key = key_node.value
        # A key that is longer than any special word and begins with a letter is a string: nearly all are.
        if key_node.__class__ is not ScalarNode or len(key) < 6 or key[0] not in LETTERS:
            key = key_text(key_node)
        if key in result:
            raise YamlError(f"duplicate key {key!r}", key_node.start_mark.line, "duplicate-key")
        if value_node.__class__ is ScalarNode:
            text = value_node.value
            plain = value_node.tag[0] and (len(text) < 6 or text[0] in NUMBER_START)
            result[key] = scalar(value_node) if plain or value_node.tag.__class__ is str else text
        else:
            result[key] = _tree(value_node, depth)
    return result


class _Converter:
    """Nodes to values. An aliased node becomes one shared object, so an alias bomb costs nothing here."""

    def __init__(self) -> None:
        self._done: dict[int, Value] = {}
        self._size: dict[int, int] = {}
        self._open: set[int] = set()

    def value(self, node: Node, depth: int) -> Value:
        if node.__class__ is ScalarNode:
            return scalar(node)
        key = id(node)
        if key in self._done:
            return self._done[key]
        if key in self._open:
            raise YamlError("an alias refers to the node that contains it", node.start_mark.line, "alias-bomb")
        if depth > MAX_DEPTH:
            raise YamlError(f"nested deeper than {MAX_DEPTH} levels", node.start_mark.line)
        self._open.add(key)
        result = self._mapping(node, depth) if node.__class__ is MappingNode else self._sequence(node, depth)
        self._open.discard(key)
        self._done[key] = result
        self._weigh(node)
        return result

    def _weigh(self, node: Node) -> None:
        """Refuse what would be huge once aliases are expanded (as Kubernetes does)."""
        children = [v for _, v in node.value] if node.__class__ is MappingNode else node.value
        size = 1
        for child in children:
            size += self._size.get(id(child), 1)
        if size > MAX_NODES:
            raise YamlError("aliases expand to too many nodes", node.start_mark.line, "alias-bomb")
        self._size[id(node)] = size

    def _sequence(self, node: Node, depth: int) -> list[Value]:
        return [self.value(child, depth + 1) for child in node.value]

    def _mapping(self, node: Node, depth: int) -> dict[str, Value]:
        result: dict[str, Value] = {}
        merged: dict[str, Value] = {}
        for key_node, value_node in node.value:
            key = key_text(key_node)
            if key == "<<" and key_node.tag[0]:
                _merge(merged, self.value(value_node, depth + 1), key_node)
                continue
            if key in result:
                raise YamlError(f"duplicate key {key!r}", key_node.start_mark.line, "duplicate-key")
            result[key] = self.value(value_node, depth + 1)
        return {**merged, **result} if merged else result


def _merge(into: dict[str, Value], value: Value, key_node: Node) -> None:
    for part in value if isinstance(value, list) else [value]:
        if not isinstance(part, dict):
            raise YamlError("a merge key (<<) needs a mapping", key_node.start_mark.line)
        for key, item in part.items():
            into.setdefault(key, item)
