"""What a source hands over: documents that parsed, the texts they came from, and what it could not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from mtlsaudit.decode.documents import Slice, cut
from mtlsaudit.decode.reader import group_of
from mtlsaudit.decode.yamltree import Value, YamlError, parse
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import FileOrigin
from mtlsaudit.sources.redact import redact

Wanted = Callable[[str, str], bool]
"""(group, kind) → does any platform ask for it?"""


@dataclass(slots=True)
class Harvest:
    """Filled by sources; read-only afterwards. `texts` keeps each document's text so that lines can be found later."""

    bodies: list[tuple[Mapping[str, object], FileOrigin]] = field(default_factory=list)
    texts: dict[tuple[str, int], Slice] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    resources: Counter[str] = field(default_factory=Counter)
    files: int = 0
    documents: int = 0
    templates: int = 0
    _text: str = ""

    def read_text(self, text: str, file: str, wanted: Wanted, rendered_by: str = "") -> None:
        """Cut a file's text into documents and take those that are wanted. Trouble becomes gaps."""
        self.files += 1
        for piece in cut(text):
            self.documents += 1
            self._read_slice(piece, file, wanted, rendered_by)

    def _read_slice(self, piece: Slice, file: str, wanted: Wanted, rendered_by: str) -> None:
        seen = piece.glance()
        if seen is not None and not seen[1].endswith("List"):
            group, _ = group_of(seen[0])
            if not wanted(group, seen[1]):
                self._count(group, seen[1])
                return
        try:
            value = parse(piece.text)
        except YamlError as error:
            self._trouble(error, piece, file)
            return
        self._text = piece.text
        if isinstance(value, dict) and self._take(value, FileOrigin(file, piece.index, (), rendered_by), wanted):
            self.texts[file, piece.index] = replace(piece, text=self._text)
        self._text = ""

    def _take(self, body: Mapping[str, Value], origin: FileOrigin, wanted: Wanted) -> bool:
        kind, api_version, items = body.get("kind"), body.get("apiVersion"), body.get("items")
        if isinstance(kind, str) and kind.endswith("List") and isinstance(items, list):
            took = False
            for index, item in enumerate(items):
                if isinstance(item, dict):
                    inner = {"apiVersion": api_version, "kind": kind[:-4], **item} if kind != "List" else item
                    took |= self._take(inner, origin._replace(base=(*origin.base, "items", index)), wanted)
            return took
        if not isinstance(kind, str) or not isinstance(api_version, str):
            return False
        group, _ = group_of(api_version)
        self._count(group, kind)
        if not wanted(group, kind):
            return False
        if kind == "Secret" and not group:
            redacted, self._text = redact(body, self._text)
            self.bodies.append((redacted, origin))
        else:
            self.bodies.append((body, origin))
        return True

    def _count(self, group: str, kind: str) -> None:
        self.resources[f"{kind}.{group}" if group else kind] += 1

    def _trouble(self, error: YamlError, piece: Slice, file: str) -> None:
        line = piece.first_line + error.line
        if error.kind == "template" or (error.kind == "invalid-yaml" and piece.looks_templated()):
            self.templates += 1
            reason = "an unrendered template: render it first (helm template, kustomize build) and scan the result"
            self.gaps.append(Gap("template", file, reason, file, piece.first_line))
            return
        self.gaps.append(Gap(error.kind, file, error.reason, file, line))
