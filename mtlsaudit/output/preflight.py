"""What an account may read, as a table, and what cannot be told without the rest."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.values import dataclass, field
from mtlsaudit.sources.cluster.rights import Answer, Right

_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Loss:
    """What one resource is needed for: rules that find nothing without it, of how many; and modes of hops."""

    rules: tuple[str, ...]
    of: int
    modes: bool


@dataclass(frozen=True, slots=True)
class Preflight:
    """The answers of one API server. `absent`: resources that it does not have; `losses` by resource."""

    cluster: str
    tier: str
    namespaces: tuple[str, ...]
    answers: tuple[Answer, ...]
    absent: tuple[str, ...] = ()
    unclear: tuple[Gap, ...] = ()
    losses: Mapping[str, Loss] = field(default_factory=dict)

    @property
    def refused(self) -> tuple[Answer, ...]:
        return tuple(a for a in self.answers if not a.allowed)

    @property
    def may_list(self) -> bool:
        """Is there anything that a scan could be made of?"""
        return any(a.allowed and a.right.verb == "list" for a in self.answers)


def render(found: Preflight) -> str:
    """The table, then a paragraph for each resource that may not be read; those of one effect share theirs."""
    lines = [*_head(found), "", *_table(found), ""]
    shared: dict[Loss, list[str]] = {}
    for resource, loss in found.losses.items():
        shared.setdefault(loss, []).append(resource)
    for loss, resources in shared.items():
        lines += [*_loss(resources, loss), ""]
    return "\n".join([*lines, *_end(found)]) + "\n"


def _head(found: Preflight) -> Iterator[str]:
    where = ", ".join(found.namespaces) or "all namespaces"
    yield f"Preflight of {found.cluster}: --secrets {found.tier}, {where}"
    yield f"Asked with {len(found.answers)} SelfSubjectAccessReviews, which the API server answers and does not keep."


def _table(found: Preflight) -> Iterator[str]:
    by_right: dict[Right, list[Answer]] = {}
    for answer in found.answers:
        by_right.setdefault(answer.right, []).append(answer)
    yield "ALLOWED  VERB  RESOURCE"
    for right, answers in by_right.items():
        refused = [a for a in answers if not a.allowed]
        word = "yes" if not refused else "no" if len(refused) == len(answers) else "in part"
        where = f"  (not in {', '.join(a.namespace for a in refused)})" if word == "in part" else ""
        yield f"{word:<7}  {right.verb:<4}  {right.full_resource}{where}"
        yield from (f"         {reason}" for reason in dict.fromkeys(a.reason for a in refused if a.reason))
    if found.absent:
        yield ""
        yield from _wrapped(f"Not installed, so there is nothing to read: {', '.join(found.absent)}.", "")
    for gap in found.unclear:
        yield from _wrapped(f"Not clear: {gap.subject}: {gap.reason}", "")


def _loss(resources: Sequence[str], loss: Loss) -> Iterator[str]:
    which = resources[0] if len(resources) == 1 else f"one of {', '.join(resources)}"
    modes = " Modes of hops become unknown." if loss.modes else ""
    text = f"Without {which}, {len(loss.rules)} of {loss.of} rules no longer find what their own examples show.{modes}"
    yield from _wrapped(text, "")
    yield from _wrapped(", ".join(loss.rules), "  ")


def _end(found: Preflight) -> Iterator[str]:
    granted = len(found.answers) - len(found.refused)
    if not found.may_list:
        yield "Nothing may be listed: a scan would end with exit code 3."
    if not found.refused:
        yield f"All {granted} rights are granted."
        return
    asked = "".join(f" -n {ns}" for ns in found.namespaces)
    yield from _wrapped(
        f"{granted} of {len(found.answers)} rights are granted. `mtlsaudit rbac --secrets {found.tier}{asked}` prints all of them.",
        "",
    )
    if any(a.right.resource == "secrets" and a.right.verb == "get" for a in found.refused):
        text = (
            "A role that names its Secrets (resourceNames) counts as a no here, since no name was asked for: "
            "the scan reads those Secrets all the same."
        )
        yield from _wrapped(text, "")


def _wrapped(text: str, indent: str) -> Sequence[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )
