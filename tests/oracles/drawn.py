"""Random plans drawn all at once, because one server has them all, and their comparison with what it does."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mtlsaudit.model.chain import Chain, Engine
from tests.oracles.clients import ask, client_context
from tests.oracles.compare import explain, ours
from tests.oracles.engines import Answer, Question
from tests.oracles.handshakes import Case

COUNT = int(os.environ.get("MTLSAUDIT_CHAINS", "150"))
P = TypeVar("P")


class Asked(NamedTuple):
    """A plan, its client, and the question for our own verdict."""

    plan: object
    case: Case
    question: Question


def drawn(strategy: st.SearchStrategy[P]) -> list[P]:
    """COUNT plans, always the same."""
    found: list[P] = []

    @settings(
        max_examples=COUNT,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(plan: P) -> None:
        found.append(plan)

    draw()
    return found


def undecided(chain: Chain) -> bool:
    """Where several trusted CAs fit, which one is taken is not known."""
    return chain.holds is None and any(d.code == "ambiguous-issuer" for d in chain.defects)


def compare_clients(port: int, engine: Engine, asked: Iterable[Asked], directory: Path) -> None:
    """Every client knocks at `case<its number>.test`; both answers must occur, and no two verdicts differ."""
    wrong, seen = [], set()
    for number, one in enumerate(asked):
        said = ask(port, f"case{number}.test", client_context(one.case, directory))
        answer = Answer(said.status == 200, said.words)
        seen.add(answer.holds)
        chain = ours(one.question, engine)
        if not undecided(chain) and chain.holds is not answer.holds:
            wrong.append(f"{one.plan}: {explain(chain, answer)}")
    assert not wrong, "\n".join(wrong)
    assert seen == {True, False}
