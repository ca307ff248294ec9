"""What cannot be told where a kind may not be read: found by running the rules' own examples without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mtlsaudit.decode.reader import group_of
from mtlsaudit.engine.load import Compiled, RuleSet
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import Mode
from mtlsaudit.model.report import Report
from mtlsaudit.model.resource import opened
from mtlsaudit.model.rule import Example
from mtlsaudit.model.values import dataclass, replace
from mtlsaudit.model.verdict import Outcome
from mtlsaudit.model.world import CLOSED, EVERYWHERE, GroupKind, World
from mtlsaudit.sources.harvest import Body, Harvest
from mtlsaudit.trial import harvest_of, judge


@dataclass(frozen=True, slots=True)
class Lost:
    """Without a kind: the rules of which no example's finding is found any more, and whether modes of hops are unknown."""

    rules: tuple[str, ...]
    modes: bool


@dataclass(frozen=True, slots=True)
class Case:
    """An example that has a finding, read and judged once with everything in sight."""

    compiled: Compiled
    example: Example
    harvest: Harvest
    seen: Report


def cases(rules: RuleSet) -> Iterator[Case]:
    """Those that have a finding also in a cluster of which everything is seen."""
    for compiled in rules.compiled:
        for example in compiled.rule.examples:
            if Outcome(example.outcome) is Outcome.FAIL:
                harvest = harvest_of(example.manifests)
                harvest.world = CLOSED
                report = judge(compiled, example, harvest)
                if failing(report):
                    yield Case(compiled, example, harvest, report)


def without(case: Case, *kinds: GroupKind) -> Report:
    """The same example where objects of some kinds may not be read."""
    hidden: dict[GroupKind, dict[str, Gap | None]] = {
        kind: {EVERYWHERE: Gap("forbidden", kind[1], "may not be read")} for kind in kinds
    }
    rest = replace(
        case.harvest,
        bodies=[b for b in case.harvest.bodies if _kind(b) not in hidden],
        world=World(True, hidden),
    )
    return judge(case.compiled, case.example, rest)


def failing(report: Report) -> frozenset[str]:
    """The subjects that a finding names."""
    return frozenset(a.subject for a in report.assessments if a.outcome is Outcome.FAIL)


def lost_without(kind: GroupKind, seen: tuple[Case, ...]) -> Lost:
    """What a scan cannot tell without a kind, of what the examples show it to tell with it."""
    found: dict[str, bool] = {}
    modes = False
    for case in seen:
        blind = without(case, kind)
        rule = case.compiled.rule.id
        found[rule] = found.get(rule, False) or bool(failing(blind) & failing(case.seen))
        modes = modes or bool(_known_modes(case.seen).items() - _known_modes(blind).items())
    return Lost(tuple(sorted(rule for rule, still in found.items() if not still)), modes)


def _known_modes(report: Report) -> Mapping[str, Mode]:
    return {hop.id: hop.mode for hop in report.hops if hop.mode is not Mode.UNKNOWN}


def _kind(body: Body) -> GroupKind:
    values = opened(body.value)
    group, _ = group_of(str(values.get("apiVersion", "")))
    return group, str(values.get("kind", ""))
