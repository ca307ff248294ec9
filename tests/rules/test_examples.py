"""Every rule's own examples."""

from __future__ import annotations

import pytest

from mtlsaudit.engine.load import RuleSet
from mtlsaudit.trial import try_examples
from tests.support.scanning import own_rules

RULES = own_rules().compiled
# Their bad example needs several objects that a unit test builds.
_WITHOUT_BAD_EXAMPLE = {
    "ingress-auth-tls-secret-without-ca",
    "upstream-credential-of-another-ingress",
}


@pytest.mark.parametrize("compiled", RULES, ids=lambda c: c.rule.id)
def test_the_examples_of_a_rule_come_out_as_it_says(compiled) -> None:  # type: ignore[no-untyped-def]
    problems = [(t.example, t.problem) for t in try_examples(RuleSet((compiled,), "")) if t.problem]
    assert problems == []


def test_every_rule_has_a_bad_and_a_good_example() -> None:
    without_bad = {c.rule.id for c in RULES if not any(e.outcome == "fail" for e in c.rule.examples)}
    without_good = {
        c.rule.id for c in RULES if not any(e.outcome in ("pass", "not-applicable") for e in c.rule.examples)
    }
    assert (without_bad, without_good) == (_WITHOUT_BAD_EXAMPLE, set())


def test_every_rule_says_why_and_what_to_do_with_a_reference() -> None:
    assert [c.rule.id for c in RULES if not c.rule.references or not c.rule.controls] == []
    assert len(RULES) >= 45
