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

_LINE = re.compile(
    r"(?P<indent> *)(?P<dash>- +)?(?:(?P<key>[A-Za-z_][A-Za-z0-9_./-]*):(?: +|$))?"
    r"""(?:(?P<plain>(?:[A-Za-z0-9_./$(+^;~\\]|-(?=[!-~]))[ -~]*)|"(?P<double>[ !#-\[\]-~]*)"|'(?P<single>[ -&(-~]*)'"""
    r"|(?P<flow>\{\}|\[\]))? *"
)
_COMMENT = re.compile(r" *#[ -~]*")
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

Line = tuple[int, int, Any, Any, bool, Shape]
"""Indent, item, key, value, is it NESTED, shape. The value is `dict` or `list` for an empty one: everybody needs their own."""

_NOTHING: Line = (-1, 0, None, None, False, (-1, 0, None, SCALAR, 0, 0))
_known: dict[str, Line] = {}
"""Lines come again in every manifest of a team."""

_shapes: dict[Shape, Shape] = {}


def forget() -> None:
    """Let the lines go: some are of Secrets."""
    _known.clear()
    _shapes.clear()


def read(text: str, shapes: list[Shape] | None = None) -> dict[str, Value] | None:
    """The document as Python values; None where libyaml must say. The shapes of its lines are put into `shapes`."""
    root: dict[str, Value] = {}
    inner: Any = root  # the mapping or sequence that lines at `level` belong to
    level, pending = 0, None
    above: list[tuple[int, Any]] = []
    meaning = _known.get
    found: list[Shape] = []
    for words in _lines(text):
        line = meaning(words) or _meaning(words)
        if line is None:
            return None
        indent, item, key, value, opens, shape = line
        found.append(shape)
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
        if value.__class__ is type:
            value = value()
        if item:
            if key is None:
                inner.append(value)
                pending = None
                continue
            above.append((level, inner))
            inner.append({})
            level, inner = item, inner[-1]
        if key in inner:
            return None
        inner[key] = value
        pending = key if opens else None
    if shapes is not None:
        shapes[:] = found
    return root or None


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    if lines[0] == "---":
        lines[0] = ""
    return lines


def _meaning(words: str) -> Line | None:
    """None: of a shape that is not for here."""
    match = _LINE.fullmatch(words)
    line = _content(match, words) if match else _NOTHING if _COMMENT.fullmatch(words) else None
    if line is not None and len(words) <= _LONGEST_KEPT:
        if len(_known) >= _MOST_KEPT:
            forget()
        _known[words] = line
    return line


def _content(match: re.Match[str], words: str) -> Line | None:
    indent, dash, key, plain, double, single, flow = match.groups()
    column = len(indent)
    item = column + len(dash) if dash else 0
    if key is None:
        if dash is None:
            return _NOTHING if column == len(words) else None
    elif len(key) > _LONGEST_KEY or key in SPECIAL:
        return None
    end, kind = match.end(4), SCALAR
    value: Any = double if single is None else single
    if plain is not None:
        shown = plain.rstrip(" ")
        if ": " in shown or shown[-1] == ":" or " #" in shown:
            return None
        try:
            value = plain_value(shown, 0) if len(shown) < 6 or shown[0] in NUMBER_START else shown
        except YamlError:
            return None
        end += len(shown) - len(plain)
    elif value is not None:
        end = len(words.rstrip(" "))
    elif flow:
        value, kind, end = (dict if flow == "{}" else list), EMPTY, match.end("flow")
    elif key is None:
        return None
    else:
        kind = NESTED
    key_end = (item or column) + len(key or "")
    shape = column, item, key, kind, key_end, key_end + 1 if kind == NESTED else end
    return column, item, key, value, kind == NESTED, _shapes.setdefault(shape, shape)
