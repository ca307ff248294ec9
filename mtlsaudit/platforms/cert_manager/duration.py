"""Go durations (`2160h`, `1h30m`), as cert-manager's API reads and writes them. There is no unit for days."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache

_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@lru_cache(maxsize=4096)
def parse_duration(text: str) -> timedelta | None:
    """time.ParseDuration; None where it would fail. Months of `timedelta` limits do not matter: Go's int64 ends at 292 years."""
    body = text.lstrip("+-") if text[:1] in "+-" else text
    if body == "0":
        return timedelta(0)
    position, seconds = 0, 0.0
    for match in _PART.finditer(body):
        if match.start() != position:
            return None
        seconds += float(match[1]) * _SECONDS[match[2]]
        position = match.end()
    if position != len(body) or not body or seconds > 9.2e9:
        return None
    return timedelta(seconds=-seconds if text.startswith("-") else seconds)


def nanoseconds(span: timedelta) -> int:
    """The span as Go counts it."""
    return (span.days * 86400 + span.seconds) * 10**9 + span.microseconds * 1000


def format_duration(span: timedelta) -> str:
    """time.Duration.String for a second or more: `720h0m0s`, `5m0s`, `1.5s`."""
    sign = "-" if span < timedelta(0) else ""
    whole, fraction = divmod(nanoseconds(abs(span)), 10**9)
    tail = f".{fraction:09d}".rstrip("0") if fraction else ""
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{sign}{hours}h{minutes}m{seconds}{tail}s"
    return f"{sign}{minutes}m{seconds}{tail}s" if minutes else f"{sign}{seconds}{tail}s"
