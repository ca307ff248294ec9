"""A field that holds CA certificates, as PEM text or as base64 of it (`caBundle`)."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.values import dataclass
from mtlsaudit.pki.pem import CERTIFICATE_LABELS, blocks, holds_private_key


@dataclass(frozen=True, slots=True)
class BadBlock:
    """A PEM block that is no certificate; `index` counts the blocks of the key from 0."""

    key: str
    index: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Anchors:
    """The certificates of one field, in its order, and what is wrong with the rest of it."""

    certificates: tuple[Certificate, ...] = ()
    bad_blocks: tuple[BadBlock, ...] = ()
    holds_private_key: bool = False


@lru_cache(maxsize=256)
def certificates_in(
    key: str, text: str, *, strict: bool = True
) -> tuple[tuple[Certificate, ...], tuple[BadBlock, ...]]:
    """The certificates of a PEM text and its bad blocks; a block of another type is bad only where `strict`.

    Some are remembered: every Secret of a CA holds the same ca.crt.
    """
    from mtlsaudit.pki.decode import MalformedCertificate, decode

    good: list[Certificate] = []
    bad: list[BadBlock] = []
    found = blocks(text)
    for index, block in enumerate(found):
        if block.label not in CERTIFICATE_LABELS:
            if strict and "PRIVATE KEY" not in block.label:
                bad.append(BadBlock(key, index, f"a block of type {block.label}"))
            continue
        if block.der is None:
            bad.append(BadBlock(key, index, "not base64, or cut off"))
            continue
        try:
            good.append(decode(block.der))
        except MalformedCertificate as error:
            bad.append(BadBlock(key, index, str(error)))
    if not found:
        bad.append(BadBlock(key, 0, "no PEM block" if text.strip() else "empty"))
    return tuple(good), tuple(bad)


def read_pem(key: str, text: str) -> Anchors:
    """The anchors in a PEM text."""
    certificates, bad = certificates_in(key, text)
    return Anchors(certificates, bad, holds_private_key(text))


def read_base64(key: str, text: str) -> Anchors:
    """The anchors in a `caBundle`: base64 of PEM."""
    try:
        plain = base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return Anchors(bad_blocks=(BadBlock(key, 0, "not base64"),))
    return read_pem(key, plain)
