"""What earlier scans saw of certificates: identities, digests and dates, never a key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from mtlsaudit.model.origin import FileOrigin, Site
from mtlsaudit.model.values import dataclass, field
from mtlsaudit.model.verdict import Evidence


class Seen(NamedTuple):
    """One certificate that a scan found."""

    identity: str
    sha256: str
    spki_sha256: str
    not_before: datetime
    not_after: datetime


class Sighting(NamedTuple):
    """One certificate of one identity; they sort by date. `first_seen` and `last_seen` are times of scans."""

    identity: str
    not_before: datetime
    not_after: datetime
    sha256: str
    spki_sha256: str
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Everything that earlier scans of the same sources saw, by identity, oldest certificate first.

    `before` are the identities that the last of them saw, `before_at` its time; None where there was none.
    """

    file: str
    sightings: Mapping[str, tuple[Sighting, ...]] = field(default_factory=dict)
    before: frozenset[str] = frozenset()
    before_at: datetime | None = None

    def evidence(self, sighting: Sighting) -> Evidence:
        """The row of the history that a statement rests on."""
        when = f"seen {sighting.first_seen:%Y-%m-%d} to {sighting.last_seen:%Y-%m-%d}"
        value = f"{sighting.sha256[:16]} issued {sighting.not_before:%Y-%m-%d}, {when}"
        return Evidence(Site(FileOrigin(self.file, 0), ("issues", sighting.identity)), value)
