"""The small part of Markdown that rules are written in: paragraphs, lists, fenced code and `code` in a line.

It gives plain values that a template escapes, so nothing written in a rule file can become markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mtlsaudit.model.values import dataclass

_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_ITEM = re.compile(r"\s*(?:[-*]|\d+[.)])\s+(.*)")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a line; `code` where it stood between backticks."""

    text: str
    code: bool


@dataclass(frozen=True, slots=True)
class Block:
    """`kind` is `paragraph`, `list` or `code`; a list has one line an item, the others have exactly one."""

    kind: str
    lines: tuple[tuple[Span, ...], ...]


def blocks_of(text: str) -> tuple[Block, ...]:
    """The text as blocks, in order. A fence that is never closed runs to the end."""
    out: list[Block] = []
    pending: list[str] = []
    lines = iter(text.splitlines())
    for line in lines:
        fence = _FENCE.match(line)
        if fence:
            _flush(pending, out)
            out.append(_code(lines, fence.group(1)))
        elif line.strip():
            pending.append(line)
        else:
            _flush(pending, out)
    _flush(pending, out)
    return tuple(out)


def spans_of(line: str) -> tuple[Span, ...]:
    """A line cut at its backticks; a lone backtick stays text."""
    parts = line.split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = [f"{parts[-2]}`{parts[-1]}"]
    return tuple(Span(part, bool(i % 2)) for i, part in enumerate(parts) if part)


def _code(lines: Iterator[str], fence: str) -> Block:
    body: list[str] = []
    for line in lines:
        if line.strip() == fence:
            break
        body.append(line)
    return Block("code", ((Span("\n".join(body), True),),))


def _flush(pending: list[str], out: list[Block]) -> None:
    if not pending:
        return
    items: list[str] = []
    prose: list[str] = []
    for line in pending:
        item = _ITEM.match(line)
        if item:
            items.append(item.group(1).strip())
        elif items:
            items[-1] += f" {line.strip()}"
        else:
            prose.append(line.strip())
    if prose:
        out.append(Block("paragraph", (spans_of(" ".join(prose)),)))
    if items:
        out.append(Block("list", tuple(spans_of(item) for item in items)))
    pending.clear()
