"""What a source hands over: documents that parsed, the texts they came from, and what it could not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from mtlsaudit.decode.documents import Slice, cut
from mtlsaudit.decode.reader import group_of
from mtlsaudit.decode.yamltree import Value, YamlError, parse
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.certificate_file import CertificateFile
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import FileOrigin, Origin
from mtlsaudit.model.world import World
from mtlsaudit.parallel import in_two_processes
from mtlsaudit.pki.pem import CERTIFICATE_LABELS, blocks
from mtlsaudit.sources.redact import redact, redact_config_map, redact_other


class Wanted(Protocol):
    """(group, kind) → does any platform ask for it? With the text of a document: for that one?"""

    def __call__(self, group: str, kind: str, text: str | None = None, /) -> bool: ...


class _Piece(NamedTuple):
    slice: Slice
    file: str
    rendered_by: str


class Body(NamedTuple):
    """An object without anything secret, as plain values or, of a cluster, as JSON (see `Resource.content`)."""

    value: Mapping[str, object] | bytes
    origin: Origin


@dataclass(slots=True)
class _Parsed:
    """What parsing some pieces gave; small enough to come from another process."""

    bodies: list[Body] = field(default_factory=list)
    redacted: dict[tuple[str, int], str] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    resources: Counter[str] = field(default_factory=Counter)
    certificates: dict[bytes, Certificate] = field(default_factory=dict)
    signatures: dict[tuple[str, str], str] = field(default_factory=dict)
    templates: int = 0


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
    _pending: list[_Piece] = field(default_factory=list)

    def add_text(self, text: str, file: str, rendered_by: str = "") -> None:
        """Cut a file's text into documents, to be parsed."""
        self.files += 1
        pieces = [_Piece(piece, file, rendered_by) for piece in cut(text)]
        self.documents += len(pieces)
        self._pending += pieces

    def add_certificates(self, file: CertificateFile) -> None:
        """A file of certificates, read already."""
        self.files += 1
        self.certificate_files.append(file)

    def parse(self, wanted: Wanted, meanwhile: Callable[[], object] | None = None) -> None:
        """Parse what was added, on two cores where that pays; documents of other kinds are counted, not parsed.

        `meanwhile` is done once, while the second core is at work already.
        """
        pending, self._pending = self._pending, []
        size = sum(len(p.slice.text) for p in pending)
        redacted: dict[tuple[str, int], str] = {}
        for done in in_two_processes(pending, size, lambda some: _parse(some, wanted), meanwhile):
            self.bodies += done.bodies
            self.gaps += done.gaps
            self.resources.update(done.resources)
            self.templates += done.templates
            redacted |= done.redacted
            if done.certificates:
                _remember(done)
        taken = {(b.origin.file, b.origin.document) for b in self.bodies}
        for piece in pending:
            key = (piece.file, piece.slice.index)
            if key in redacted:
                self.texts[key] = replace(piece.slice, text=redacted[key])
            elif key in taken:
                self.texts[key] = piece.slice


def _parse(pieces: Sequence[_Piece], wanted: Wanted) -> _Parsed:
    out = _Parsed()
    for piece in pieces:
        _parse_piece(piece, wanted, out)
    return out


def _parse_piece(piece: _Piece, wanted: Wanted, out: _Parsed) -> None:
    seen = piece.slice.glance()
    if seen is not None and not seen[1].endswith("List"):
        group, _ = group_of(seen[0])
        if not wanted(group, seen[1], piece.slice.text):
            _count(out, group, seen[1])
            return
    try:
        value = parse(piece.slice.text)
    except YamlError as error:
        _trouble(error, piece, out)
        return
    if isinstance(value, dict):
        _take(value, FileOrigin(piece.file, piece.slice.index, (), piece.rendered_by), piece, wanted, out)


def _take(body: Mapping[str, Value], origin: FileOrigin, piece: _Piece, wanted: Wanted, out: _Parsed) -> None:
    kind, api_version, items = body.get("kind"), body.get("apiVersion"), body.get("items")
    if isinstance(kind, str) and kind.endswith("List") and isinstance(items, list):
        for index, item in enumerate(items):
            if isinstance(item, dict):
                inner = {"apiVersion": api_version, "kind": kind[:-4], **item} if kind != "List" else item
                _take(inner, origin._replace(base=(*origin.base, "items", index)), piece, wanted, out)
        return
    if not isinstance(kind, str) or not isinstance(api_version, str):
        return
    group, _ = group_of(api_version)
    _count(out, group, kind)
    if not wanted(group, kind):
        return
    if kind in ("Secret", "ConfigMap") and not group:
        key = (origin.file, origin.document)
        clean = redact if kind == "Secret" else redact_config_map
        before = out.redacted.get(key, piece.slice.text)
        redacted, text = clean(body, before)
        if kind == "Secret" or text is not before:
            out.redacted[key] = text
        out.bodies.append(Body(redacted, origin))
        if kind == "Secret":
            _decode_certificates(redacted, out)
    else:
        before = out.redacted.get(key := (origin.file, origin.document), piece.slice.text)
        redacted, text = redact_other(body, before)
        if text is not before:
            out.redacted[key] = text
        out.bodies.append(Body(redacted, origin))


def _decode_certificates(body: Mapping[str, object], out: _Parsed) -> None:
    """Certificates are decoded where documents are parsed, so that the second process does its share."""
    from mtlsaudit.pki.decode import MalformedCertificate, decode

    data = body["data"]
    found: list[Certificate] = []
    for text in data.values() if isinstance(data, dict) else ():
        for block in blocks(text) if isinstance(text, str) and "-----BEGIN C" in text else ():
            if block.der is not None and block.label in CERTIFICATE_LABELS:
                with suppress(MalformedCertificate):
                    out.certificates[block.der] = certificate = decode(block.der)
                    found.append(certificate)
    _check_signatures(found, out)


def _check_signatures(beside: Sequence[Certificate], out: _Parsed) -> None:
    """Nearly every audit asks for the signature on a certificate whose issuer is in the same Secret."""
    from mtlsaudit.pki.path import link_signature

    issuers = {c.subject_raw: c for c in beside}
    for child in beside:
        issuer = issuers.get(child.issuer_raw)
        if issuer is not None and issuer is not child:
            out.signatures[child.sha256, issuer.spki_sha256] = link_signature(child, issuer)


def _remember(done: _Parsed) -> None:
    """What another process decoded and verified counts here as well."""
    from mtlsaudit.pki.decode import remember
    from mtlsaudit.pki.path import remember_signatures
    from mtlsaudit.pki.signature import Signature

    remember(done.certificates)
    remember_signatures({link: Signature(value) for link, value in done.signatures.items()})


def _count(out: _Parsed, group: str, kind: str) -> None:
    out.resources[f"{kind}.{group}" if group else kind] += 1


def _trouble(error: YamlError, piece: _Piece, out: _Parsed) -> None:
    if error.kind == "template" or (error.kind == "invalid-yaml" and piece.slice.looks_templated()):
        out.templates += 1
        reason = "an unrendered template: render it first (helm template, kustomize build) and scan the result"
        out.gaps.append(Gap("template", piece.file, reason, piece.file, piece.slice.first_line))
        return
    out.gaps.append(Gap(error.kind, piece.file, error.reason, piece.file, piece.slice.first_line + error.line))
