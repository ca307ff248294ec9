"""Rules and severities in the words of SARIF and of GitHub code scanning."""

from __future__ import annotations

from mtlsaudit.model.report import Report
from mtlsaudit.model.rule import Rule
from mtlsaudit.model.verdict import Severity
from mtlsaudit.output.sarif_places import Node, one_line

LEVEL = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
RANK = {
    Severity.CRITICAL: 95.0,
    Severity.HIGH: 80.0,
    Severity.MEDIUM: 55.0,
    Severity.LOW: 25.0,
    Severity.INFO: 5.0,
}
# GitHub calls critical what is over 9.0, and refuses a file with a number it cannot place: never "9.0", never "0.0".
_SECURITY_SEVERITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.5",
    Severity.INFO: "0.5",
}
_PROBLEM_SEVERITY = {"error": "error", "warning": "warning", "note": "recommendation"}
_PRECISION = {"high": "high", "medium": "medium", "low": "low"}

# CWE-295 is improper certificate validation; rotation, secrets and observability are about other weaknesses.
_VALIDATES_CERTIFICATES = frozenset({"certificate", "gateway", "identity", "ingress", "mesh", "trust", "upstream"})
_CWE_295 = "external/cwe/cwe-295"
_DESCRIPTION_LENGTH = 1024
_MOST_TAGS = 20


def rule_nodes(report: Report) -> list[Node]:
    """Every rule of the report, sorted by id; a result's `ruleIndex` counts in this order."""
    severities = report.scan.policy.severities
    return [_rule(rule, severities.get(rule.id, rule.severity)) for _, rule in sorted(report.rules.items())]


def _rule(rule: Rule, severity: Severity) -> Node:
    level = LEVEL[severity]
    properties: Node = {
        "precision": _PRECISION.get(rule.confidence, "medium"),
        "problem.severity": _PROBLEM_SEVERITY[level],
        "security-severity": _SECURITY_SEVERITY[severity],
        "tags": _tags(rule),
    }
    if rule.controls:
        properties["controls"] = list(rule.controls)
    out: Node = {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": _shortened(_sentence(rule.title))},
        "fullDescription": {"text": _shortened(_sentence(rule.why))},
        "help": {"text": _help_text(rule), "markdown": _help_markdown(rule)},
        "defaultConfiguration": {"level": level},
        "properties": properties,
    }
    link = next((r for r in rule.references if _is_link(r)), "")
    if link:
        out["helpUri"] = link
    if rule.aliases:
        out["deprecatedIds"] = list(rule.aliases)
    return out


def _tags(rule: Rule) -> list[str]:
    tags = ["security", "mtls", "kubernetes", rule.family]
    if rule.family in _VALIDATES_CERTIFICATES:
        tags.append(_CWE_295)
    return list(dict.fromkeys(tag for tag in tags if tag))[:_MOST_TAGS]


def _is_link(reference: str) -> bool:
    return reference.startswith(("https://", "http://")) and not set(reference) & set(" \t\r\n<>")


def _sentence(text: str) -> str:
    text = one_line(text)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _shortened(text: str) -> str:
    return text if len(text) <= _DESCRIPTION_LENGTH else f"{text[: _DESCRIPTION_LENGTH - 1]}…"


def _help_text(rule: Rule) -> str:
    parts = [rule.why.strip(), f"Remedy: {rule.remedy.strip()}"]
    if rule.references:
        parts.append("References:\n" + "\n".join(f"- {r}" for r in rule.references))
    return "\n\n".join(parts)


def _help_markdown(rule: Rule) -> str:
    parts = ["## Why", rule.why.strip(), "## Remedy", rule.remedy.strip()]
    if rule.references:
        links = (f"- [{r}]({r})" if _is_link(r) else f"- {r}" for r in rule.references)
        parts += ["## References", "\n".join(links)]
    return "\n\n".join(parts)
