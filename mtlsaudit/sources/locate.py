"""Lines and columns, worked out when a report asks for them."""

from __future__ import annotations

from mtlsaudit.decode.positions import Locator
from mtlsaudit.decode.yamltree import YamlError
from mtlsaudit.model.origin import Position, Site
from mtlsaudit.sources.harvest import Harvest


class Positions:
    """The position of any site of the harvest that has one. Rendered objects have none: their lines are in no file."""

    def __init__(self, harvest: Harvest) -> None:
        self._harvest = harvest
        self._locators: dict[tuple[str, int], Locator | None] = {}
        self._certificate_files = {file.file: file for file in harvest.certificate_files}

    def get(self, site: Site) -> Position | None:
        """None where there is none."""
        origin = site.origin
        if self._certificate_files:
            file = self._certificate_files.get(origin.file)
            if file is not None and (found := file.position(site)) is not None:
                return found
        if origin.rendered_by:
            return None
        key = (origin.file, origin.document)
        if key not in self._locators:
            self._locators[key] = self._locator(key)
        locator = self._locators[key]
        return locator.position((*origin.base, *site.path) if origin.base else site.path) if locator else None

    def _locator(self, key: tuple[str, int]) -> Locator | None:
        piece = self._harvest.texts.get(key)
        if piece is None:
            return None
        try:
            return Locator(piece.text, piece.first_line, piece.shapes)
        except YamlError:  # a text that was blanked at the collector's edge in an unlucky place
            return None


class Lines:
    """The source line at a site. Files of certificates have none: what surrounds one may be secret."""

    def __init__(self, harvest: Harvest, positions: Positions) -> None:
        self._harvest = harvest
        self._positions = positions

    def get(self, site: Site) -> str | None:
        """None where there is none."""
        position = self._positions.get(site)
        piece = self._harvest.texts.get((site.origin.file, site.origin.document))
        if piece is None or position is None:
            return None
        lines = piece.text.split("\n", position.line - piece.first_line + 1)
        return lines[position.line - piece.first_line].rstrip("\r")
