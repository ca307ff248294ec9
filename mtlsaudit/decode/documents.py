"""A file's text cut into YAML documents, and a glance at each before it is parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mtlsaudit.decode.plain import Shape

_MARKER = re.compile(r"(?:---|\.\.\.)(?=[ \t\r\n]|\Z)")
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_CONTENT = re.compile(r"^(?!\s*(?:#|%|---\s*(?:#.*)?$|\.\.\.(?:\s|$)|$)).", re.MULTILINE)
_KIND = re.compile(r"^kind:[ \t]*(['\"]?)([A-Za-z0-9]+)\1[ \t]*(?:#.*)?\r?$", re.MULTILINE)
_API_VERSION = re.compile(r"^apiVersion:[ \t]*(['\"]?)([A-Za-z0-9./-]+)\1[ \t]*(?:#.*)?\r?$", re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{|\{%")


class Slice(NamedTuple):
    """One document's text; `first_line` is 1-based in the file. `shapes` are of its lines, none where libyaml read it."""

    text: str
    first_line: int
    document: int
    shapes: Sequence[Shape] | None = None

    def glance(self) -> tuple[str, str] | None:
        """(apiVersion, kind) when both stand once at the left margin, else None: parse to know."""
        kind, version = _KIND.search(self.text), _API_VERSION.search(self.text)
        if kind is None or version is None:
            return None
        if self.text.find("\nkind:", kind.end()) >= 0 or self.text.find("\napiVersion:", version.end()) >= 0:
            return None
        return version[2], kind[2]

    def looks_templated(self) -> bool:
        """Does the text hold a Go-template or Jinja mark? Only asked of a document that does not parse."""
        return _TEMPLATE.search(self.text) is not None


def cut(text: str) -> Iterator[Slice]:
    """The documents with content. `---` at the margin starts one wherever it stands, `...` ends one (YAML 1.2 §9.1)."""
    line, index, begin = 1, 0, 0
    for end, resume in _borders(text):
        piece = text[begin:end]
        if _CONTENT.search(piece):
            yield Slice(piece, line, index)
            index += 1
        elif _DIRECTIVE.search(piece) and end == resume:
            continue  # directives belong to the document that they stand before
        line += text.count("\n", begin, resume)
        begin = resume


def _borders(text: str) -> Iterator[tuple[int, int]]:
    """(end of a document, start of the next); between the two stands a `...` line, or nothing."""
    for at in sorted((*_at_margin(text, "---"), *_at_margin(text, "..."))):
        marker = _MARKER.match(text, at)
        if marker is None:
            continue
        if marker[0] == "...":
            after = text.find("\n", marker.end())
            yield at, len(text) if after < 0 else after + 1
        elif at > 0:
            yield at, at
    yield len(text), len(text)


def _at_margin(text: str, word: str) -> Iterator[int]:
    """Where lines begin with the word."""
    if text.startswith(word):
        yield 0
    at = text.find("\n" + word)
    while at >= 0:
        yield at + 1
        at = text.find("\n" + word, at + 1)
