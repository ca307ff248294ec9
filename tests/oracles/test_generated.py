"""Random chains: whatever we say of one, OpenSSL and Go say too."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, given, settings

from mtlsaudit.model.chain import Engine
from tests.oracles.compare import explain, ours
from tests.oracles.engines import Answer, go, openssl
from tests.oracles.generated import Plan, plans, question

_EXAMPLES = int(os.environ.get("MTLSAUDIT_CHAINS", "150"))
_SETTINGS = settings(
    max_examples=_EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


def _agree(engine: Engine, plan: Plan, answer: Answer) -> None:
    chain = ours(question(plan), engine)
    if chain.holds is None:
        codes = {d.code for d in chain.defects}
        assert codes & {"ambiguous-issuer"}, explain(chain, answer)
        return
    assert chain.holds is answer.holds, explain(chain, answer)
    assert chain.holds is not any(d.fatal for d in chain.defects)


@_SETTINGS
@given(plans())
def test_openssl_agrees(plan: Plan) -> None:
    _agree(Engine.OPENSSL, plan, openssl(question(plan)))


def test_go_agrees() -> None:
    with go() as program:

        @_SETTINGS
        @given(plans())
        def check(plan: Plan) -> None:
            _agree(Engine.GO, plan, program.ask(question(plan)))

        check()
