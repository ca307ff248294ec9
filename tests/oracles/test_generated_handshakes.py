"""Random clients at real servers: whom nginx, HAProxy and Envoy let in, we accept too, and nobody else.

The plans are those of generated.py, made for today, all in one server. They are always the same; `MTLSAUDIT_CHAINS`
sets how many.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from mtlsaudit.model.chain import Chain, Engine
from tests.oracles import envoy, haproxy, nginx
from tests.oracles.clients import ask, client_context
from tests.oracles.compare import explain, ours
from tests.oracles.engines import Answer, Question
from tests.oracles.generated import Plan, certificates, plans
from tests.oracles.handshakes import NOW, Case

_COUNT = int(os.environ.get("MTLSAUDIT_CHAINS", "150"))
_DEEP = 100
"""What OpenSSL takes where nobody says how deep."""


@cache
def clients() -> tuple[tuple[Plan, Case], ...]:
    found: list[Plan] = []

    @settings(
        max_examples=_COUNT,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(plans())
    def draw(plan: Plan) -> None:
        found.append(plan)

    draw()
    return tuple((plan, _case(plan)) for plan in found if _can_be_sent(plan))


def _can_be_sent(plan: Plan) -> bool:
    """The client is OpenSSL too, and reads no certificate whose key usage has no bit."""
    return plan.leaf.usages != () and all(plan.authorities[int(n[2:])].usages != () for n in plan.sent if n[:2] == "ca")


def _case(plan: Plan) -> Case:
    made = certificates(plan, NOW)
    return Case(made["leaf"], tuple(made[n] for n in plan.sent), tuple(made[n] for n in plan.anchors))


def depth_of(plan: Plan) -> int:
    return _DEEP if plan.max_depth is None else plan.max_depth


def undecided(chain: Chain) -> bool:
    """Where several trusted CAs fit, which one is taken is not known."""
    return chain.holds is None and any(d.code == "ambiguous-issuer" for d in chain.defects)


def _compare(port: int, engine: Engine, asked: Callable[[Plan, Case], Question], directory: Path) -> None:
    """Every client knocks; both answers must occur, and no two verdicts differ."""
    wrong, seen = [], set()
    for number, (plan, case) in enumerate(clients()):
        said = ask(port, f"case{number}.test", client_context(case, directory))
        answer = Answer(said.status == 200, said.words)
        seen.add(answer.holds)
        chain = ours(asked(plan, case), engine)
        if not undecided(chain) and chain.holds is not answer.holds:
            wrong.append(f"{plan}: {explain(chain, answer)}")
    assert not wrong, "\n".join(wrong)
    assert seen == {True, False}


def test_nginx_agrees(tmp_path: Path) -> None:
    servers = [nginx.Verifying(case, depth=depth_of(plan), level=plan.security_level) for plan, case in clients()]
    with nginx.verifying(tmp_path, servers) as port:
        _compare(port, Engine.OPENSSL, lambda p, c: c.question(p.security_level, depth_of(p)), tmp_path)


def test_haproxy_agrees(tmp_path: Path) -> None:
    required = "verify required"
    with haproxy.verifying(tmp_path, [case for _, case in clients()], (required,)) as ports:
        _compare(ports[required], Engine.OPENSSL, lambda p, c: c.question(haproxy.LEVEL), tmp_path)


def test_envoy_agrees(tmp_path: Path) -> None:
    with envoy.verifying(tmp_path, [case for _, case in clients()]) as port:
        _compare(port, Engine.BORINGSSL, lambda p, c: c.question(), tmp_path)
