"""Scalar nodes of libyaml as values and as keys."""

from __future__ import annotations

import base64
import binascii

from yaml.nodes import MappingNode, Node, ScalarNode

from mtlsaudit.decode.error import YamlError
from mtlsaudit.decode.scalars import Value, plain_value

_STANDARD = "tag:yaml.org,2002:"


def scalar(node: Node) -> Value:
    """The value of a scalar node. Raises YamlError for what Kubernetes refuses."""
    text: str = node.value
    tag = node.tag
    if isinstance(tag, str):
        return _tagged(tag, text, node)
    return plain_value(text, node.start_mark.line) if tag[0] else text


def _tagged(tag: str, text: str, node: Node) -> Value:
    kind = tag.removeprefix(_STANDARD)
    wrong = YamlError(f"{text!r} is no {kind}", node.start_mark.line)
    match kind:
        case "binary":
            try:
                return base64.b64decode(text, validate=True).decode("utf-8", "replace")
            except binascii.Error:
                raise wrong from None
        case "null" | "bool" | "int" | "float":
            value = plain_value(text, node.start_mark.line)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            fits = {
                "null": value is None,
                "bool": isinstance(value, bool),
                "int": isinstance(value, int) and number,
                "float": number,
            }
            if not fits[kind]:
                raise wrong
            return value
        case _:
            return text


def key_text(node: Node) -> str:
    """A key of a mapping, which is text in JSON. Raises YamlError for a node that is no key."""
    if node.__class__ is not ScalarNode:
        line = node.start_mark.line
        if node.__class__ is MappingNode and node.flow_style:
            raise YamlError("an unrendered template", line, "template")
        raise YamlError("a key must be a scalar", line)
    value = scalar(node)
    if isinstance(value, str):
        return value
    if value is None:
        raise YamlError("a key must not be null", node.start_mark.line)
    return str(value).lower() if isinstance(value, bool) else str(node.value)


def key_of(node: Node) -> str | None:
    """The key as `parse` names it, or None for a node that is no key there."""
    try:
        return key_text(node)
    except YamlError:
        return None
