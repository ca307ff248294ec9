"""Every rule that a path can break has a chain that breaks it and a neighbour that does not, for each family of verifiers."""

from __future__ import annotations

import pytest

from mtlsaudit.model.chain import Engine
from mtlsaudit.pki.path import RULES
from mtlsaudit.pki.path.defects import UNDECIDED
from tests.oracles.compare import ours
from tests.oracles.defects.every import PAIRS
from tests.oracles.defects.pair import Pair
from tests.oracles.engines import Question

_ASKED = [(pair, engine) for pair in PAIRS for engine in Engine if pair.shown(engine) is not None]


def _codes(question: Question, engine: Engine) -> tuple[bool | None, frozenset[str]]:
    chain = ours(question, engine)
    return chain.holds, frozenset(f"{d.code}{'!' if d.fatal else ''}" for d in chain.defects)


@pytest.mark.parametrize(("pair", "engine"), _ASKED, ids=lambda x: x.title if isinstance(x, Pair) else x)
def test_the_bad_chain_shows_what_the_good_one_does_not(pair: Pair, engine: Engine) -> None:
    holds, good = _codes(pair.good, engine)
    assert holds is True, good
    assert pair.code not in {code.rstrip("!") for code in good}
    holds, bad = _codes(pair.bad, engine)
    assert (bad - good, holds) == (pair.shown(engine), pair.holds(engine))


def test_every_code_has_a_pair_that_shows_it() -> None:
    shown = {
        pair.code for pair in PAIRS for engine in Engine for c in pair.shown(engine) or () if c.rstrip("!") == pair.code
    }
    assert shown == {pair.code for pair in PAIRS} == set(RULES)


def test_a_code_that_can_leave_the_verdict_open_has_a_pair_where_it_does() -> None:
    undecided = {p.code for p in PAIRS for e in Engine if p.shown(e) is not None and p.holds(e) is None}
    assert undecided == UNDECIDED
