"""Rights to the YAML of roles and bindings. Written by hand, since people read it before they grant it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from mtlsaudit.model.values import dataclass, field
from mtlsaudit.sources.cluster.rights import Right

_PLAIN = re.compile(r"[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*")
_NOT_STRINGS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_API = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True)
class Rule:
    """Verbs on resources of one API group; with `names`, on these objects alone."""

    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Role:
    """A ClusterRole, or the Role of a namespace: sections of rules, each under the comment that explains it."""

    name: str
    namespace: str = ""
    sections: Mapping[str, Sequence[Rule]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return "Role" if self.namespace else "ClusterRole"


@dataclass(frozen=True, slots=True)
class Account:
    """The ServiceAccount that is given the roles."""

    namespace: str
    name: str


def rules_of(rights: Iterable[Right]) -> tuple[Rule, ...]:
    """The rights, one rule for each API group and set of verbs."""
    verbs: dict[tuple[str, str], list[str]] = {}
    for right in sorted(rights):
        verbs.setdefault((right.group, right.resource), []).append(right.verb)
    rows = sorted((group, tuple(sorted(v)), resource) for (group, resource), v in verbs.items())
    return tuple(
        Rule(group, tuple(r for _, _, r in same), allowed)
        for (group, allowed), same in groupby(rows, key=lambda row: row[:2])
    )


def render(heading: Sequence[str], roles: Sequence[Role], account: Account | None) -> str:
    """One YAML document for each role and, where an account is given, for its binding."""
    documents = [_role(role) for role in roles]
    if account is not None:
        documents += [_binding(role, account) for role in roles]
    return "".join(f"# {line}\n" if line else "#\n" for line in heading) + "---\n".join(documents)


def _role(role: Role) -> str:
    return "".join(line + "\n" for line in [*_head(role.kind, role), "rules:", *_rules(role)])


def _rules(role: Role) -> Iterator[str]:
    for comment, rules in role.sections.items():
        yield from (f"  # {line}" for line in comment.splitlines())
        for rule in rules:
            yield f"  - apiGroups: [{_word(rule.group)}]"
            yield f"    resources: [{', '.join(map(_word, rule.resources))}]"
            if rule.names:
                yield "    resourceNames:"
                yield from (f"      - {_word(name)}" for name in rule.names)
            yield f"    verbs: [{', '.join(map(_word, rule.verbs))}]"


def _binding(role: Role, account: Account) -> str:
    lines = [
        *_head(f"{role.kind}Binding", role),
        "roleRef:",
        f"  apiGroup: {_API}",
        f"  kind: {role.kind}",
        f"  name: {_word(role.name)}",
        "subjects:",
        "  - kind: ServiceAccount",
        f"    name: {_word(account.name)}",
        f"    namespace: {_word(account.namespace)}",
    ]
    return "".join(line + "\n" for line in lines)


def _head(kind: str, role: Role) -> Iterator[str]:
    yield from (f"apiVersion: {_API}/v1", f"kind: {kind}", "metadata:", f"  name: {_word(role.name)}")
    if role.namespace:
        yield f"  namespace: {_word(role.namespace)}"


def _word(text: str) -> str:
    """A YAML scalar that is a string also for a YAML 1.1 parser."""
    return text if _PLAIN.fullmatch(text) and text not in _NOT_STRINGS else json.dumps(text)
