"""Files and their documents to plain objects, without anything secret: the work that two processes share."""

from __future__ import annotations

import marshal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple, Protocol

from mtlsaudit.decode.documents import Slice, cut
from mtlsaudit.decode.plain import Shape
from mtlsaudit.decode.reader import group_of
from mtlsaudit.decode.yamltree import Value, YamlError, parse
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import FileOrigin, Origin
from mtlsaudit.model.resource import Content
from mtlsaudit.model.values import dataclass, field
from mtlsaudit.pki.pem import CERTIFICATE_LABELS, blocks
from mtlsaudit.sources.redact import redact, redact_config_map, redact_other


class Wanted(Protocol):
    """(group, kind) → does any platform ask for it? With the text of a document: for that one?"""

    def __call__(self, group: str, kind: str, text: str | None = None, /) -> bool: ...


class Piece(NamedTuple):
    """A document that was read."""

    slice: Slice
    file: str
    rendered_by: str = ""

    @property
    def size(self) -> int:
        return len(self.slice.text)


class Unread(NamedTuple):
    """A file that is read where it is parsed. `size` in bytes."""

    file: str
    size: int


class Body(NamedTuple):
    """An object without anything secret, as plain values or, of a cluster, packed (see `Resource.content`)."""

    value: Content
    origin: Origin


class Joined(NamedTuple):
    """A manifest of a repository, and the object of a cluster that it declares; None where that was not seen."""

    live: Body | None
    manifest: Body


Link = tuple[Certificate, Certificate]
"""A certificate, and one with its issuer's name that stands beside it: nearly every audit asks for that signature."""


@dataclass(slots=True)
class Parsed:
    """What parsing gave. From another process it comes packed: plain values by `marshal`, several times as fast."""

    bodies: list[Body] = field(default_factory=list)
    texts: dict[tuple[str, int], Slice] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    resources: Counter[str] = field(default_factory=Counter)
    certificates: dict[bytes, Certificate] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    files: int = 0
    documents: int = 0
    templates: int = 0

    def __reduce__(self) -> tuple[Callable[..., Parsed], tuple[object, ...]]:
        bodies = [(value, *origin) for value, origin in self.bodies]
        texts = [(*key, *piece) for key, piece in self.texts.items()]
        plain = marshal.dumps((bodies, texts))
        counted = (self.files, self.documents, self.templates)
        return _unpack, (plain, self.gaps, self.resources, self.certificates, self.links, *counted)


def _unpack(plain: bytes, *rest: object) -> Parsed:
    bodies, texts = marshal.loads(plain)  # noqa: S302 - from our own child, as the rest
    return Parsed(
        [Body(value, FileOrigin(*origin)) for value, *origin in bodies],
        {(file, index): Slice(*piece) for file, index, *piece in texts},
        *rest,  # type: ignore[arg-type]
    )


def parse_all(items: Sequence[Piece | Unread], wanted: Wanted) -> Parsed:
    """Read what is unread, parse what is wanted, and keep the texts that lines are found in later."""
    out = Parsed()
    for item in items:
        for piece in (item,) if isinstance(item, Piece) else _read(item, out):
            _parse_piece(piece, wanted, out)
    return out


def _read(item: Unread, out: Parsed) -> Iterator[Piece]:
    try:
        with open(item.file, "rb", buffering=0) as file:
            text = text_of(file.readall(), item.file)
    except OSError as error:
        text = Gap("unreadable", item.file, error.strerror or "cannot be read", item.file)
    if isinstance(text, Gap):
        out.gaps.append(text)
        return
    out.files += 1
    for piece in cut(text):
        out.documents += 1
        yield Piece(piece, item.file)


def text_of(data: bytes, file: str) -> str | Gap:
    """The text of a manifest, in UTF-8 or UTF-16; a gap where it is neither."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    if data.startswith(b"\xef\xbb\xbf"):
        encoding = "utf-8-sig"
    if encoding != "utf-16" and b"\0" in data[:8192]:
        return Gap("binary", file, "a binary file", file)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        return Gap("not-utf-8", file, "not UTF-8 text", file, data.count(b"\n", 0, error.start) + 1)


def _parse_piece(piece: Piece, wanted: Wanted, out: Parsed) -> None:
    seen = piece.slice.glance()
    if seen is not None and not seen[1].endswith("List"):
        group, _ = group_of(seen[0])
        if not wanted(group, seen[1], piece.slice.text):
            _count(out, group, seen[1])
            return
    shapes: list[Shape] = []
    try:
        value = parse(piece.slice.text, shapes)
    except YamlError as error:
        _trouble(error, piece, out)
        return
    if isinstance(value, dict):
        before = len(out.bodies)
        clean = _take(
            value, FileOrigin(piece.file, piece.slice.document, (), piece.rendered_by), piece.slice.text, wanted, out
        )
        if len(out.bodies) > before:
            out.texts[piece.file, piece.slice.document] = Slice(
                clean, piece.slice.first_line, piece.slice.document, shapes
            )


def _take(body: Mapping[str, Value], origin: FileOrigin, text: str, wanted: Wanted, out: Parsed) -> str:
    """The objects of a document; returns its text without what was kept back of any of them."""
    kind, api_version, items = body.get("kind"), body.get("apiVersion"), body.get("items")
    if isinstance(kind, str) and kind.endswith("List") and isinstance(items, list):
        for index, item in enumerate(items):
            if isinstance(item, dict):
                inner = {"apiVersion": api_version, "kind": kind[:-4], **item} if kind != "List" else item
                text = _take(inner, origin._replace(base=(*origin.base, "items", index)), text, wanted, out)
        return text
    if not isinstance(kind, str) or not isinstance(api_version, str):
        return text
    group, _ = group_of(api_version)
    _count(out, group, kind)
    if not wanted(group, kind):
        return text
    clean = _CLEAN.get(kind, redact_other) if not group else redact_other
    redacted, text = clean(body, text)
    out.bodies.append(Body(redacted, origin))
    if clean is redact:
        _decode_certificates(redacted, out)
    return text


_CLEAN = {"Secret": redact, "ConfigMap": redact_config_map}


def _decode_certificates(body: Mapping[str, object], out: Parsed) -> None:
    """Certificates are decoded where documents are parsed, so that the second process does its share."""
    data = body["data"]
    texts = data.values() if isinstance(data, dict) else ()
    found = [c for text in texts if isinstance(text, str) and "-----BEGIN C" in text for c in _certificates(text)]
    out.certificates.update((c.der, c) for c in found)
    issuers = {c.subject_raw: c for c in found}
    for child in found:
        own = child if child.issuer_raw == child.subject_raw else None
        out.links += [(child, i) for i in (issuers.get(child.issuer_raw), own) if i is not None]


@lru_cache(maxsize=256)
def _certificates(text: str) -> tuple[Certificate, ...]:
    """Those of a PEM text that can be decoded. Every Secret of a CA holds the same ca.crt."""
    from mtlsaudit.pki.decode import MalformedCertificate, decode

    found: list[Certificate] = []
    for block in blocks(text):
        if block.der is not None and block.label in CERTIFICATE_LABELS:
            with suppress(MalformedCertificate):
                found.append(decode(block.der))
    return tuple(found)


def verify_links(links: Sequence[Link]) -> dict[tuple[str, str], str]:
    """What each signature came to, by the SHA-256 of certificate and issuer's key: plain, so that another process may ask."""
    from mtlsaudit.pki.path import link_signature

    return {(child.sha256, issuer.spki_sha256): link_signature(child, issuer) for child, issuer in links}


def _count(out: Parsed, group: str, kind: str) -> None:
    out.resources[f"{kind}.{group}" if group else kind] += 1


def _trouble(error: YamlError, piece: Piece, out: Parsed) -> None:
    if error.kind == "template" or (error.kind == "invalid-yaml" and piece.slice.looks_templated()):
        out.templates += 1
        reason = "an unrendered template: render it first (helm template, kustomize build) and scan the result"
        out.gaps.append(Gap("template", piece.file, reason, piece.file, piece.slice.first_line))
        return
    out.gaps.append(Gap(error.kind, piece.file, error.reason, piece.file, piece.slice.first_line + error.line))
