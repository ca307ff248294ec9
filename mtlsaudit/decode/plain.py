"""Documents that look as manifests usually do, read a line at a time; what looks otherwise is libyaml's.

Most manifests are block mappings and sequences whose scalars end on their line. Of those, and only of those, `read` gives
what libyaml and `scalars` would give, in a fourth of the time. It gives up at the first line of another shape: flow
collections, anchors, tags, block scalars, escapes, comments behind a value, tabs, text that is not ASCII, keys that are no
plain words, and whatever is an error. tests/decode/test_plain.py holds it against libyaml.
"""

from __future__ import annotations

import re
from typing import Any

from mtlsaudit.decode.error import MAX_DEPTH, YamlError
from mtlsaudit.decode.scalars import NUMBER_START, SPECIAL, Value, plain_value

_HEAD = re.compile(r"( *)(- +)?([A-Za-z_][A-Za-z0-9_./-]*)")
_PLAIN_BEGIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./$(+^;~\\")
_LONGEST_KEY = 256
_DEEPEST = MAX_DEPTH // 2
_LONGEST_KEPT, _MOST_KEPT = 80, 1 << 14


Shape = tuple[int, int, str | None, int, int, int]
"""Where a line has what: indent, item, key, value, key_end, end; columns count from 0.

`indent` is -1 where the line says nothing; `item` is the column behind a dash, 0 without one; `value` is one of those below;
`end` is the value's.
"""

SCALAR, EMPTY, NESTED = 0, 1, 2
"""What stands as value: a scalar, an empty map or list, or nothing, so that one may follow on the next lines."""

Line = tuple[int, int, Any, Any, int, Shape]
"""Indent, item, key, value, what stands as value, shape. An EMPTY one is `dict` or `list`: everybody needs their own."""

_NOTHING: Line = (-1, 0, None, None, SCALAR, (-1, 0, None, SCALAR, 0, 0))
_known: dict[str, Line] = {}
"""Lines come again in every manifest of a team."""

_heads: dict[str, tuple[int, int, str]] = {}
_shapes: dict[Shape, Shape] = {}


def forget() -> None:
    """Let the lines go: some are of Secrets."""
    for kept in (_known, _heads, _shapes):
        kept.clear()


def read(text: str, shapes: list[Shape] | None = None) -> dict[str, Value] | None:
    """The document as Python values; None where libyaml must say. The shapes of its lines are put into `shapes`."""
    lines = _lines(text)
    if lines is None:
        return None
    root: dict[str, Value] = {}
    inner: Any = root  # the mapping or sequence that lines at `level` belong to
    level, pending, in_list = 0, None, False
    above: list[tuple[int, Any]] = []
    for indent, item, key, value, kind, _ in lines:
        if indent != level or item or in_list:
            if indent < 0:
                continue
            if indent < level:
                pending = None
                while indent < level:
                    level, inner = above.pop()
            if indent > level or (item and inner.__class__ is dict):
                if pending is None or len(above) > _DEEPEST:
                    return None
                above.append((level, inner))
                outer, inner = inner, [] if item else {}
                outer[pending] = inner
                level = indent
            elif not item and inner.__class__ is list:
                level, inner = above.pop()
                if level != indent:
                    return None
            if item and key is None:
                inner.append(value() if kind else value)
                pending, in_list = None, True
                continue
            if item:
                above.append((level, inner))
                inner.append({})
                level, inner = item, inner[-1]
            in_list = False
        if key in inner:
            return None
        inner[key] = value() if kind == EMPTY else value
        pending = key if kind == NESTED else None
    if shapes is not None:
        shapes[:] = [line[5] for line in lines]
    return root or None


def _lines(text: str) -> list[Line] | None:
    """None at the first that is not for here."""
    words = text.split("\n")
    if words[0] == "---":
        words[0] = ""
    lines = list(map(_known.get, words))
    if None in lines:
        for number, line in enumerate(lines):
            if line is None:
                lines[number] = meaning = _meaning(words[number])
                if meaning is None:
                    return None
    return lines  # type: ignore[return-value]


def _meaning(words: str) -> Line | None:
    """None: of a shape that is not for here."""
    if max(len(_known), len(_heads), len(_shapes)) >= _MOST_KEPT:
        forget()
    line = _content(words) if words.isascii() and words.isprintable() else None
    if line is not None and len(words) <= _LONGEST_KEPT:
        _known[words] = line
    return line


def _content(words: str) -> Line | None:
    shown = words.strip(" ")
    if not shown or shown[0] == "#":
        return _NOTHING
    front, colon, back = words.partition(": ")
    if not colon and words[-1] == ":":
        front, colon = words[:-1], ":"
    head: tuple[int, int, str | None] | None = (_heads.get(front) or _head(front)) if colon else None
    if head is None:  # no key: an item
        if shown[:2] != "- ":
            return None
        column = len(words) - len(words.lstrip(" "))
        back = shown[2:].lstrip(" ")
        head = column, column + len(shown) - len(back), None
    text = back.strip(" ")
    found = _value(text)
    if found is None:
        return None
    value, kind = found
    column, item, key = head
    key_end = (item or column) + len(key or "")
    shape = column, item, key, kind, key_end, key_end + 1 if kind == NESTED else len(words.rstrip(" "))
    return column, item, key, value, kind, _shapes.setdefault(shape, shape)


def _head(front: str) -> tuple[int, int, str] | None:
    """What stands before a value: indent, column behind the dash, key."""
    match = _HEAD.fullmatch(front)
    if match is None or match[3] in SPECIAL or len(match[3]) > _LONGEST_KEY:
        return None
    indent = len(match[1])
    _heads[front] = head = indent, indent + len(match[2]) if match[2] else 0, match[3]
    return head


def _value(text: str) -> tuple[Any, int] | None:
    """The value and what it is."""
    if not text:
        return None, NESTED
    first = text[0]
    if first in _PLAIN_BEGIN or (first == "-" and text[1:2] not in ("", " ")):
        if ": " in text or text[-1] == ":" or " #" in text:
            return None
        try:
            return plain_value(text, 0) if len(text) < 6 or first in NUMBER_START else text, SCALAR
        except YamlError:
            return None
    inside = text[1:-1]
    if first in "\"'" and text[-1] == first and len(text) > 1 and first not in inside:
        return None if first == '"' and "\\" in inside else (inside, SCALAR)
    return (dict, EMPTY) if text == "{}" else (list, EMPTY) if text == "[]" else None
