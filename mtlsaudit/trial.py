"""A rule's own examples, run through the whole pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from mtlsaudit.collect import Request
from mtlsaudit.engine.load import Compiled, RuleSet
from mtlsaudit.model.rule import Example, Policy
from mtlsaudit.model.verdict import Outcome
from mtlsaudit.platforms import wanted
from mtlsaudit.scan import audit
from mtlsaudit.sources.certificate_files import holds_certificates, read_certificates
from mtlsaudit.sources.harvest import Harvest

NOW = datetime(2026, 11, 23, tzinfo=UTC)
"""The time at which examples are judged."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One example and what went wrong with it, or an empty `problem`."""

    rule: str
    example: str
    problem: str


def try_examples(rules: RuleSet) -> Iterator[Trial]:
    """Every example of every rule, judged by that rule alone."""
    for compiled in rules.compiled:
        for index, example in enumerate(compiled.rule.examples):
            name = example.title or f"{example.outcome} #{index + 1}"
            yield Trial(compiled.rule.id, name, _problem(compiled, example))


def _problem(compiled: Compiled, example: Example) -> str:
    harvest = Harvest()
    data = example.manifests.encode()
    if holds_certificates(data):
        harvest.add_certificates(read_certificates(data, "example.pem"))
    else:
        harvest.add_text(example.manifests, "example.yaml")
    harvest.parse(wanted)
    if harvest.gaps:
        return f"the manifests cannot be read: {harvest.gaps[0].reason}"
    options = example.options
    request = Request(
        paths=("example.yaml",),
        now=NOW,
        policy=Policy(),
        closed=bool(options.get("complete", False)),
        cert_manager_version=str(options.get("cert-manager-version", "")),
        keep_all=True,
    )
    report = audit(harvest, request, RuleSet((compiled,), ""))
    outcomes = {a.outcome for a in report.assessments}
    wanted_outcome = Outcome(example.outcome)
    if wanted_outcome is Outcome.FAIL or wanted_outcome is Outcome.UNKNOWN:
        return "" if wanted_outcome in outcomes else f"expected {example.outcome}, got {_words(outcomes)}"
    worse = outcomes & {Outcome.FAIL, Outcome.UNKNOWN}
    if wanted_outcome is Outcome.PASS:
        return "" if Outcome.PASS in outcomes and not worse else f"expected pass, got {_words(outcomes)}"
    return "" if not outcomes - {Outcome.NOT_APPLICABLE} else f"expected not-applicable, got {_words(outcomes)}"


def _words(outcomes: set[Outcome]) -> str:
    return ", ".join(sorted(outcomes)) or "nothing"
