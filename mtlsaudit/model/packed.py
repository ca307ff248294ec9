"""Objects of a cluster, kept as compressed JSON: each is opened a few times and kept to the end, and all of a kind are alike."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

_BLOCK = 1 << 16
"""Bytes of JSON that are compressed together: zlib looks back 32 KiB, and a block is opened as a whole."""

_LEVEL = 3
_OPEN_BLOCKS = 8


class Block:
    """The JSON of some objects, one after the other."""

    __slots__ = ("compressed",)

    def __init__(self, texts: Iterable[bytes]) -> None:
        self.compressed = zlib.compress(b"".join(texts), _LEVEL)

    def whole(self) -> bytes:
        """All of the text."""
        return zlib.decompress(self.compressed)


class Packed(NamedTuple):
    """One object: where its JSON stands in a block."""

    block: Block
    start: int
    end: int

    def text(self) -> bytes:
        """The JSON. Neighbours are cheap to open one after the other."""
        return _whole(self.block)[self.start : self.end]

    def values(self) -> Mapping[str, object]:
        """The object as plain values."""
        import msgspec

        values: Mapping[str, object] = msgspec.json.decode(self.text())
        return values


def pack(texts: Iterable[bytes]) -> Iterator[Packed]:
    """Each of these objects, packed with its neighbours."""
    some: list[bytes] = []
    size = 0
    for text in texts:
        some.append(text)
        size += len(text)
        if size >= _BLOCK:
            yield from _packed(some)
            some, size = [], 0
    if some:
        yield from _packed(some)


def _packed(texts: Sequence[bytes]) -> Iterator[Packed]:
    block = Block(texts)
    ends = accumulate(len(text) for text in texts)
    return (Packed(block, end - len(text), end) for text, end in zip(texts, ends, strict=True))


_whole = lru_cache(maxsize=_OPEN_BLOCKS)(Block.whole)
