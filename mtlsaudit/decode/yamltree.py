"""One YAML document as plain Python values, read as Kubernetes reads it.

Kubernetes parses YAML with a port of libyaml and YAML 1.1 scalars (sigs.k8s.io/yaml): a bare `on` or `y`
is a boolean. So the parser here is libyaml too, and `_plain` follows the same table (checked against
`kubectl` v1.32; see tests/decode). Differences on purpose: a duplicate key is an error, not the last value.
"""

from __future__ import annotations

import base64
import binascii
import operator
import re

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

try:
    from yaml._yaml import CParser as _Parser
except ImportError:  # a PyYAML built without libyaml: slower, same result
    from yaml.composer import Composer
    from yaml.parser import Parser
    from yaml.reader import Reader as _Reader
    from yaml.scanner import Scanner

    class _Parser(_Reader, Scanner, Parser, Composer):  # type: ignore[no-redef]
        def __init__(self, stream: str) -> None:
            _Reader.__init__(self, stream)
            Scanner.__init__(self)
            Parser.__init__(self)
            Composer.__init__(self)


Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]

MAX_DEPTH = 200
MAX_NODES = 2_000_000


class YamlError(Exception):
    """The document cannot be read; `line` is 0-based within the text given."""

    def __init__(self, reason: str, line: int, kind: str = "invalid-yaml") -> None:
        super().__init__(reason)
        self.reason, self.line, self.kind = reason, line, kind


class _Composer(_Parser):
    """libyaml's composer, with the tag replaced by (plain, quoted) so that resolution is ours and late."""

    def resolve(self, kind: type[Node], value: str | None, implicit: object) -> object:
        return implicit

    # Called for every node and of no use here: functions in C that do nothing cost least.
    descend_resolver = staticmethod(operator.is_)
    ascend_resolver = staticmethod(tuple)


def compose(text: str) -> Node | None:
    """The node tree of the only document in `text`, or None when it is empty. Raises YamlError."""
    _refuse_deep(text)
    try:
        node: Node | None = _Composer(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(_words(error), place(text, mark)[0] if mark else 0) from None
    except yaml.YAMLError as error:  # an unprintable character
        raise YamlError(" ".join(str(error).split())[:160], 0) from None
    return node


def parse(text: str) -> Value:
    """The document as Python values. Raises YamlError for bad YAML, duplicate keys, alias bombs and templates."""
    node = compose(text)
    if node is None:
        return None
    if "&" not in text and "<<" not in text:
        return _tree(node, 0)
    return _Converter().value(node, 0)


def _tree(node: Node, depth: int) -> Value:
    """A node without aliases in it: the usual case, without the bookkeeping."""
    if node.__class__ is ScalarNode:
        return _scalar(node)
    if depth > MAX_DEPTH:
        raise YamlError(f"nested deeper than {MAX_DEPTH} levels", node.start_mark.line)
    depth += 1
    if node.__class__ is not MappingNode:
        return [_tree(child, depth) for child in node.value]
    result: dict[str, Value] = {}
    for key_node, value_node in node.value:
        key = key_node.value
        # A key that is longer than any special word and begins with a letter is a string: nearly all are.
        if key_node.__class__ is not ScalarNode or len(key) < 6 or key[0] not in _LETTERS:
            key = _key(key_node)
        if key in result:
            raise YamlError(f"duplicate key {key!r}", key_node.start_mark.line, "duplicate-key")
        if value_node.__class__ is ScalarNode:
            text = value_node.value
            plain = value_node.tag[0] and (len(text) < 6 or text[0] in _NUMBER_START)
            result[key] = _scalar(value_node) if plain or value_node.tag.__class__ is str else text
        else:
            result[key] = _tree(value_node, depth)
    return result


_OTHER_BREAKS = re.compile("[\x85\u2028\u2029]|\r(?!\n)")


def places_by_mark(text: str) -> bool:
    """Do libyaml's lines agree with an editor's? It also counts breaks that editors do not show."""
    return (text.isascii() and "\r" not in text) or not _OTHER_BREAKS.search(text)


def place(text: str, mark: yaml.Mark) -> tuple[int, int]:
    """(line, column) of a mark, 0-based, by line feeds alone."""
    if places_by_mark(text):
        return mark.line, mark.column
    return text.count("\n", 0, mark.index), mark.index - (text.rfind("\n", 0, mark.index) + 1)


_NESTED_ON_A_LINE = re.compile(r"(?:[-?][ \t]+){20}")
_HINTS = ("- -", "-  ", "- \t", "-\t", "?")
"""Any such line holds one of these; looked for first, because a substring is found ten times as fast."""


def _refuse_deep(text: str) -> None:
    """Libyaml's composer recurses on the C stack: count the depth with events first when it could be deep.

    Depth comes from brackets, from `- - -` on one line, or from indentation, which needs a text that grows with the
    square of the depth and so stays far below what the stack holds.
    """
    brackets = text.count("[") + text.count("{")
    if brackets <= MAX_DEPTH and not (any(hint in text for hint in _HINTS) and _NESTED_ON_A_LINE.search(text)):
        return
    depth = 0
    parser = _Composer(text)
    try:
        while parser.check_event():
            event = parser.get_event()
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    line = event.start_mark.line if event.start_mark else 0
                    raise YamlError(f"nested deeper than {MAX_DEPTH} levels", line)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError:
        return  # the composer will report it


def _words(error: yaml.MarkedYAMLError) -> str:
    context = f"{error.context}, " if error.context else ""
    return f"{context}{error.problem or 'invalid YAML'}"


class _Converter:
    """Nodes to values. An aliased node becomes one shared object, so an alias bomb costs nothing here."""

    def __init__(self) -> None:
        self._done: dict[int, Value] = {}
        self._size: dict[int, int] = {}
        self._open: set[int] = set()

    def value(self, node: Node, depth: int) -> Value:
        if node.__class__ is ScalarNode:
            return _scalar(node)
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
            key = _key(key_node)
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


def _key(node: Node) -> str:
    if node.__class__ is not ScalarNode:
        line = node.start_mark.line
        if node.__class__ is MappingNode and node.flow_style:
            raise YamlError("an unrendered template", line, "template")
        raise YamlError("a key must be a scalar", line)
    value = _scalar(node)
    if isinstance(value, str):
        return value
    if value is None:
        raise YamlError("a key must not be null", node.start_mark.line)
    return str(value).lower() if isinstance(value, bool) else str(node.value)


_SPECIAL = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
_NUMBER_START = frozenset("0123456789+-.")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_INT = re.compile(r"[-+]?(?:0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|[1-9][0-9]*|0)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_JSON = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def _scalar(node: Node) -> Value:
    text: str = node.value
    tag = node.tag
    if isinstance(tag, str):
        return _tagged(tag, text, node)
    if not tag[0]:
        return text
    if len(text) < 6 and text in _SPECIAL:
        return _SPECIAL[text]
    return _number(text, node) if text[0] in _NUMBER_START else text


def _number(text: str, node: Node) -> Value:
    """As go-yaml: underscores go, a bare 0 is octal, what overflows is a float or a string; JSON has no infinity."""
    plain = text.replace("_", "") if "_" in text and text[0] != "." else text
    if _INT.fullmatch(plain):
        sign, body = (plain[0], plain[1:]) if plain[0] in "+-" else ("", plain)
        if len(body) > 1 and body[0] == "0" and body.isdigit():
            body = f"0o{body[1:]}"
        number = int(sign + body, 0)
        if -(2**63) <= number < 2**64:
            return number
        return float(number) if body.isdigit() else text
    if _FLOAT.fullmatch(plain):
        value = float(plain)
        if value in (float("inf"), float("-inf")):
            return text
        return int(value) if value.is_integer() and abs(value) < 1e21 else value
    if _NO_JSON.fullmatch(text):
        raise YamlError(f"{text} cannot be written as JSON, so Kubernetes refuses it", node.start_mark.line)
    return text


_STANDARD = "tag:yaml.org,2002:"


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
            value = _SPECIAL[text] if text in _SPECIAL else _number(text, node) if text[0] in _NUMBER_START else text
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


def key_of(node: Node) -> str | None:
    """The key as `parse` names it, or None for a node that is no key there."""
    try:
        return _key(node)
    except YamlError:
        return None


def is_sequence(node: Node) -> bool:
    """For `positions`: does the node hold items by index?"""
    return node.__class__ is SequenceNode
