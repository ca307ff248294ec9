"""A rule's own examples, run through the whole pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from tempfile import TemporaryDirectory

from mtlsaudit.collect import Request
from mtlsaudit.engine.load import Compiled, RuleSet
from mtlsaudit.graph.identities import seen_in
from mtlsaudit.model.history import History
from mtlsaudit.model.report import Report
from mtlsaudit.model.rule import Example, Policy
from mtlsaudit.model.values import dataclass, replace
from mtlsaudit.model.verdict import Outcome
from mtlsaudit.platforms import CLUSTER_SCOPED, wanted
from mtlsaudit.scan import audit
from mtlsaudit.sources.certificate_files import holds_certificates, read_certificates
from mtlsaudit.sources.harvest import Harvest
from mtlsaudit.sources.history import HistoryFile
from mtlsaudit.sources.repository import join

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
    harvest = harvest_of(example.manifests)
    if harvest.gaps:
        return f"the manifests cannot be read: {harvest.gaps[0].reason}"
    report = judge(compiled, example, harvest)
    outcomes = {a.outcome for a in report.assessments}
    wanted_outcome = Outcome(example.outcome)
    if wanted_outcome is Outcome.FAIL or wanted_outcome is Outcome.UNKNOWN:
        return "" if wanted_outcome in outcomes else f"expected {example.outcome}, got {_words(outcomes)}"
    worse = outcomes & {Outcome.FAIL, Outcome.UNKNOWN}
    if wanted_outcome is Outcome.PASS:
        return "" if Outcome.PASS in outcomes and not worse else f"expected pass, got {_words(outcomes)}"
    return "" if not outcomes - {Outcome.NOT_APPLICABLE} else f"expected not-applicable, got {_words(outcomes)}"


def judge(compiled: Compiled, example: Example, harvest: Harvest) -> Report:
    """What one rule says of the objects, with the options of its example."""
    rules = RuleSet((compiled,), "")
    options = example.options
    request = Request(
        paths=("example.yaml",),
        now=NOW,
        policy=Policy(),
        closed=bool(options.get("complete", False)),
        cert_manager_version=str(options.get("cert-manager-version", "")),
        keep_all=True,
    )
    earlier = options.get("earlier")
    history = _history(earlier, request, rules) if isinstance(earlier, list) else None
    if source := options.get("source"):
        join(harvest, harvest_of(str(source), "source.yaml"), CLUSTER_SCOPED)
    return audit(harvest, request, rules, history)


def harvest_of(text: str, file: str = "example.yaml") -> Harvest:
    """The objects, or the certificates, of an example."""
    harvest = Harvest()
    if holds_certificates(text.encode()):
        harvest.add_certificates(read_certificates(text.encode(), "example.pem"))
    else:
        harvest.add_text(text, file)
        harvest.parse(wanted)
    return harvest


def _history(earlier: Sequence[object], request: Request, rules: RuleSet) -> History:
    """What scans of the earlier manifests would have left, each `{at: time, manifests: text}`."""
    with TemporaryDirectory() as folder:
        kept = HistoryFile(f"{folder}/history")
        for item in earlier:
            assert isinstance(item, dict), "an earlier scan is a map of at and manifests"
            at = datetime.fromisoformat(str(item["at"])).replace(tzinfo=UTC)
            seen = audit(harvest_of(str(item["manifests"])), replace(request, now=at), rules)
            kept.record(request.paths, at, seen_in(seen.certificates))
        return replace(kept.read(request.paths), file="history")


def _words(outcomes: set[Outcome]) -> str:
    return ", ".join(sorted(outcomes)) or "nothing"
