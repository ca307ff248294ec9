"""A file of certificates, outside Kubernetes: what is in it, without any private key."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
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

    def position(self, site: Site) -> Position | None:
        """Where a part of this file begins, for formats of lines."""
        number = site.origin.document
        match site.path:
            case ("certificate",):
                line = _line(self.certificates, number) or _line(self.broken, number)
            case ("key",):
                line = self.keys[number - 1].line if 0 < number <= len(self.keys) else 0
            case ("file",):
                line = 1 if self.format == "PEM" and number == 0 else 0
            case _:
                line = 0
        return Position(line, 1, line, 1) if line else None


def _line(parts: Sequence[FiledCertificate | BrokenPart], number: int) -> int:
    """The line of the part of this number, 0 where there is none; parts are in the order of their numbers."""
    at = bisect_left(parts, number, key=lambda part: part.number)
    return parts[at].line if at < len(parts) and parts[at].number == number else 0
