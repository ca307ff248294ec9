"""JSON as text, piece by piece: what a long report says a thousand times is encoded once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from json.encoder import encode_basestring

from msgspec.json import Encoder

from mtlsaudit.model.origin import ClusterOrigin, FieldPath, FileOrigin, Origin, Site, render_path
from mtlsaudit.model.report import Report
from mtlsaudit.model.verdict import Evidence

_encode = Encoder().encode
_encode_anything = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encode(value: object) -> str:
    """Any value, without spaces."""
    try:
        return _encode(value).decode()
    except (UnicodeEncodeError, OverflowError):  # a file name that is no text; a number of more than 64 bits
        return _encode_anything(value)


quoted = encode_basestring
"""A string; several times as fast as `encode`."""


def array(pieces: Iterable[str]) -> str:
    """A list of texts that are JSON already."""
    return f"[{','.join(pieces)}]"


class Citations:
    """Evidence as JSON. Each field path is encoded once, and each piece of evidence, which hops and findings share."""

    def __init__(self, report: Report) -> None:
        self._positions = report.positions
        self._paths: dict[FieldPath, str] = {}
        self._origins: dict[Origin, tuple[str, str]] = {}
        self._known: dict[Evidence, str] = {}

    def forget(self) -> None:
        """Let the text of all pieces go; they are made again when they are needed."""
        self._known.clear()

    def list(self, evidence: Iterable[Evidence]) -> str:
        """The pieces in their order."""
        known = self._known
        return array([known.get(e) or self._make(e) for e in evidence])

    def _make(self, evidence: Evidence) -> str:
        site, value = evidence
        if site.path not in self._paths:
            self._paths[site.path] = quoted(render_path(site.path))
        place, path = self._site(site), self._paths[site.path]
        text = self._known[evidence] = f'{{"site":{place},"path":{path},"value":{quoted(value)}}}'
        return text

    def _site(self, site: Site) -> str:
        """A field of a file with its line where that is known, or an object of a cluster."""
        origin = site.origin
        if origin not in self._origins:
            self._origins[origin] = _origin(origin)
        head, tail = self._origins[origin]
        at = self._positions.get(site) if isinstance(origin, FileOrigin) or origin.declared else None
        return f'{head},"line":{at.line},"column":{at.column}{tail}' if at is not None else head + tail


def _origin(origin: Origin) -> tuple[str, str]:
    """What stands before and after the line."""
    if isinstance(origin, ClusterOrigin):
        site = {"cluster": origin.cluster, "resource": origin.resource}
        if origin.resource_version:
            site["resource_version"] = origin.resource_version
        if origin.owner:
            site["managed_by"] = origin.owner
        if origin.declared:
            site["file"] = origin.declared.file
        return encode(site)[:-1], "}"
    rendered = f',"rendered_by":{quoted(origin.rendered_by)}' if origin.rendered_by else ""
    return f'{{"file":{quoted(origin.file)}', rendered + "}"
