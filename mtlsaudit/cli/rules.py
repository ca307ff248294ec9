"""`mtlsaudit rules list | show | test`."""

from __future__ import annotations

from pathlib import Path

import click

from mtlsaudit.cli.emit import emit
from mtlsaudit.cli.perform import load_rule_set
from mtlsaudit.engine.load import load_rules
from mtlsaudit.resources import rules_directory
from mtlsaudit.trial import try_examples


@click.group("rules")
def command() -> None:
    """List, show and test rules."""


@command.command("list")
@click.option("--rules", "rule_directories", multiple=True, type=click.Path(file_okay=False), help="More rules.")
def list_rules(rule_directories: tuple[str, ...]) -> None:
    """One line a rule."""
    rules = load_rule_set(rule_directories).by_id()
    width = max((len(name) for name in rules), default=0)
    emit("".join(f"{n:<{width}}  {r.severity.value:<8}  {r.family:<13}  {r.title}\n" for n, r in rules.items()))


@command.command("show")
@click.argument("rule_id", metavar="ID")
@click.option("--rules", "rule_directories", multiple=True, type=click.Path(file_okay=False), help="More rules.")
def show_rule(rule_id: str, rule_directories: tuple[str, ...]) -> None:
    """The page of one rule."""
    from mtlsaudit.output.rule_page import page

    rules = load_rule_set(rule_directories, examples=True).by_id()
    rule = rules.get(rule_id) or next((r for r in rules.values() if rule_id in r.aliases), None)
    if rule is None:
        near = ", ".join(n for n in rules if rule_id.split("-")[0] in n) or "see mtlsaudit rules list"
        raise click.UsageError(f"there is no rule {rule_id!r}; {near}")
    emit(page(rule) + "\n")


@command.command("test")
@click.argument("directory", required=False, type=click.Path(exists=True, file_okay=False))
def test_rules(directory: str | None) -> int:
    """Run the examples of rules against the rules."""
    rules = load_rules([Path(directory) if directory else rules_directory()])
    failures = 0
    for trial in try_examples(rules):
        if trial.problem:
            failures += 1
            emit(f"FAILED {trial.rule}: {trial.example}\n  {trial.problem}\n")
    total = sum(len(c.rule.examples) for c in rules.compiled)
    without = [c.rule.id for c in rules.compiled if not c.rule.examples]
    for name in without:
        emit(f"FAILED {name}: has no examples\n")
    emit(f"{len(rules.compiled)} rules, {total} examples, {failures + len(without)} failed\n")
    return 1 if failures or without else 0
