"""A YAML text with chosen values blanked out, every line and column kept."""

from __future__ import annotations

import re
from collections.abc import Sequence

from yaml.nodes import MappingNode, Node, ScalarNode

from mtlsaudit.decode.compose import YamlError, compose

_PROPERTIES = re.compile(r"(?:[!&]\S*\s+)*")
_SHORTEST = 8
"""A value shorter than this may stand in the text for other reasons, so it is blanked by its place, not by its letters."""


def blank(text: str, hidden: Sequence[str]) -> str:
    """The text with every hidden value as x, of the same length and lines: by its letters, or else by its place."""
    by_place: set[str] = set()
    blanked = text
    for value in hidden:
        for line in value.splitlines():
            stripped = line.strip()
            if len(stripped) >= _SHORTEST and stripped in text:
                blanked = blanked.replace(stripped, "x" * len(stripped))
            elif stripped:
                by_place.add(value)
    return _blank_nodes(text, blanked, by_place) if by_place else blanked


def _blank_nodes(text: str, blanked: str, values: set[str]) -> str:
    """Escapes, folding and short values: found as the parser reads them. Lengths stay, so places in both texts agree."""
    try:
        root = compose(text)
    except YamlError:  # blanked before in an unlucky place: rather no lines than a secret
        return re.sub(r"\S", "x", text)
    waiting: list[Node] = [root] if root is not None else []
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, ScalarNode):
            if node.value in values:
                blanked = _blank_span(blanked, node)
        elif node.__class__ is MappingNode:
            waiting += [value for _, value in node.value]
        else:
            waiting += node.value
    return blanked


def _blank_span(text: str, node: ScalarNode) -> str:
    begin, end = node.start_mark.index, node.end_mark.index
    properties = _PROPERTIES.match(text, begin, end)
    begin = properties.end() if properties else begin
    if node.style in ("|", ">"):
        begin = text.find("\n", begin, end) + 1 or end
    elif node.style in ("'", '"'):
        begin, end = begin + 1, end - 1
    return text[:begin] + re.sub(r"\S", "x", text[begin:end]) + text[end:]
