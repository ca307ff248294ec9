"""A list of certificates as trees: a CA above what it issued, by name and key identifier as far as entries tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mtlsaudit.model.report import CertificateEntry


def branches(entries: Sequence[CertificateEntry]) -> Iterator[tuple[CertificateEntry, str]]:
    """(entry, what is drawn before it), each entry once; without an issuer among them it stands at the margin."""
    authorities: dict[str, CertificateEntry] = {}
    for entry in entries:
        if entry.usages.get("is_ca") is True and entry.subject:
            authorities.setdefault(entry.subject, entry)
    below: dict[str, list[CertificateEntry]] = {}
    roots: list[CertificateEntry] = []
    for entry in entries:
        parent = authorities.get(entry.issuer)
        if parent is None or entry.issuer == entry.subject:
            roots.append(entry)
        else:
            below.setdefault(parent.id, []).append(entry)
    seen: set[str] = set()
    for root in roots:
        yield from _branch(root, "", below, seen)
    for entry in entries:  # CAs that name each other as issuer have no top
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
