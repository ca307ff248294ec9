"""Documents that look as manifests usually do, read a line at a time; what looks otherwise is libyaml's.

Most manifests are block mappings and sequences whose scalars end on their line. Of those, and only of those, `read` gives
what libyaml and `scalars` would give, in a fourth of the time. It gives up at the first line of another shape: flow
collections, anchors, tags, block scalars, escapes, comments behind a value, tabs, text that is not ASCII, keys that are no
plain words, and whatever is an error. tests/decode/test_plain.py holds it against libyaml.
"""

from __future__ import annotations

import re
from typing import Any

from mtlsaudit.decode.compose import MAX_DEPTH, YamlError
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

Line = tuple[int, int, Any, Any, bool, int, int]
"""What one line says: indent, item, key, value, opens, key_end, end; columns count from 0.

`indent` is -1 where it says nothing; `item` is the column behind a dash, 0 without a dash. `value` is `dict` or `list` for
an empty one, since everybody needs one of their own. `opens` says that no value stands here; `key_end` and `end` are where
the key ends, and the value.
"""

_NOTHING: Line = (-1, 0, None, None, False, 0, 0)

Trace = dict[tuple[int, str | int], tuple[int, Line]]
"""By the `id` of a container and the key or index in it: the number of the line that puts it there, from 0, and the line."""

_known: dict[str, Line] = {}
"""Lines come again in every manifest of a team."""


def read(text: str, trace: Trace | None = None) -> dict[str, Value] | None:
    """The document as Python values; None where libyaml must say. Where they stand is added to `trace`."""
    root: dict[str, Value] = {}
    inner: Any = root  # the mapping or sequence that lines at `level` belong to
    level, pending = 0, None
    above: list[tuple[int, Any]] = []
    meaning = _known.get
    for number, words in enumerate(_lines(text)):
        line = meaning(words) or _meaning(words)
        if line is None:
            return None
        indent, item, key, value, opens, _, _ = line
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
            if trace is not None:
                trace[id(inner), len(inner)] = number, line
            if key is None:
                inner.append(value)
                pending = None
                continue
            above.append((level, inner))
            inner.append({})
            level, inner = item, inner[-1]
        if key in inner:
            return None
        if trace is not None:
            trace[id(inner), key] = number, line
        inner[key] = value
        pending = key if opens else None
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
            _known.clear()
        _known[words] = line
    return line


def _content(match: re.Match[str], words: str) -> Line | None:
    indent, dash, key, plain, double, single, flow = match.groups()
    column = len(indent)
    item = column + len(dash) if dash else 0
    key_end = item or column
    if key is not None:
        if len(key) > _LONGEST_KEY or key in SPECIAL:
            return None
        key_end += len(key)
    elif dash is None:
        return _NOTHING if column == len(words) else None
    if plain is not None:
        return _plain(plain, column, item, key, key_end, match.end("plain"))
    if double is not None or single is not None:
        return column, item, key, double if single is None else single, False, key_end, len(words.rstrip(" "))
    if flow:
        return column, item, key, dict if flow == "{}" else list, False, key_end, match.end("flow")
    return (column, item, key, None, True, key_end, key_end + 1) if key else None


def _plain(text: str, column: int, item: int, key: str | None, key_end: int, end: int) -> Line | None:
    shown = text.rstrip(" ")
    if ": " in shown or shown[-1] == ":" or " #" in shown:
        return None
    try:
        value = plain_value(shown, 0) if len(shown) < 6 or shown[0] in NUMBER_START else shown
    except YamlError:
        return None
    return column, item, key, value, False, key_end, end - len(text) + len(shown)
