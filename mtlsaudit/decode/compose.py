"""YAML text to a tree of nodes, by libyaml; Kubernetes' own parser is a port of it."""

from __future__ import annotations

import operator
import re

import yaml
from yaml.nodes import Node, SequenceNode

from mtlsaudit.decode.error import MAX_DEPTH, YamlError

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


_ON_A_LINE = 20
_NESTED_ON_A_LINE = re.compile(rf"(?:[-?][ \t]+){{{_ON_A_LINE}}}")


def _refuse_deep(text: str) -> None:
    """Libyaml's composer recurses on the C stack: count the depth with events first when it could be deep.

    Depth comes from brackets, from `- - -` on one line, or from indentation, which needs a text that grows with the
    square of the depth and so stays far below what the stack holds.
    """
    brackets = text.count("[") + text.count("{")
    plain = text.count("- ") < _ON_A_LINE and "\t" not in text and "?" not in text  # cheaper than the search
    if brackets <= MAX_DEPTH and (plain or not _NESTED_ON_A_LINE.search(text)):
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


_TOO_DEEP = "exceeded maximum nesting depth"
"""Libyaml 0.2.6 has a limit of its own, 1,000; looking ahead, it can come to it before the events do to ours."""


def _words(error: yaml.MarkedYAMLError) -> str:
    if error.problem and error.problem.startswith(_TOO_DEEP):
        return f"nested deeper than {MAX_DEPTH} levels"
    context = f"{error.context}, " if error.context else ""
    return f"{context}{error.problem or 'invalid YAML'}"


_OTHER_BREAKS = re.compile("[\x85\u2028\u2029]|\r(?!\n)")


def places_by_mark(text: str) -> bool:
    """Do libyaml's lines agree with an editor's? It also counts breaks that editors do not show."""
    return (text.isascii() and "\r" not in text) or not _OTHER_BREAKS.search(text)


def place(text: str, mark: yaml.Mark) -> tuple[int, int]:
    """(line, column) of a mark, 0-based, by line feeds alone."""
    if places_by_mark(text):
        return mark.line, mark.column
    return text.count("\n", 0, mark.index), mark.index - (text.rfind("\n", 0, mark.index) + 1)


def is_sequence(node: Node) -> bool:
    """For `positions`: does the node hold items by index?"""
    return node.__class__ is SequenceNode
