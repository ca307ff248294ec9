"""Random clients at real servers: whom nginx, HAProxy and Envoy let in, we accept too, and nobody else.

The plans are those of generated.py, made for today, and those of generated_lists.py. They are always the same;
`MTLSAUDIT_CHAINS` sets how many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pytest

from mtlsaudit.model.chain import Engine
from tests.oracles import envoy, generated_lists, haproxy, nginx
from tests.oracles.drawn import Asked, compare_clients, drawn
from tests.oracles.generated import Plan, certificates, plans
from tests.oracles.handshakes import NOW, Case

_DEEP = 100
"""What OpenSSL takes where nobody says how deep."""


@cache
def clients() -> tuple[tuple[Plan, Case], ...]:
    """The random chains as clients."""
    return tuple((plan, _case(plan)) for plan in drawn(plans()) if _can_be_sent(plan))


def _can_be_sent(plan: Plan) -> bool:
    """The client is OpenSSL too, and reads no certificate whose key usage has no bit."""
    return plan.leaf.usages != () and all(plan.authorities[int(n[2:])].usages != () for n in plan.sent if n[:2] == "ca")


def _case(plan: Plan) -> Case:
    made = certificates(plan, NOW)
    return Case(made["leaf"], tuple(made[n] for n in plan.sent), tuple(made[n] for n in plan.anchors))


def depth_of(plan: Plan) -> int:
    return _DEEP if plan.max_depth is None else plan.max_depth


@cache
def listed() -> tuple[tuple[object, Case], ...]:
    """The random clients whose CAs have revocation lists."""
    found = [(plan, generated_lists.case(plan)) for plan in drawn(generated_lists.plans())]
    return tuple((plan, case) for plan, case in found if case.crls)


def test_nginx_agrees(tmp_path: Path) -> None:
    servers = [nginx.Verifying(case, depth=depth_of(plan), level=plan.security_level) for plan, case in clients()]
    asked = [Asked(p, c, c.question(p.security_level, depth_of(p))) for p, c in clients()]
    with nginx.verifying(tmp_path, servers) as port:
        compare_clients(port, Engine.OPENSSL, asked, tmp_path)


def test_nginx_agrees_on_lists(tmp_path: Path) -> None:
    with nginx.verifying(tmp_path, [nginx.Verifying(case, depth=_DEEP) for _, case in listed()]) as port:
        compare_clients(port, Engine.OPENSSL, [Asked(p, c, c.question()) for p, c in listed()], tmp_path)


@pytest.mark.parametrize("found", [clients, listed], ids=["chains", "lists"])
def test_haproxy_agrees(found: Callable[[], Sequence[tuple[object, Case]]], tmp_path: Path) -> None:
    required = "verify required"
    with haproxy.verifying(tmp_path, [case for _, case in found()], (required,)) as ports:
        asked = [Asked(p, c, c.question(haproxy.LEVEL)) for p, c in found()]
        compare_clients(ports[required], Engine.OPENSSL, asked, tmp_path)


@pytest.mark.parametrize("found", [clients, listed], ids=["chains", "lists"])
def test_envoy_agrees(found: Callable[[], Sequence[tuple[object, Case]]], tmp_path: Path) -> None:
    with envoy.verifying(tmp_path, [case for _, case in found()]) as port:
        compare_clients(port, Engine.BORINGSSL, [Asked(p, c, c.question()) for p, c in found()], tmp_path)
