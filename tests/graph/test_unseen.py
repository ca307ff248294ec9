"""In a cluster of which one kind could not be read, nothing that was wrong before passes, and no hop becomes mutual."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mtlsaudit.collect import Request
from mtlsaudit.decode.reader import group_of
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import Mode
from mtlsaudit.model.report import Report
from mtlsaudit.model.resource import opened
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.verdict import Outcome
from mtlsaudit.model.world import CLOSED, EVERYWHERE, GroupKind, World
from mtlsaudit.platforms import wanted
from mtlsaudit.scan import audit
from mtlsaudit.sources.harvest import Body, Harvest
from tests.support.command import ROOT
from tests.support.scanning import NOW, own_rules

CASES = ROOT / "tests" / "conformance" / "ingress-nginx"
# Each of these had a finding that passed once a kind was not seen.
TOLD = (
    "cm-forwarded-headers",
    "default-backend-only-auth-tls",
    "proxy-ssl-keypair-only-verify-off",
    "proxy-ssl-secret-missing-http",
    "same-host-keypair-only-first",
    "wildcard-auth-exact-open",
)
ALL = sorted(p for p in CASES.iterdir() if (p / "manifests.yaml").is_file())
CHOSEN = [p for n, p in enumerate(ALL) if n % 8 == 0 or p.name in TOLD]
ALWAYS: tuple[GroupKind, ...] = (("apps", "Deployment"), ("", "Pod"), ("", "ConfigMap"), ("", "Secret"))


def kind_of(body: Body) -> GroupKind:
    value = opened(body.value)
    return group_of(str(value["apiVersion"]))[0], str(value["kind"])


def judged(harvest: Harvest) -> Report:
    return audit(harvest, Request(("x",), NOW, Policy(), keep_all=True), own_rules())


def without(harvest: Harvest, kind: GroupKind) -> Report:
    gap = Gap("forbidden", kind[1], "may not be listed: 403")
    rest = [body for body in harvest.bodies if kind_of(body) != kind]
    return judged(replace(harvest, bodies=rest, world=World(True, {kind: {EVERYWHERE: gap}}), gaps=[gap]))


def test_the_cases_that_told_are_there() -> None:
    assert {p.name for p in CHOSEN} >= set(TOLD)


@pytest.mark.parametrize("case", CHOSEN, ids=lambda p: p.name)
def test_what_is_not_seen_makes_nothing_better(case: Path) -> None:
    harvest = Harvest(source="cluster")
    harvest.add_text((case / "manifests.yaml").read_text(), "x.yaml")
    harvest.parse(wanted)
    harvest.world = CLOSED
    full = judged(harvest)
    modes = {hop.id: hop.mode for hop in full.hops}
    failing = {(a.rule, a.subject) for a in full.assessments if a.outcome in (Outcome.FAIL, Outcome.UNKNOWN)}
    for kind in sorted({kind_of(body) for body in harvest.bodies} | set(ALWAYS)):
        blind = without(harvest, kind)
        better = [h.id for h in blind.hops if h.mode in (Mode.MUTUAL, Mode.OFFERED) and modes.get(h.id) != h.mode]
        assert better == [], kind
        passing = {(a.rule, a.subject) for a in blind.assessments if a.outcome is Outcome.PASS}
        assert failing & passing == set(), kind
