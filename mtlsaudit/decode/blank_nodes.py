"""Values of a YAML text blanked out by their place, as the parser reads them."""

from __future__ import annotations

import re

from yaml.nodes import MappingNode, Node, ScalarNode

from mtlsaudit.decode.compose import compose
from mtlsaudit.decode.error import YamlError

_PROPERTIES = re.compile(r"(?:[!&]\S*\s+)*")


def blank_nodes(text: str, blanked: str, values: set[str]) -> str:
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
