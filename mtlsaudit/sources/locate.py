"""Lines and columns for the sites that a report cites, one composition a document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from mtlsaudit.decode.positions import Locator
from mtlsaudit.decode.yamltree import YamlError
from mtlsaudit.model.origin import Position, Site
from mtlsaudit.sources.harvest import Harvest


def locate(harvest: Harvest, sites: Iterable[Site]) -> tuple[Mapping[Site, Position], Mapping[Site, str]]:
    """Positions, and the source line at each. A rendered object has neither: its lines are in no file."""
    by_document: dict[tuple[str, int], list[Site]] = defaultdict(list)
    for site in sites:
        if not site.origin.rendered_by:
            by_document[site.origin.file, site.origin.document].append(site)
    positions: dict[Site, Position] = {}
    lines: dict[Site, str] = {}
    for key, wanted in by_document.items():
        piece = harvest.texts.get(key)
        if piece is None:
            continue
        try:
            locator = Locator(piece.text, piece.first_line)
        except YamlError:  # a text that was blanked at the collector's edge in an unlucky place
            continue
        source = piece.text.split("\n")
        for site in wanted:
            position = locator.position((*site.origin.base, *site.path))
            if position is not None:
                positions[site] = position
                index = position.line - piece.first_line
                lines[site] = source[index].rstrip("\r") if 0 <= index < len(source) else ""
    return positions, lines
