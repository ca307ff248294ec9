"""The words, orders and shapes of the HTML report, so that every part of the page says a thing the same way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from mtlsaudit.model.hop import Hop, HopKind, Mode
from mtlsaudit.model.verdict import Severity

WORST_FIRST: tuple[Mode, ...] = (
    Mode.PLAINTEXT,
    Mode.PERMISSIVE,
    Mode.SERVER_TLS,
    Mode.UNKNOWN,
    Mode.PASSTHROUGH,
    Mode.OFFERED,
    Mode.REFUSED,
    Mode.MUTUAL,
)
BADNESS: Mapping[Mode, int] = {mode: rank for rank, mode in enumerate(WORST_FIRST)}

MODE_MEANING: Mapping[Mode, str] = {
    Mode.PLAINTEXT: "no TLS at all",
    Mode.PERMISSIVE: "client certificates are verified, but clients without one are served too",
    Mode.SERVER_TLS: "encrypted, but no client certificate is verified",
    Mode.UNKNOWN: "the input does not say",
    Mode.PASSTHROUGH: "TLS ends further on, and the next hop decides",
    Mode.OFFERED: "a client certificate is presented; whether the service requires it cannot be told from here",
    Mode.REFUSED: "nothing is served",
    Mode.MUTUAL: "no way in without a client certificate that verifies",
}

SHAPES: Mapping[Severity, str] = {
    Severity.CRITICAL: "◆",
    Severity.HIGH: "▲",
    Severity.MEDIUM: "■",
    Severity.LOW: "●",
    Severity.INFO: "○",
}

KIND_WORDS: Mapping[HopKind, str] = {
    HopKind.CLIENT_TO_ENTRY: "client to entry",
    HopKind.ENTRY_TO_SERVICE: "entry to service",
}


def moment(at: datetime) -> str:
    """To the minute, with the zone as it was given."""
    return f"{at:%Y-%m-%d %H:%M} {at.tzname() or ''}".strip()


def day(at: datetime | None) -> str:
    """`2026-11-23`, or nothing where there is no date."""
    return f"{at:%Y-%m-%d}" if at else ""


def days(number: float) -> str:
    """`90 days`, `1 day`, `0.5 days`: one decimal at most, and none where it would be zero."""
    shown = round(number, 1)
    return f"{shown:,.0f} {'day' if shown == 1 else 'days'}" if shown == int(shown) else f"{shown:,} days"


def enumeration(words: tuple[str, ...], joint: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"


def location(hop: Hop) -> str:
    """Host and path as one would type them; a hop without a host serves any."""
    return f"{hop.host or '(any host)'}{hop.path}"


def hop_label(hop: Hop) -> str:
    """A hop as people say it, in place of its id."""
    if hop.kind is HopKind.ENTRY_TO_SERVICE:
        return f"{hop.entry} → {hop.service or 'service'} for {location(hop)}"
    return f"client → {hop.entry} for {location(hop)}"
