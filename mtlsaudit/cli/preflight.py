"""`mtlsaudit scan --preflight`: what the account may read, before anything is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from mtlsaudit.cli.emit import emit
from mtlsaudit.cli.live import is_live, live_of
from mtlsaudit.cli.perform import load_rule_set
from mtlsaudit.collect import Live, connect
from mtlsaudit.errors import ClusterError
from mtlsaudit.platforms import KINDS

if TYPE_CHECKING:
    from mtlsaudit.model.world import GroupKind
    from mtlsaudit.output.preflight import Loss, Preflight

preflight_option = click.option(
    "--preflight",
    is_flag=True,
    help="Read nothing: ask what this account may read, and tell what could not be told. With --strict 4 when it is not all.",
)


def preflight(options: dict[str, Any], strict: bool) -> int:
    """Print the table for each cluster; the exit code. Raises UsageError, and ClusterError where nobody answers."""
    if not is_live(options):
        raise click.UsageError("--preflight goes with a cluster (--kubeconfig, --context, --in-cluster)")
    from mtlsaudit.output.preflight import render

    codes = []
    for number, context in enumerate(dict.fromkeys(options["contexts"] or ("",))):
        found = _ask(live_of(options, context), options["rule_directories"])
        emit("\n" * bool(number) + render(found))
        codes.append(_code(found, strict))
    return max(codes, key=(0, 4, 3).index)


def _code(found: Preflight, strict: bool) -> int:
    if not found.may_list:
        return 3
    return 4 if strict and (found.refused or found.unclear) else 0


def _ask(live: Live, rules: tuple[str, ...]) -> Preflight:
    from mtlsaudit.output.preflight import Preflight
    from mtlsaudit.sources.cluster.connection import NoAnswer, Refused
    from mtlsaudit.sources.cluster.discovery import discover
    from mtlsaudit.sources.cluster.rights import RETIRED, ask, needed_here, plural
    from mtlsaudit.sources.cluster.tiers import SECRET, Tier

    connection = connect(live)
    try:
        found = discover(connection, KINDS)
        answers = ask(connection, needed_here(found.served.values(), live.tier), live.namespaces)
    except (Refused, NoAnswer) as error:
        raise ClusterError(f"{connection.name}: the API server cannot be asked: {error}") from None
    finally:
        connection.close()
    absent = [kind for kind in KINDS if kind not in found.served and kind not in found.unclear and kind not in RETIRED]
    refused = dict.fromkeys((a.right.group, a.right.kind) for a in answers if not a.allowed)
    unseen = dict.fromkeys([*refused, *found.unclear, *([SECRET] if live.tier is Tier.NONE else [])])
    names = {(a.right.group, a.right.kind): a.right.full_resource for a in answers}
    return Preflight(
        cluster=connection.name,
        tier=live.tier.value,
        namespaces=live.namespaces,
        answers=answers,
        absent=tuple(sorted(f"{plural(kind)}.{group}" for group, kind in absent)),
        unclear=tuple(found.unclear.values()),
        losses={names.get(kind, plural(kind[1])): loss for kind, loss in _losses(unseen, rules)},
    )


def _losses(unseen: Iterable[GroupKind], directories: tuple[str, ...]) -> Iterable[tuple[GroupKind, Loss]]:
    """Of each kind alone; the examples are read only where something may not be."""
    kinds = tuple(unseen)
    if not kinds:
        return
    from mtlsaudit.blind import cases, lost_without
    from mtlsaudit.output.preflight import Loss

    seen = tuple(cases(load_rule_set(directories, examples=True)))
    total = len({case.compiled.rule.id for case in seen})
    for kind in kinds:
        lost = lost_without(kind, seen)
        yield kind, Loss(lost.rules, total, lost.modes)
