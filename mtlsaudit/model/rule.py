"""A rule as it was loaded, and the policy that it is judged by."""

from __future__ import annotations

from collections.abc import Mapping

from mtlsaudit.model.values import dataclass, field
from mtlsaudit.model.verdict import Severity


@dataclass(frozen=True, slots=True)
class Example:
    """Manifests and what the rule says of them: `fail`, `pass`, `unknown`, or nothing at all (`not-applicable`)."""

    outcome: str
    title: str
    manifests: str
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Rule:
    """One file under `rules/`. `passes` is a CEL expression, or `check` names a Python check with `params`."""

    id: str
    family: str
    title: str
    since: str
    subject: str
    severity: Severity
    confidence: str
    why: str
    remedy: str
    message: str
    evidence: tuple[str, ...]
    references: tuple[str, ...]
    controls: tuple[str, ...]
    applies: str = "true"
    passes: str = ""
    check: str = ""
    params: Mapping[str, object] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Policy:
    """Thresholds and switches; recorded in every report. Days are days of 24 hours."""

    rotation_min_days: float = 30
    rotation_max_days: float = 90
    slack_days: float = 1
    slack_ratio: float = 0.02
    lifetime_max_days: float = 90
    disabled: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    skip: tuple[str, ...] = ()
    assume_secrets: str = ""
    assume_controller: str = ""
    ingress_classes: Mapping[str, str] = field(default_factory=dict)
