"""PEM text cut into blocks (RFC 7468), one by one, so that a bad block does not hide its neighbours."""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from typing import NamedTuple

_BEGIN = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----")
_HEADER = re.compile(r"\A\s*(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n)+\s*\n")
CERTIFICATE_LABELS = frozenset({"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"})


class Block(NamedTuple):
    """`der` is None when the body is no base64 or the END line is missing; `line` is 0-based in the text."""

    label: str
    der: bytes | None
    line: int


def cut(text: str) -> tuple[Block, ...]:
    """Every block in order; text around them is ignored, as OpenSSL and Go do."""
    begins = list(_BEGIN.finditer(text))
    out = []
    line = counted = 0
    for index, begin in enumerate(begins):
        line += text.count("\n", counted, begin.start())
        counted = begin.start()
        limit = begins[index + 1].start() if index + 1 < len(begins) else len(text)
        end = text.find(f"-----END {begin[1]}-----", begin.end(), limit)
        body = text[begin.end() : end] if end >= 0 else ""
        out.append(Block(begin[1], _decoded(body), line))
    return tuple(out)


blocks = lru_cache(maxsize=4096)(cut)
"""The same, remembered: a text of a manifest is asked about several times."""


def _decoded(body: str) -> bytes | None:
    if ":" in body:
        body = _HEADER.sub("", body)
    try:
        return base64.b64decode("".join(body.split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def holds_private_key(text: str) -> bool:
    """Is there the beginning of a private key, in whatever format PEM has for one?"""
    return "PRIVATE KEY-----" in text
