"""Rule files to rules, strictly: whatever is unknown, undeclared or of a wrong type stops the run with file and line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from mtlsaudit.engine.checks import CHECKS
from mtlsaudit.engine.expression import Expression
from mtlsaudit.engine.rule_file import RuleFile, without_examples
from mtlsaudit.engine.subjects import SCHEMAS
from mtlsaudit.errors import RuleError
from mtlsaudit.model.rule import Rule
from mtlsaudit.model.values import dataclass

_NAME = re.compile(r"\{([a-z_]+)\.([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule ready to be evaluated; `passes` is None for a Python check."""

    rule: Rule
    applies: Expression
    passes: Expression | None


@dataclass(frozen=True, slots=True)
class RuleSet:
    """`digest` is the SHA-256 of all rule files in the order of their names."""

    compiled: tuple[Compiled, ...]
    digest: str

    def by_id(self) -> Mapping[str, Rule]:
        return {c.rule.id: c.rule for c in self.compiled}


def load_rules(directories: Sequence[Path], *, lean: Path | None = None) -> RuleSet:
    """All rules below the directories; those of `lean` without their examples, which a scan does not run.

    Those are the program's own, whose expressions the tests compile; of others every one is compiled here. Raises RuleError
    for the first that cannot be used, or an id that comes twice.
    """
    compiled: dict[str, Compiled] = {}
    digest = hashlib.sha256()
    for directory in directories:
        if not directory.is_dir():
            raise RuleError(f"{directory}: no such directory of rules")
        for path in sorted(directory.rglob("*.yaml")):
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise RuleError(f"{path}: {getattr(error, 'strerror', None) or 'not UTF-8 text'}") from None
            digest.update(text.encode())
            own = directory == lean
            file = RuleFile(path, without_examples(text) if own else text)
            one = _compile(file, file.rule(), late=own)
            if one.rule.id in compiled:
                raise RuleError(f"{path}: the rule {one.rule.id} is already in {compiled[one.rule.id].rule.file}")
            compiled[one.rule.id] = one
    return RuleSet(tuple(compiled[name] for name in sorted(compiled)), digest.hexdigest())


def _compile(file: RuleFile, rule: Rule, *, late: bool) -> Compiled:
    schema = SCHEMAS.get(rule.subject)
    if schema is None:
        raise file.fail(("subject",), f"unknown subject {rule.subject!r}; there are {', '.join(sorted(SCHEMAS))}")
    for name in rule.evidence:
        if name not in schema:
            raise file.fail(("evidence",), f"{rule.subject} has no fact {name!r}")
    for kind, name in _NAME.findall(rule.message):
        if kind != rule.subject or name not in schema:
            raise file.fail(("message",), f"{kind}.{name} is no fact of {rule.subject}")
    applies = Expression(rule.subject, schema, rule.applies)
    passes = Expression(rule.subject, schema, rule.passes) if rule.passes else None
    if not late:
        _need_expression(file, "applies", applies)
        _need_expression(file, "passes", passes)
    _need_check(file, rule)
    return Compiled(rule, applies, passes)


def _need_expression(file: RuleFile, key: str, expression: Expression | None) -> None:
    try:
        if expression is not None:
            expression.compile()
    except ValueError as error:
        raise file.fail((key,), str(error)) from None


def _need_check(file: RuleFile, rule: Rule) -> None:
    """The check that a rule names must be there, be for its subject and take its parameters."""
    if rule.check:
        check = CHECKS.get(rule.check)
        if check is None or check.subject != rule.subject:
            raise file.fail(("check",), f"no check {rule.check!r} for {rule.subject}")
        try:
            check.parameters(rule.params)
        except ValueError as error:
            raise file.fail(("params",), str(error)) from None
    elif rule.params:
        raise file.fail(("params",), "params go with check")
