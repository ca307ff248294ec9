"""What subjects are built from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from mtlsaudit.engine.subject import Missing, Plain
from mtlsaudit.graph.build import Graph
from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.model.certificate_file import CertificateFile
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.history import History
from mtlsaudit.model.trust import NO_TRUST, Trust
from mtlsaudit.model.values import dataclass, field
from mtlsaudit.platforms.cert_manager.lifecycle import Version
from mtlsaudit.sources.parsing import Joined


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The graph with its certificates, the releases that the user named, what earlier scans saw, and what this one could not read."""

    graph: Graph
    certificates: Sequence[CertificateEntry]
    cert_manager: Version | None
    now: datetime
    files: tuple[CertificateFile, ...] = ()
    history: History | None = None
    unread: tuple[Gap, ...] = ()
    trust_later: Callable[[], Trust] = lambda: NO_TRUST
    joined: Sequence[Joined] = ()
    default_namespace: str = "default"
    file_issuers: Mapping[str, str] = field(default_factory=dict)
    """Entry of a file → the entry that issued it, of the same file or of another, where its signature was verified."""

    @property
    def trust(self) -> Trust:
        """As of `Report`."""
        return self.trust_later()


Facts = Mapping[str, Plain | Missing]


def missing(kind: str, subject: str, reason: str) -> Missing:
    """A fact that is not known for one reason."""
    return Missing((Gap(kind, subject, reason),))
