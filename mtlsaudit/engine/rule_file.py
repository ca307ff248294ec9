"""One rule file to a rule: every key known and of the right type, or an error with file and line."""

from __future__ import annotations

import re
from pathlib import Path

from mtlsaudit.decode.positions import Locator
from mtlsaudit.decode.reader import Reader
from mtlsaudit.decode.yamltree import YamlError, parse
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


class RuleFile:
    """A rule file being read. Raises RuleError for text that is no YAML map."""

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
        """The error to raise, with the line of a field."""
        position = Locator(self.text, 1).position(field)
        return RuleError(f"{self.path}:{position.line if position else 1}: {reason}")

    def rule(self) -> Rule:
        """What the file says; its expressions and its check are not looked at here. Raises RuleError."""
        unknown = [key for key in self.root.keys() if key not in _KEYS]
        if unknown:
            raise self.fail((unknown[0],), f"unknown key {unknown[0]!r}")
        rule = _rule(self)
        if self.problems:
            raise self.fail(self.problems[0].path, self.problems[0].reason)
        return rule

    def need(self, key: str) -> str:
        """The text of a key that must be there."""
        value = self.root.text(key)
        if self.problems:
            raise self.fail(self.problems[0].path, self.problems[0].reason)
        if not value or not value.strip():
            raise self.fail((key,), f"{key} is missing")
        return value.strip()


def _rule(file: RuleFile) -> Rule:
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


def _examples(file: RuleFile) -> tuple[Example, ...]:
    out = []
    for item in file.root.children("examples"):
        outcome, manifests = item.text("outcome") or "", item.text("manifests")
        if outcome not in _OUTCOMES or manifests is None:
            raise file.fail(item.path, f"an example needs manifests and an outcome of {', '.join(sorted(_OUTCOMES))}")
        out.append(Example(outcome, item.text("title") or "", manifests, dict(item.child("options").raw())))
    return tuple(out)


def without_examples(text: str) -> str:
    """The text up to the examples, which are most of it; only cut where nothing follows them."""
    begin = text.find("\nexamples:")
    rest = text[begin + 1 :].partition("\n")[2] if begin >= 0 else ""
    last = all(line[:1] in ("", " ", "#") for line in rest.split("\n"))
    return text[: begin + 1] if begin >= 0 and last else text
