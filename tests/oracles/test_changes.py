"""`mtlsaudit whatif` on random estates: what it says breaks does break at OpenSSL and Go, and the rest does not."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from mtlsaudit.collect import Request
from mtlsaudit.graph.trust import build_trust
from mtlsaudit.graph.trust.changes import Change, find_target, weigh
from mtlsaudit.model.rule import Policy
from mtlsaudit.platforms import wanted
from mtlsaudit.scan import graph_of
from mtlsaudit.sources.harvest import Harvest
from tests.oracles.changed_estates import Drawn, draw
from tests.oracles.engines import Go, Question, go, openssl
from tests.support.objects import manifests
from tests.support.scanning import NOW

_ESTATES = 120


def _weigh(drawn: Drawn, rotating: bool) -> Change:
    harvest = Harvest()
    harvest.add_text(manifests(*drawn.objects()), "estate.yaml")
    harvest.parse(wanted)
    graph = graph_of(harvest, Request(("estate.yaml",), NOW, Policy(), True))
    trust = build_trust(graph, NOW)
    target = find_target("shop/target", graph, trust)
    assert target is not None
    return weigh(target, graph, trust, NOW, rotating=rotating)


def _accepts(question: Question, program: Go) -> bool:
    if not question.anchors:
        return False
    return (openssl(question) if question.max_depth is not None else program.ask(question)).holds


@pytest.mark.parametrize("change", ["rotate", "remove-ca"])
def test_what_breaks_breaks_and_what_is_safe_is_safe(change: str) -> None:
    seen: Counter[str] = Counter()
    random = Random(f"2026-11-28 {change}")
    with go() as program:
        for number in range(_ESTATES):
            drawn = draw(random)
            now, after = drawn.questions(removed=change == "remove-ca")
            if not _accepts(now, program):
                continue
            truth = not all(_accepts(question, program) for question in after)
            told = _weigh(drawn, rotating=change == "rotate").broken
            said = {b.certain for b in told if b.handshake.credential.id == "Secret shop/leaf"}
            outcome = "may" if False in said else "breaks" if said else "safe"
            seen[outcome] += 1
            if outcome != "may":
                assert (outcome == "breaks") == truth, f"estate {number}: {outcome}\n{drawn}"
    assert seen["breaks"] >= 10
    assert seen["safe"] >= 10
    assert seen["may"] <= seen.total() // 10, seen
