"""The pairs of chains that every defect has, given to OpenSSL and to Go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mtlsaudit.model.chain import Engine
from tests.oracles.defects.every import PAIRS
from tests.oracles.defects.pair import Pair
from tests.oracles.engines import Go, go, openssl


@pytest.fixture(scope="module")
def program() -> Iterator[Go]:
    with go() as running:
        yield running


def _asked(engine: Engine) -> list[Pair]:
    return [pair for pair in PAIRS if pair.shown(engine) is not None]


@pytest.mark.parametrize("pair", _asked(Engine.OPENSSL), ids=lambda pair: pair.title)
def test_openssl_takes_the_good_one_and_the_bad_one_as_we_say(pair: Pair) -> None:
    answer = openssl(pair.good)
    assert answer.holds, answer.words
    answer = openssl(pair.bad)
    assert pair.holds(Engine.OPENSSL) in (None, answer.holds), answer.words


@pytest.mark.parametrize("pair", _asked(Engine.GO), ids=lambda pair: pair.title)
def test_go_takes_the_good_one_and_the_bad_one_as_we_say(pair: Pair, program: Go) -> None:
    answer = program.ask(pair.good)
    assert answer.holds, answer.words
    answer = program.ask(pair.bad)
    assert pair.holds(Engine.GO) in (None, answer.holds), answer.words
