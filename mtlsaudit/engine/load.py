"""Rule files to rules, strictly: whatever is unknown, undeclared or of a wrong type stops the run with file and line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtlsaudit.decode.positions import Locator
from mtlsaudit.decode.reader import Reader
from mtlsaudit.decode.yamltree import YamlError, parse
from mtlsaudit.engine.checks import CHECKS
from mtlsaudit.engine.expression import Expression, compile_expression
from mtlsaudit.engine.subjects import SCHEMAS
from mtlsaudit.errors import RuleError
from mtlsaudit.model.origin import FieldPath
from mtlsaudit.model.resource import Problem
from mtlsaudit.model.rule import Example, Rule
from mtlsaudit.model.verdict import Severity

FAMILIES = [
    "ingress",
    "gateway",
    "mesh",
    "upstream",
    "certificate",
    "trust",
    "rotation",
    "exposure",
    "identity",
    "observability",
    "secrets",
]
_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")
_NAME = re.compile(r"\{([a-z_]+)\.([a-z_]+)\}")
_KEYS = frozenset(
    [
        "id",
        "title",
        "since",
        "subject",
        "severity",
        "confidence",
        "why",
        "applies",
        "passes",
        "check",
        "params",
        "evidence",
        "message",
        "remedy",
        "references",
        "controls",
        "aliases",
        "examples",
    ]
)
_OUTCOMES = frozenset({"fail", "pass", "unknown", "not-applicable"})


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

    Raises RuleError for the first that cannot be used, or an id that comes twice.
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
            one = _load(path, _without_examples(text) if directory == lean else text)
            if one.rule.id in compiled:
                raise RuleError(f"{path}: the rule {one.rule.id} is already in {compiled[one.rule.id].rule.file}")
            compiled[one.rule.id] = one
    return RuleSet(tuple(compiled[name] for name in sorted(compiled)), digest.hexdigest())


def _without_examples(text: str) -> str:
    """They are most of a file's text; only cut where nothing follows them."""
    begin = text.find("\nexamples:")
    rest = text[begin + 1 :].partition("\n")[2] if begin >= 0 else ""
    last = all(line[:1] in ("", " ", "#") for line in rest.split("\n"))
    return text[: begin + 1] if begin >= 0 and last else text


class _File:
    """A rule file being read; `fail` ends it with its line."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text
        self.problems: list[Problem] = []
        try:
            value = parse(text)
        except YamlError as error:
            raise RuleError(f"{path}:{error.line + 1}: {error.reason}") from None
        if not isinstance(value, dict):
            raise RuleError(f"{path}:1: a rule is a map")
        self.root = Reader(value, (), self.problems)

    def fail(self, field: FieldPath, reason: str) -> RuleError:
        position = Locator(self.text, 1).position(field)
        return RuleError(f"{self.path}:{position.line if position else 1}: {reason}")

    def need(self, key: str) -> str:
        value = self.root.text(key)
        if self.problems:
            raise self.fail(self.problems[0].path, self.problems[0].reason)
        if not value or not value.strip():
            raise self.fail((key,), f"{key} is missing")
        return value.strip()


def _load(path: Path, text: str) -> Compiled:
    file = _File(path, text)
    unknown = [key for key in file.root.keys() if key not in _KEYS]
    if unknown:
        raise file.fail((unknown[0],), f"unknown key {unknown[0]!r}")
    rule = _rule(file)
    if file.problems:
        raise file.fail(file.problems[0].path, file.problems[0].reason)
    return _compile(file, rule)


def _rule(file: _File) -> Rule:
    root, path = file.root, file.path
    identity = file.need("id")
    if not _ID.fullmatch(identity) or identity != path.stem:
        raise file.fail(("id",), f"the id must be kebab-case and equal to the file name {path.stem!r}")
    if path.parent.name not in FAMILIES:
        raise file.fail((), f"the folder {path.parent.name!r} is none of the families {', '.join(FAMILIES)}")
    severity = file.need("severity")
    if severity not in {s.value for s in Severity}:
        raise file.fail(("severity",), f"unknown severity {severity!r}")
    if (root.text("passes") is None) == (root.text("check") is None):
        raise file.fail(("id",), "a rule has either passes or check")
    return Rule(
        id=identity,
        family=path.parent.name,
        title=file.need("title"),
        since=file.need("since"),
        subject=file.need("subject"),
        severity=Severity(severity),
        confidence=root.text("confidence") or "high",
        why=file.need("why"),
        remedy=file.need("remedy"),
        message=file.need("message"),
        evidence=root.texts("evidence"),
        references=root.texts("references"),
        controls=root.texts("controls"),
        applies=root.text("applies") or "true",
        passes=root.text("passes") or "",
        check=root.text("check") or "",
        params=dict(root.child("params").raw()),
        aliases=root.texts("aliases"),
        examples=_examples(file),
        file=path.as_posix(),
    )


def _examples(file: _File) -> tuple[Example, ...]:
    out = []
    for item in file.root.children("examples"):
        outcome, manifests = item.text("outcome") or "", item.text("manifests")
        if outcome not in _OUTCOMES or manifests is None:
            raise file.fail(item.path, f"an example needs manifests and an outcome of {', '.join(sorted(_OUTCOMES))}")
        out.append(Example(outcome, item.text("title") or "", manifests, dict(item.child("options").raw())))
    return tuple(out)


def _compile(file: _File, rule: Rule) -> Compiled:
    schema = SCHEMAS.get(rule.subject)
    if schema is None:
        raise file.fail(("subject",), f"unknown subject {rule.subject!r}; there are {', '.join(sorted(SCHEMAS))}")
    for name in rule.evidence:
        if name not in schema:
            raise file.fail(("evidence",), f"{rule.subject} has no fact {name!r}")
    for kind, name in _NAME.findall(rule.message):
        if kind != rule.subject or name not in schema:
            raise file.fail(("message",), f"{kind}.{name} is no fact of {rule.subject}")
    expressions: dict[str, Expression] = {}
    for key, source in (("applies", rule.applies), ("passes", rule.passes)):
        if source:
            try:
                expressions[key] = compile_expression(rule.subject, schema, source)
            except ValueError as error:
                raise file.fail((key,), str(error)) from None
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
    return Compiled(rule, expressions["applies"], expressions.get("passes"))
