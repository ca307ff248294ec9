"""A key that was seen in one place may lie in another Secret too, where Secrets could not all be read."""

from __future__ import annotations

import pytest

from mtlsaudit.collect import Request
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.report import Report
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.verdict import Outcome
from mtlsaudit.model.world import CLOSED, EVERYWHERE, World
from mtlsaudit.platforms import wanted
from mtlsaudit.scan import audit
from mtlsaudit.sources.harvest import Harvest
from tests.support.objects import manifests, secret
from tests.support.pki import make
from tests.support.scanning import NOW, own_rules

FORBIDDEN = Gap("forbidden", "secrets", "may not be listed: 403")
HIDDEN = World(True, {("", "Secret"): {EVERYWHERE: FORBIDDEN}})
RULES = ("certificate-replicated", "certificate-key-shared", "certificate-key-shared-across-namespaces")
ONCE = "Keys that were seen in one place"


def judged(world: World, *names: str) -> Report:
    """The report of one certificate with its key in the Secrets of these names, and of another in one Secret."""
    ca = make("ca", ca=True)
    one, other = (make(f"{n}.example.com", by=ca, number=i) for i, n in enumerate("ab", start=1))
    pairs = [(n, one) for n in names] + [("other", other)]
    harvest = Harvest(source="cluster")
    harvest.add_text(
        manifests(*(secret(n, {"tls.crt": made.pem, "tls.key": made.key_pem}) for n, made in pairs)), "x.yaml"
    )
    harvest.parse(wanted)
    harvest.world = world
    return audit(harvest, Request(("x",), NOW, Policy(), keep_all=True), own_rules())


def outcomes(report: Report, rule: str) -> dict[str, Outcome]:
    return {
        a.subject: a.outcome for a in report.assessments if a.rule == rule and a.outcome is not Outcome.NOT_APPLICABLE
    }


@pytest.mark.parametrize("rule", RULES)
def test_where_all_secrets_were_read_a_key_in_one_place_passes(rule: str) -> None:
    assert set(outcomes(judged(CLOSED, "one"), rule).values()) == {Outcome.PASS}


@pytest.mark.parametrize("rule", RULES)
def test_where_secrets_are_hidden_it_is_told_once_that_copies_are_not_known(rule: str) -> None:
    report = judged(HIDDEN, "one")
    assert outcomes(report, rule) == {ONCE: Outcome.UNKNOWN}
    (told,) = (a for a in report.assessments if a.rule == rule and a.outcome is Outcome.UNKNOWN)
    assert FORBIDDEN.reason in told.verdict.message


def test_copies_that_were_seen_are_a_finding_whatever_is_hidden() -> None:
    seen = outcomes(judged(HIDDEN, "one", "two"), "certificate-replicated")
    assert sorted(seen.values()) == [Outcome.FAIL, Outcome.UNKNOWN]
    assert seen[ONCE] is Outcome.UNKNOWN
