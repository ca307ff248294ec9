"""What a source hands over: documents that parsed, the texts they came from, and what it could not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from mtlsaudit.decode.documents import Slice, cut
from mtlsaudit.decode.plain import forget
from mtlsaudit.model.certificate_file import CertificateFile
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.values import dataclass, field
from mtlsaudit.model.world import World
from mtlsaudit.parallel import Afterwards, in_two_processes
from mtlsaudit.sources.parsing import Body, Joined, Link, Piece, Unread, Wanted, parse_all, verify_links

__all__ = ["Body", "Harvest", "Wanted"]


@dataclass(slots=True)
class Harvest:
    """Filled by `add_text` and `add_certificates`, completed by `parse`; read-only afterwards.

    `texts` keeps what lines are found in later. A source that knows what it did not see says so in `world`; of files,
    the request says whether they are complete. `notes` are sentences for the top of every report.
    """

    bodies: list[Body] = field(default_factory=list)
    texts: dict[tuple[str, int], Slice] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    resources: Counter[str] = field(default_factory=Counter)
    files: int = 0
    documents: int = 0
    templates: int = 0
    certificate_files: list[CertificateFile] = field(default_factory=list)
    source: str = ""
    """The cluster that was read; empty for files."""

    world: World | None = None
    notes: list[str] = field(default_factory=list)
    joined: list[Joined] = field(default_factory=list)
    """Manifests of --source, with the objects of the cluster that they declare."""

    _pending: list[Piece | Unread] = field(default_factory=list)
    _signatures: Afterwards[Sequence[Link], dict[tuple[str, str], str]] | None = None

    def add_text(self, text: str, file: str, rendered_by: str = "") -> None:
        """Cut a file's text into documents, to be parsed."""
        self.files += 1
        pieces = [Piece(piece, file, rendered_by) for piece in cut(text)]
        self.documents += len(pieces)
        self._pending += pieces

    def add_file(self, file: str, size: int) -> None:
        """A manifest to be read where it is parsed; `size` in bytes."""
        self._pending.append(Unread(file, size))

    def add_certificates(self, file: CertificateFile) -> None:
        """A file of certificates, read already."""
        self.files += 1
        self.certificate_files.append(file)

    def parse(self, wanted: Wanted, meanwhile: Callable[[], object] | None = None) -> None:
        """Parse what was added, on two cores where that pays; documents of other kinds are counted, not parsed.

        `meanwhile` is done once, while the second core is at work already.
        """
        pending, self._pending = self._pending, []
        size = sum(item.size for item in pending)
        links: list[Link] = []
        self._signatures = signatures = Afterwards(verify_links)
        for done in in_two_processes(pending, size, lambda some: parse_all(some, wanted), meanwhile, signatures):
            self.bodies += done.bodies
            self.texts |= done.texts
            self.gaps += done.gaps
            self.resources.update(done.resources)
            self.files += done.files
            self.documents += done.documents
            self.templates += done.templates
            links += done.links
            if done.certificates:
                from mtlsaudit.pki.decode import remember

                remember(done.certificates)
        forget()
        signatures.ask(links)

    def settle(self) -> None:
        """Wait for what another process still verifies. Without this, signatures are verified when they are asked for."""
        verified = self._signatures.answer() if self._signatures else None
        if verified:
            from mtlsaudit.pki.signature import Signature
            from mtlsaudit.pki.verified import remember_signatures

            remember_signatures({link: Signature(value) for link, value in verified.items()})
