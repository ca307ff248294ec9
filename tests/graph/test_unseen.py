"""In a cluster of which kinds could not be read no hop becomes mutual, and no finding becomes a pass or stops to apply."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from random import Random

import pytest

from mtlsaudit import blind
from mtlsaudit.collect import Request
from mtlsaudit.decode.reader import group_of
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import Mode
from mtlsaudit.model.report import Report
from mtlsaudit.model.resource import opened
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.values import replace
from mtlsaudit.model.verdict import Outcome
from mtlsaudit.model.world import CLOSED, EVERYWHERE, GroupKind, World
from mtlsaudit.platforms import CLUSTER_SCOPED, KINDS, wanted
from mtlsaudit.platforms.core.anchors import certificates_in
from mtlsaudit.scan import audit
from mtlsaudit.sources.harvest import Body, Harvest
from tests.support.command import ROOT
from tests.support.objects import (
    MUTUAL,
    config,
    controller,
    ingress,
    ingress_class,
    manifests,
    real_secrets,
    service,
)
from tests.support.scanning import NOW, own_rules

CASES = ROOT / "tests" / "conformance" / "ingress-nginx"
# Each of these had a finding that passed, or did not apply any more, once a kind was not seen.
TOLD = (
    "class-annotation-nginx",
    "cm-forwarded-headers",
    "cm-word-blocklist",
    "default-backend-only-auth-tls",
    "no-annotations-no-tls",
    "prefix-old",
    "proxy-ssl-keypair-only-verify-off",
    "proxy-ssl-secret-missing-http",
    "same-host-keypair-only-first",
    "secret-keypair-no-ca",
    "snippet-allowed-redirect-in-location",
    "tls-wrong-certificate",
    "wildcard-auth-exact-open",
)
ALL = sorted(p for p in CASES.iterdir() if (p / "manifests.yaml").is_file())
CHOSEN = [p for n, p in enumerate(ALL) if n % 8 == 0 or p.name in TOLD]
UNREAD = "Trust bundles that were not read"
ALWAYS: tuple[GroupKind, ...] = (("apps", "Deployment"), ("", "Pod"), ("", "ConfigMap"), ("", "Secret"))


def kind_of(body: Body) -> GroupKind:
    value = opened(body.value)
    return group_of(str(value["apiVersion"]))[0], str(value["kind"])


def judged(harvest: Harvest) -> Report:
    return audit(harvest, Request(("x",), NOW, Policy(), keep_all=True), own_rules())


def without(harvest: Harvest, *kinds: GroupKind) -> Report:
    gaps = {kind: Gap("forbidden", kind[1], "may not be listed: 403") for kind in kinds}
    rest = [body for body in harvest.bodies if kind_of(body) not in gaps]
    hidden: Mapping[GroupKind, Mapping[str, Gap | None]] = {kind: {EVERYWHERE: gap} for kind, gap in gaps.items()}
    return judged(replace(harvest, bodies=rest, world=World(True, hidden), gaps=list(gaps.values())))


def nothing_is_better(full: Report, seen: Report) -> None:
    """Nothing is better in what was seen in part."""
    modes = {hop.id: hop.mode for hop in full.hops}
    assert [h.id for h in seen.hops if h.mode in (Mode.MUTUAL, Mode.OFFERED) and modes.get(h.id) != h.mode] == []
    failing = told(full, Outcome.FAIL)
    assert (failing | told(full, Outcome.UNKNOWN)) & told(seen, Outcome.PASS) == set()
    assert failing & inapplicable(seen) == set()


def test_the_cases_that_told_are_there() -> None:
    assert {p.name for p in CHOSEN} >= set(TOLD)


@pytest.mark.parametrize("case", CHOSEN, ids=lambda p: p.name)
def test_what_is_not_seen_makes_nothing_better(case: Path) -> None:
    harvest = Harvest(source="cluster")
    harvest.add_text((case / "manifests.yaml").read_text(), "x.yaml")
    harvest.parse(wanted)
    harvest.world = CLOSED
    full = judged(harvest)
    for kind in sorted({kind_of(body) for body in harvest.bodies} | set(ALWAYS)):
        nothing_is_better(full, without(harvest, kind))


SECRETS: GroupKind = ("", "Secret")
REQUESTS: GroupKind = ("cert-manager.io", "CertificateRequest")
DEPLOYMENTS: GroupKind = ("apps", "Deployment")
# Each of these had a finding that passed, or did not apply any more, once these kinds were not seen.
TOLD_WITHOUT: Mapping[str, tuple[GroupKind, ...]] = {
    "chain-of-3": (SECRETS, REQUESTS),
    "duration-720h": (SECRETS, REQUESTS),
    "duration-1h-minimum": (SECRETS, REQUESTS),
    "renew-percentage-90": (SECRETS, REQUESTS),
    "renewal-stuck-issuer-gone": (SECRETS,),
    "renewal-window-yearly-never-in-lifetime": (SECRETS,),
    "guide-manifests": (SECRETS, DEPLOYMENTS),
}
OBSERVED = sorted((ROOT / "tests" / "conformance" / "cert-manager").glob("*/observed.yaml"))
EVERY = {file.parent.name: file for file in (*OBSERVED, *(p / "manifests.yaml" for p in ALL))}
AT_ONCE = 24
DRAWN = 3


def with_keys(body: Body) -> Body:
    """What was read back from a cluster is kept without the keys; the reader of a cluster leaves their public half."""
    value = opened(body.value)
    data = value.get("data")
    if kind_of(body) != SECRETS or not isinstance(data, dict) or "tls.crt" not in data or "tls.key" in data:
        return body
    found, _ = certificates_in("tls.crt", data["tls.crt"], strict=True)
    withheld = {"tls.key": f"private-key:{found[0].spki_sha256}"} if found else {}
    return body._replace(value={**value, "data": {**data, "tls.key": ""}, "$withheld": withheld})


def whole(file: Path) -> Harvest:
    """All that a cluster with these objects shows."""
    harvest = Harvest(source="cluster")
    harvest.add_text(file.read_text(), "x.yaml")
    harvest.parse(wanted)
    harvest.bodies = [with_keys(body) for body in harvest.bodies]
    harvest.world = CLOSED
    return harvest


def test_the_cases_that_told_of_several_kinds_are_there() -> None:
    assert EVERY.keys() >= TOLD_WITHOUT.keys()


@pytest.mark.parametrize("case", sorted(TOLD_WITHOUT))
def test_kinds_that_told_make_nothing_better_together_or_alone(case: str) -> None:
    harvest = whole(EVERY[case])
    full = judged(harvest)
    kinds = TOLD_WITHOUT[case]
    for some in {kinds, *((kind,) for kind in kinds)}:
        nothing_is_better(full, without(harvest, *some))


@pytest.mark.parametrize("first", range(0, len(EVERY), AT_ONCE))
def test_two_kinds_that_are_not_seen_make_nothing_better(first: int) -> None:
    """Some pairs of each case, drawn by its name: all of them take minutes."""
    for case in sorted(EVERY)[first : first + AT_ONCE]:
        harvest = whole(EVERY[case])
        full = judged(harvest)
        pairs = list(combinations(sorted({kind_of(body) for body in harvest.bodies} | set(ALWAYS)), 2))
        for pair in Random(case).sample(pairs, DRAWN):
            nothing_is_better(full, without(harvest, *pair))


def space_of(body: Body) -> str:
    """The namespace of an object, empty for one without."""
    value = opened(body.value)
    metadata = value["metadata"]
    assert isinstance(metadata, dict)
    return "" if str(value["kind"]) in CLUSTER_SCOPED else str(metadata.get("namespace", "default"))


def within(harvest: Harvest, *spaces: str) -> Report:
    """What is said of these namespaces alone (-n)."""
    gap = Gap("not-asked-for", "other namespaces", "only some namespaces were asked for (-n)")
    hidden = {kind: {EVERYWHERE: gap, **dict.fromkeys(spaces)} for kind in KINDS if kind[1] not in CLUSTER_SCOPED}
    rest = [body for body in harvest.bodies if space_of(body) in ("", *spaces)]
    return judged(replace(harvest, bodies=rest, world=World(True, hidden)))


@pytest.mark.parametrize("case", [p for p in ALL if "other-namespace" in p.name], ids=lambda p: p.name)
def test_other_namespaces_make_nothing_better(case: Path) -> None:
    harvest = Harvest(source="cluster")
    harvest.add_text((case / "manifests.yaml").read_text(), "x.yaml")
    harvest.parse(wanted)
    harvest.world = CLOSED
    full = judged(harvest)
    modes = {hop.id: hop.mode for hop in full.hops}
    for space in sorted({space_of(body) for body in harvest.bodies} - {""}):
        seen = within(harvest, space, "ingress-nginx")
        better = [h.id for h in seen.hops if h.mode in (Mode.MUTUAL, Mode.OFFERED) and modes.get(h.id) != h.mode]
        assert better == [], space
        gone = told(seen, Outcome.PASS) | inapplicable(seen)
        assert told(full, Outcome.FAIL) & gone == set(), space


def told(report: Report, outcome: Outcome) -> set[tuple[str, str]]:
    return {(a.rule, a.subject) for a in report.assessments if a.outcome is outcome}


@pytest.mark.parametrize(
    ("option", "value", "wants", "mode"),
    [
        ("ssl_redirect", "false", {}, Mode.PLAINTEXT),
        ("ssl_redirect", "false", MUTUAL, Mode.PERMISSIVE),
        ("force_ssl_redirect", "true", {}, Mode.SERVER_TLS),
        ("force_ssl_redirect", "true", MUTUAL, Mode.MUTUAL),
    ],
)
def test_whether_port_80_redirects_is_not_known_without_the_config_map(
    option: str, value: str, wants: dict[str, str], mode: Mode
) -> None:
    harvest = Harvest(source="cluster")
    mine = ingress("shop", {**wants, "auth-tls-verify-depth": "1"}, created="2026-01-01T00:00:00Z")
    objects = (ingress_class(), controller(), config(**{option: value}), service(), *real_secrets(), mine)
    harvest.add_text(manifests(*objects), "x.yaml")
    harvest.parse(wanted)
    harvest.world = CLOSED
    full, seen = judged(harvest), without(harvest, ("", "ConfigMap"))
    assert [h.mode for h in full.hops if h.client] == [mode]
    assert [(h.mode, mode in h.possible) for h in seen.hops if h.client] == [(Mode.UNKNOWN, True)]
    gone = told(seen, Outcome.PASS) | inapplicable(seen)
    assert told(full, Outcome.FAIL) & gone == set()


def inapplicable(report: Report) -> set[tuple[str, str]]:
    """What does not apply, but for bundles of which it is told once that what they hold is not known."""
    once = {a.rule for a in report.assessments if a.subject == UNREAD and a.outcome is Outcome.UNKNOWN}
    return {row for row in told(report, Outcome.NOT_APPLICABLE) if row[0] not in once}


@pytest.mark.parametrize("family", sorted({c.rule.family for c in own_rules().compiled}))
def test_the_findings_of_the_examples_stay_or_become_unknown(family: str) -> None:
    rules = replace(own_rules(), compiled=tuple(c for c in own_rules().compiled if c.rule.family == family))
    better = []
    for case in blind.cases(rules):
        kinds = sorted({kind_of(body) for body in case.harvest.bodies} | set(ALWAYS))
        for some in (*((kind,) for kind in kinds), *combinations(kinds, 2)):
            report = blind.without(case, *some)
            gone = told(report, Outcome.PASS) | inapplicable(report)
            better += [(some, *row) for row in sorted(told(case.seen, Outcome.FAIL) & gone)]
    assert better == []
