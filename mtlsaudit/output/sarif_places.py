"""Where SARIF says a thing is: relative URIs, exact regions, and the gaps and pieces of evidence at them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from mtlsaudit.model.origin import ClusterOrigin, Position, Site, render_path
from mtlsaudit.model.report import Report
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.output.file_names import STDIN, relative_path
from mtlsaudit.output.shown import shown

Node = dict[str, object]

_STDIN_URI = "stdin.yaml"
_VALUE_LENGTH = 200


def one_line(text: str) -> str:
    """The text with every run of white space made one space."""
    return shown(" ".join(text.split()))


def relative_uri(file: str, sources: Sequence[str], base: Path) -> str:
    """The file as a percent-encoded path below `base`: GitHub refuses absolute ones and bare colons."""
    if file == STDIN:
        return _STDIN_URI
    # Names of files are bytes, and some are not UTF-8.
    return quote(os.fsencode(relative_path(file, sources, base).as_posix()), safe="/")


class Places:
    """The locations of one report, with files relative to `base`."""

    def __init__(self, report: Report, base: Path) -> None:
        self._report = report
        self._base = base
        self._uris: dict[str, str] = {}

    def artifact(self, file: str) -> Node:
        """The `artifactLocation` of a file."""
        if file not in self._uris:
            self._uris[file] = relative_uri(file, self._report.scan.sources, self._base)
        return {"uri": self._uris[file]}

    def evidence(self, piece: Evidence) -> Node:
        """The `physicalLocation` of a piece of evidence."""
        out: Node = {"artifactLocation": self.artifact(piece.site.origin.file)}
        region = self.region(piece.site)
        if region is not None:
            out["region"] = region
        return out

    def related(self, number: int, piece: Evidence) -> Node:
        """A `relatedLocation` that a message may link to by its number."""
        value = one_line(piece.value)
        if len(value) > _VALUE_LENGTH:
            value = f"{value[: _VALUE_LENGTH - 1]}…"
        text = f"{shown_path(piece.site)}: {value}" if value else shown_path(piece.site)
        out: Node = {"id": number, "message": {"text": text}, "physicalLocation": self.evidence(piece)}
        if live := live_objects(piece.site):
            out["logicalLocations"] = live
        return out

    def region(self, site: Site) -> Node | None:
        """The exact stretch of a field; None where no line of a file can be named."""
        position = self._report.positions.get(site)
        if position is None or site.origin.rendered_by or position.line < 1 or position.column < 1:
            return None
        out: Node = {
            "startLine": position.line,
            "startColumn": position.column,
            "endLine": position.end_line,
            "endColumn": position.end_column,
        }
        snippet = _snippet(self._report.lines.get(site) or "", position)
        if snippet:
            out["snippet"] = {"text": snippet}
        return out

    def line(self, file: str, line: int) -> Node:
        """The location of a whole file, or of one line of it."""
        physical: Node = {"artifactLocation": self.artifact(file)}
        if line >= 1:
            physical["region"] = {"startLine": line}
        return {"physicalLocation": physical}


def live_objects(site: Site) -> list[Node]:
    """The object of a cluster that a field stands in: no file has it, its path at the API server is its name."""
    origin = site.origin
    if not isinstance(origin, ClusterOrigin):
        return []
    return [{"name": origin.object, "fullyQualifiedName": f"{origin.cluster}{origin.resource}", "kind": "resource"}]


def shown_path(site: Site) -> str:
    """The field as people write it; an object as a whole is named so."""
    return render_path(site.path) or "the object"


def _snippet(line: str, position: Position) -> str:
    # A snippet must be the text of the region and nothing else; of a longer stretch only the first line is kept.
    if position.end_line != position.line:
        return ""
    return line[position.column - 1 : position.end_column - 1]
