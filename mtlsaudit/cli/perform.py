"""Options to a report: the rules are loaded while the input is already being parsed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtlsaudit.cli.options import config_path, make_request
from mtlsaudit.collect import collect
from mtlsaudit.config import load_config
from mtlsaudit.model.values import replace
from mtlsaudit.resources import rules_directory

if TYPE_CHECKING:
    from mtlsaudit.engine.load import RuleSet
    from mtlsaudit.model.report import Report
    from mtlsaudit.sources.history import HistoryFile


def run_scan(options: dict[str, Any], *, families: frozenset[str] | None = None, **request_fields: Any) -> Report:
    """One scan as the options ask for it, by the rules of some families or of all.

    The engine and the rules are loaded while a second process parses.
    """
    request = replace(make_request(options), **request_fields)
    kept = _history(options.get("history"))
    verified_before = _recalled(kept)
    loaded: list[RuleSet] = []
    harvest = collect(request, meanwhile=lambda: loaded.append(_checked_rules(options)))
    if harvest.source:
        request = replace(request, paths=(harvest.source,))
    from mtlsaudit.scan import audit

    rules = loaded[0]
    if families is not None:
        rules = replace(rules, compiled=tuple(c for c in rules.compiled if c.rule.family in families))
    if kept is None:
        report = audit(harvest, request, rules)
    else:
        from mtlsaudit.cli.remember import remembering

        report = remembering(kept, verified_before, request, lambda history: audit(harvest, request, rules, history))
    _LAST[:] = [harvest, report]
    return report


_LAST: list[object] = []
"""What the last scan made, kept until the process ends: to take a million objects apart one by one takes time."""


def _history(path: str | None) -> HistoryFile | None:
    """Opened before anything is read, so that a file of somebody else is told at once."""
    if not path:
        return None
    from mtlsaudit.sources.history import HistoryFile

    return HistoryFile(path)


def _recalled(kept: HistoryFile | None) -> Mapping[tuple[str, str], str]:
    if kept is None:
        return {}
    from mtlsaudit.cli.remember import recalled

    return recalled(kept)


def load_rule_set(directories: tuple[str, ...], *, examples: bool = False) -> RuleSet:
    """The rules of the program and the user's; the program's own examples only where somebody reads or runs them."""
    from mtlsaudit.engine.load import load_rules

    own = rules_directory()
    return load_rules([own, *(Path(d) for d in directories)], lean=None if examples else own)


def _checked_rules(options: dict[str, Any]) -> RuleSet:
    """The rules, with the names in the configuration checked against them."""
    from mtlsaudit import scan  # noqa: F401 - what an audit needs is imported here, where there is time

    rules = load_rule_set(options["rule_directories"])
    if path := config_path(options):
        load_config(path, rules.by_id())
    return rules
