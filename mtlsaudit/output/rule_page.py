"""A rule as a page of Markdown: for `rules show`, the generated documentation and the help of SARIF."""

from __future__ import annotations

from mtlsaudit.model.rule import Rule


def page(rule: Rule) -> str:
    """The whole page, ending without a newline."""
    parts = [
        f"# {rule.id}",
        rule.title,
        (
            f"Severity **{rule.severity.value}**, confidence {rule.confidence}, family {rule.family}, since {rule.since}. "
            f"Subject: {rule.subject}."
        ),
        "## Why",
        rule.why,
        "## What to do",
        rule.remedy,
        "## How it is decided",
        _decision(rule),
    ]
    if rule.references:
        parts += ["## References", "\n".join(f"- {r}" for r in rule.references)]
    if rule.controls:
        parts += ["## Controls", "\n".join(f"- {c}" for c in rule.controls)]
    for example in rule.examples:
        parts += [f"## Example: {example.outcome}" + (f" ({example.title})" if example.title else "")]
        plain = {k: v for k, v in example.options.items() if k != "earlier"}
        if plain:
            parts.append("With " + ", ".join(f"`{k}: {v}`" for k, v in plain.items()) + ".")
        parts.append(_block(example.manifests))
        earlier = example.options.get("earlier")
        for item in earlier if isinstance(earlier, list) else ():
            if isinstance(item, dict):
                parts += [f"After a scan on {item.get('at')} of:", _block(str(item.get("manifests")))]
    return "\n\n".join(parts)


def _block(text: str) -> str:
    return f"```yaml\n{text.strip()}\n```"


def _decision(rule: Rule) -> str:
    applies = "Every subject." if rule.applies == "true" else f"Applies where `{' '.join(rule.applies.split())}`."
    if rule.check:
        given = ", ".join(f"{k} = {v}" for k, v in rule.params.items())
        return f"{applies} Decided by the check `{rule.check}`{f' with {given}' if given else ''}."
    return f"{applies} Passes where `{' '.join(rule.passes.split())}`."
