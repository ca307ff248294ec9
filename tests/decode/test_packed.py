"""What is packed comes out as it went in, whatever stands beside it and in whatever order it is asked for."""

from __future__ import annotations

import random

from mtlsaudit.model.packed import pack
from mtlsaudit.model.resource import opened


def test_each_object_comes_out_as_it_went_in() -> None:
    draw = random.Random(11)
    texts = [draw.randbytes(draw.choice((0, 1, 900, 70_000))) for _ in range(400)]
    kept = list(pack(texts))
    numbers = list(range(len(texts)))
    draw.shuffle(numbers)
    assert [kept[n].text() for n in numbers] == [texts[n] for n in numbers]
    assert len({id(one.block) for one in kept}) > 50


def test_objects_that_are_alike_share_a_block_that_is_small() -> None:
    texts = [b'{"kind":"Service","metadata":{"name":"app-%d","namespace":"shop"}}' % n for n in range(900)]
    kept = list(pack(texts))
    (block,) = {one.block for one in kept}
    assert opened(kept[77]) == {"kind": "Service", "metadata": {"name": "app-77", "namespace": "shop"}}
    assert len(block.compressed) * 10 < sum(map(len, texts))


def test_nothing_makes_no_block() -> None:
    assert list(pack([])) == []
