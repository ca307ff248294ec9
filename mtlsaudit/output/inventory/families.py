"""A list of certificates as trees: a CA above what it issued."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mtlsaudit.model.report import CertificateEntry


def branches(entries: Sequence[CertificateEntry], issuers: Mapping[str, str]) -> Iterator[tuple[CertificateEntry, str]]:
    """(entry, what is drawn before it), each entry once; without an issuer among them it stands at the margin."""
    here = {entry.id for entry in entries}
    below: dict[str, list[CertificateEntry]] = {}
    roots: list[CertificateEntry] = []
    for entry in entries:
        parent = issuers.get(entry.id, "")
        (below.setdefault(parent, []) if parent in here else roots).append(entry)
    seen: set[str] = set()
    for root in roots:
        yield from _branch(root, "", below, seen)
    for entry in entries:  # CAs that issued each other have no top
        if entry.id not in seen:
            yield from _branch(entry, "", below, seen)


def _branch(
    entry: CertificateEntry, stem: str, below: dict[str, list[CertificateEntry]], seen: set[str]
) -> Iterator[tuple[CertificateEntry, str]]:
    stack = [(entry, stem)]
    while stack:
        at, drawn = stack.pop()
        if at.id in seen:
            continue
        seen.add(at.id)
        yield at, drawn
        inner = "  " * (len(drawn) // 2) + "└ "
        stack += [(child, inner) for child in reversed(below.get(at.id, []))]
