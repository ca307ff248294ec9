"""Why a document cannot be read, and how deep one may be."""

from __future__ import annotations

MAX_DEPTH = 200


class YamlError(Exception):
    """The document cannot be read; `line` is 0-based within the text given."""

    def __init__(self, reason: str, line: int, kind: str = "invalid-yaml") -> None:
        super().__init__(reason)
        self.reason, self.line, self.kind = reason, line, kind
