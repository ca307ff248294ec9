"""A file of certificates, outside Kubernetes: what is in it, without any private key."""

from __future__ import annotations

from typing import NamedTuple

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.origin import FileOrigin, Position, Site


class FiledCertificate(NamedTuple):
    """`number` counts the certificates and broken ones of the file from 1; `line` is that of its PEM block, or 0."""

    number: int
    certificate: Certificate
    line: int = 0


class BrokenPart(NamedTuple):
    """Something in the file that should be a certificate and is none; numbered with the certificates."""

    number: int
    reason: str
    line: int = 0


class FiledKey(NamedTuple):
    """That there is a private key; `spki_sha256` is the digest of its public half, empty where it does not load."""

    spki_sha256: str
    line: int = 0


class CertificateFile(NamedTuple):
    """`format` is PEM, DER, PKCS#12, PKCS#7 or JKS. `locked` says why some of it could not be opened."""

    file: str
    format: str
    certificates: tuple[FiledCertificate, ...] = ()
    keys: tuple[FiledKey, ...] = ()
    broken: tuple[BrokenPart, ...] = ()
    locked: str = ""

    def source(self, number: int) -> str:
        """`file#number`."""
        return f"{self.file}#{number}"

    def site(self, number: int) -> Site:
        """The place of a certificate in this file; that of the whole file is number 0."""
        return Site(FileOrigin(self.file, number), ("certificate",) if number else ("file",))

    def key_site(self, index: int) -> Site:
        """The place of a private key, counted from 0."""
        return Site(FileOrigin(self.file, index + 1), ("key",))

    def places(self) -> dict[Site, Position]:
        """Where the parts begin, for formats of lines."""
        parts = [(c.number, c.line) for c in self.certificates] + [(b.number, b.line) for b in self.broken]
        whole = [(0, 1)] if self.format == "PEM" else []
        sites = [(self.site(n), line) for n, line in (*whole, *parts)]
        sites += [(self.key_site(i), key.line) for i, key in enumerate(self.keys)]
        return {site: Position(line, 1, line, 1) for site, line in sites if line}
