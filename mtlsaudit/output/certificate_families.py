"""Certificates as trees: a CA above what it issued."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.output.certificate_words import is_authority

Member = tuple[CertificateEntry, int]
"""An entry and how far below the top of its tree it stands."""


def by_name(entries: Iterable[CertificateEntry]) -> dict[str, str]:
    """Entry → the CA among the entries that it names as its issuer, by their ids. The first of several of one name counts."""
    authorities: dict[str, str] = {}
    listed = tuple(entries)
    for entry in listed:
        if is_authority(entry) and entry.subject:
            authorities.setdefault(entry.subject, entry.id)
    return {e.id: authorities[e.issuer] for e in listed if e.issuer in authorities and e.issuer != e.subject}


def trees(entries: Sequence[CertificateEntry], issuers: Mapping[str, str]) -> list[list[Member]]:
    """Each tree from its top down, each entry once, in the order of the entries; without an issuer among them it is a top."""
    here = {entry.id for entry in entries}
    below: dict[str, list[CertificateEntry]] = {}
    tops: list[CertificateEntry] = []
    for entry in entries:
        parent = issuers.get(entry.id, "")
        (below.setdefault(parent, []) if parent in here and parent != entry.id else tops).append(entry)
    seen: set[str] = set()
    found = [list(_down(top, below, seen)) for top in (*tops, *entries)]  # CAs that issued each other have no top
    return [tree for tree in found if tree]


def _down(top: CertificateEntry, below: Mapping[str, list[CertificateEntry]], seen: set[str]) -> Iterator[Member]:
    waiting: list[Member] = [(top, 0)]
    while waiting:
        entry, depth = waiting.pop()
        if entry.id in seen:
            continue
        seen.add(entry.id)
        yield entry, depth
        waiting += [(child, depth + 1) for child in reversed(below.get(entry.id, []))]
