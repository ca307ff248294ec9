"""The hops of a report for a terminal: the weakest first."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator

from mtlsaudit.model.hop import Hop, HopKind, Mode
from mtlsaudit.model.report import Report
from mtlsaudit.output.source_words import no_hops
from mtlsaudit.output.text_paint import MANY, WIDTH, Paint

_MODE_COLOURS = {"mutual": "32", "offered": "32", "unknown": "33", "refused": "2", "passthrough": "36"}
_INDENT = " " * 14
_ORDER = [
    Mode.PLAINTEXT,
    Mode.PERMISSIVE,
    Mode.SERVER_TLS,
    Mode.UNKNOWN,
    Mode.PASSTHROUGH,
    Mode.REFUSED,
    Mode.OFFERED,
    Mode.MUTUAL,
]


def hop_lines(report: Report, paint: Paint) -> Iterator[str]:
    """How many are mutual, and each with its mode and why."""
    if not report.hops:
        yield f"No hops: {no_hops(report)}."
        yield ""
        return
    client = [h for h in report.hops if h.kind is HopKind.CLIENT_TO_ENTRY]
    mutual = sum(h.mode is Mode.MUTUAL for h in client)
    yield f"HOPS  {mutual} of {len(client)} client hops mutual: " + _counts(client)
    service = [h for h in report.hops if h.kind is HopKind.ENTRY_TO_SERVICE]
    offered = sum(h.mode is Mode.OFFERED for h in service)
    yield f"      {offered} of {len(service)} service hops offered: " + _counts(service)
    yield ""
    shown = sorted(report.hops, key=_hop_order)[:MANY]
    width = max(len(_place(h)) for h in shown)
    for hop in shown:
        mode = paint(f"{hop.mode.value:<11}", _MODE_COLOURS.get(hop.mode.value, "31"))
        possible = f" ({' or '.join(hop.possible)})" if hop.possible else ""
        basis = "" if hop.basis.value == "declared" else f" [{hop.basis.value}]"
        yield f"  {mode} {_place(hop):<{width}}{possible}{basis}"
        yield from textwrap.wrap(hop.because, WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)
    if len(report.hops) > len(shown):
        yield f"  … and {len(report.hops) - len(shown)} more hops (all are in the other formats)"
    yield ""


def _counts(hops: list[Hop]) -> str:
    return ", ".join(f"{n} {mode}" for mode, n in sorted(Counter(h.mode.value for h in hops).items()))


def _hop_order(hop: Hop) -> tuple[int, str, str, str]:
    return _ORDER.index(hop.mode), hop.entry, hop.host + hop.path, hop.kind.value


def _place(hop: Hop) -> str:
    if hop.kind is HopKind.CLIENT_TO_ENTRY:
        return f"client → {hop.host}{hop.path} ({hop.entry})"
    return f"{hop.host}{hop.path} ({hop.entry}) → {hop.service}"
