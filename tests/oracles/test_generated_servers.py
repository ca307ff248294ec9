"""Random servers that nginx and Envoy call: whose chain they accept, we accept too, and no other's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from mtlsaudit.model.chain import Engine
from tests.oracles.clients import ask
from tests.oracles.compare import explain, ours
from tests.oracles.drawn import undecided
from tests.oracles.engines import Answer, Question
from tests.oracles.generated import Plan
from tests.oracles.nginx import running
from tests.oracles.servers import Serving
from tests.oracles.test_envoy_upstream import calling
from tests.oracles.test_generated_handshakes import clients, depth_of
from tests.oracles.test_nginx_upstream import blocks
from tests.support.processes import free_port


def _name(plan: Plan) -> str:
    """A host that the leaf proves, so that the chain decides; empty where it proves none."""
    hosts = [n.removeprefix("dns:").replace("*", "any") for n in plan.leaf_names if n.startswith("dns:")]
    return hosts[0] if hosts else plan.common_name


def servings() -> Sequence[tuple[Plan, Serving]]:
    """The plans of the random clients, as servers."""
    return [
        (plan, Serving(case, name, depth_of(plan), plan.security_level))
        for plan, case in clients()
        if (name := _name(plan)) and not plan.leaf.version_1
    ]


def _compare(port: int, refused: int, engine: Engine, asked: Callable[[Serving], Question]) -> None:
    """Every server is called; both answers must occur, and no two verdicts differ."""
    wrong, seen = [], set()
    for number, (plan, serving) in enumerate(servings()):
        said = ask(port, f"case{number}.test", None)
        assert said.status in (200, refused), said
        answer = Answer(said.status == 200, said.words)
        seen.add(answer.holds)
        chain = ours(asked(serving), engine)
        if not undecided(chain) and chain.holds is not answer.holds:
            wrong.append(f"{plan}: {explain(chain, answer)}")
    assert not wrong, "\n".join(wrong)
    assert seen == {True, False}


def test_nginx_agrees(tmp_path: Path) -> None:
    port = free_port()
    text = "".join(blocks(n, serving, port, tmp_path) for n, (_, serving) in enumerate(servings()))
    with running(tmp_path, text, port):
        _compare(port, 502, Engine.OPENSSL, lambda s: s.question)


def test_envoy_agrees(tmp_path: Path) -> None:
    with calling(tmp_path, [serving for _, serving in servings()]) as port:
        _compare(port, 503, Engine.BORINGSSL, lambda s: replace(s.question, max_depth=None))
