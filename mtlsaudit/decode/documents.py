"""A file's text cut into YAML documents, and a glance at each before it is parsed."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

_MARKER = re.compile(r"^(?:---|\.\.\.)(?=[ \t\r\n]|\Z)", re.MULTILINE)
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_CONTENT = re.compile(r"^(?!\s*(?:#|%|---\s*(?:#.*)?$|\.\.\.|$)).", re.MULTILINE)
_KIND = re.compile(r"^kind:[ \t]*(['\"]?)([A-Za-z0-9]+)\1[ \t]*(?:#.*)?\r?$", re.MULTILINE)
_API_VERSION = re.compile(r"^apiVersion:[ \t]*(['\"]?)([A-Za-z0-9./-]+)\1[ \t]*(?:#.*)?\r?$", re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{|\{%")


@dataclass(frozen=True, slots=True)
class Slice:
    """One document's text; `first_line` is 1-based in the file."""

    text: str
    first_line: int
    index: int

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
    """The documents with content. `---` at the margin starts one wherever it stands (YAML 1.2 §9.1.2)."""
    starts = [0, *(m.start() for m in _MARKER.finditer(text)), len(text)]
    line = 1
    index = 0
    pending = 0
    for begin, end in itertools.pairwise(starts):
        piece = text[pending:end]
        if begin != pending and not _DIRECTIVE.search(text, pending, begin):
            piece = text[begin:end]
        newlines = text.count("\n", begin, end)
        if _CONTENT.search(piece):
            lead = line - text.count("\n", end - len(piece), begin)
            yield Slice(piece, lead, index)
            index += 1
            pending = end
        elif not _DIRECTIVE.search(piece):
            pending = end
        line += newlines
