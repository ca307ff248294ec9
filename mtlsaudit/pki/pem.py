"""PEM text cut into blocks (RFC 7468), one by one, so that a bad block does not hide its neighbours."""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple

_BLOCK = re.compile(
    r"-----BEGIN ([A-Z0-9 ]+)-----[ \t]*\r?\n?(.*?)(?:-----END \1-----|(?=-----BEGIN )|\Z)", re.DOTALL
)
_HEADER = re.compile(r"\A(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n)+\r?\n", re.MULTILINE)
CERTIFICATE_LABELS = frozenset({"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"})


class Block(NamedTuple):
    """`der` is None when the body is no base64 or the END line is missing; `line` is 0-based in the text."""

    label: str
    der: bytes | None
    line: int


def blocks(text: str) -> list[Block]:
    """Every block in order; text around them is ignored, as OpenSSL and Go do."""
    out = []
    for match in _BLOCK.finditer(text):
        label, body = match.group(1), match.group(2)
        complete = match.group(0).rstrip().endswith(f"-----END {label}-----")
        body = _HEADER.sub("", body)
        try:
            der = base64.b64decode("".join(body.split()), validate=True) if complete else None
        except binascii.Error:
            der = None
        out.append(Block(label, der or None, text.count("\n", 0, match.start())))
    return out


def holds_private_key(text: str) -> bool:
    """Is there the beginning of a private key, in whatever format PEM has for one?"""
    return "PRIVATE KEY-----" in text
