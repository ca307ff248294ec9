"""What stays when a certificate is replaced, so that scans can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.model.history import Seen


def identity_of(entry: CertificateEntry) -> str:
    """Its Secret, or its file and subject."""
    if not entry.source:
        return f"Secret {entry.secret}"
    return f"File {entry.source.rpartition('#')[0]} {entry.subject}".rstrip()


def seen_in(entries: Iterable[CertificateEntry]) -> Iterator[Seen]:
    """What a scan has to say to the history: the issued certificates."""
    for entry in entries:
        if entry.sha256 and entry.not_before is not None and entry.not_after is not None:
            yield Seen(identity_of(entry), entry.sha256, entry.spki_sha256, entry.not_before, entry.not_after)
