"""Renewal windows: a cron expression, how long a window stays open, and a time zone (cert-manager 1.21 and later).

The expression is read as robfig/cron v3 `ParseStandard` reads it: five fields, names of months and days, `@daily` and
its like. Day of month and day of week are alternatives when both are restricted; `*/2` counts as restricted, which
Unix crons see otherwise, so that no Python library fits.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mtlsaudit.model.values import dataclass

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 6))
_MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_abbr) if name}
_DAYS = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}
_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_RANGE = re.compile(r"(?P<low>\*|\?|[0-9a-z]+)(?:-(?P<high>[0-9a-z]+))?(?:/(?P<step>[0-9]+))?")
_SECOND = timedelta(seconds=1)
_FAR = 5 * 366  # days after which robfig/cron gives up
_LOOK_AHEAD = timedelta(days=4 * 366)
_MOST_OPENINGS = 1500


class BadSchedule(ValueError):
    """The expression or the zone cannot be read; the message says which and why."""


@dataclass(frozen=True, slots=True)
class _Field:
    values: frozenset[int]
    any: bool


@dataclass(frozen=True, slots=True)
class Schedule:
    """When windows open. Made by `parse_schedule`."""

    fields: tuple[_Field, ...]
    zone: ZoneInfo

    def next(self, after: datetime) -> datetime | None:
        """The first opening later than `after`; None when there is none within five years."""
        local = after.astimezone(self.zone)
        for offset in range(-1, _FAR):
            day = local.date() + timedelta(days=offset)
            if self._on(day):
                found = min((t for t in self._openings(day) if t > after), default=None)
                if found is not None:
                    return found
        return None

    def _on(self, day: date) -> bool:
        _, _, of_month, months, of_week = self.fields
        if day.month not in months.values:
            return False
        by_month, by_week = day.day in of_month.values, day.isoweekday() % 7 in of_week.values
        return (by_month and by_week) if of_month.any or of_week.any else (by_month or by_week)

    def _openings(self, day: date) -> Iterator[datetime]:
        """Local times of the day that exist, in UTC; twice where the clock goes back."""
        minutes, hours = self.fields[0].values, self.fields[1].values
        for hour in hours:
            for minute in minutes:
                for fold in (0, 1):
                    local = datetime(day.year, day.month, day.day, hour, minute, fold=fold, tzinfo=self.zone)
                    found = local.astimezone(UTC)
                    if found.astimezone(self.zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                        yield found


@lru_cache(maxsize=256)
def parse_schedule(cron: str, timezone: str) -> Schedule:
    """A window's schedule; UTC without a time zone, and for Go's `Local`, as in cert-manager's image. Raises BadSchedule."""
    try:
        zone = ZoneInfo("UTC" if timezone in ("", "Local") else timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadSchedule(f"{timezone!r} is no IANA time zone") from None
    text = cron.strip()
    if text.startswith("@"):
        if text not in _DESCRIPTORS:
            raise BadSchedule(f"{cron!r} is no schedule that cert-manager knows")
        text = _DESCRIPTORS[text]
    parts = text.split()
    if len(parts) != len(_FIELDS):
        raise BadSchedule(f"{cron!r} has {len(parts)} fields; 5 are needed")
    return Schedule(tuple(_field(p, *f) for p, f in zip(parts, _FIELDS, strict=True)), zone)


def _field(text: str, name: str, low: int, high: int) -> _Field:
    values: set[int] = set()
    every = False
    for piece in text.lower().split(","):
        match = _RANGE.fullmatch(piece)
        if match is None:
            raise BadSchedule(f"{piece!r} is no {name}")
        step = int(match["step"] or 1)
        if match["low"] in "*?":
            begin, end = low, high
            every = every or step == 1
        else:
            begin = _number(match["low"], name)
            end = _number(match["high"], name) if match["high"] else high if match["step"] else begin
        if (match["low"] in "*?" and match["high"]) or step == 0 or not low <= begin <= end <= high:
            raise BadSchedule(f"{piece!r} is no {name}: {low} to {high}")
        values.update(range(begin, end + 1, step))
    return _Field(frozenset(values), every)


def _number(word: str, name: str) -> int:
    names = _MONTHS if name == "month" else _DAYS if name == "day of week" else {}
    if word in names:
        return names[word]
    if not word.isdigit():
        raise BadSchedule(f"{word!r} is no {name}")
    return int(word)


@dataclass(frozen=True, slots=True)
class Window:
    """One of `spec.renewal.windows`, as written; the duration is None where it is missing or cannot be read."""

    cron: str
    timezone: str
    duration: timedelta | None
    written: tuple[tuple[str, str], ...]


def into_window(wanted: datetime, windows: tuple[Window, ...], begin: datetime, end: datetime) -> datetime | None:
    """The first moment from `wanted` on that lies in a window; None when there is none within the certificate's life.

    `begin` and `end` are notBefore and notAfter. An opening up to one window's length after `end` still counts, as it does
    for cert-manager (pki.RenewalTime, v1.21.2). There a window that opens only after that makes it forget what the windows
    listed before it have found (findAfterDesired); one that contains `wanted` holds all the same. Raises BadSchedule.
    """
    later: datetime | None = None
    within = False
    for window in windows:
        schedule = parse_schedule(window.cron, window.timezone)
        length = window.duration or timedelta(0)
        opening = schedule.next(max(begin - length, wanted - length) - _SECOND)
        while opening is not None and opening <= wanted:
            within = within or wanted <= opening + length
            opening = schedule.next(opening)
        if opening is not None:
            later = None if opening > end + length else opening if later is None else min(later, opening)
    return wanted if within else later


def longest_wait(windows: tuple[Window, ...], start: datetime) -> timedelta | None:
    """The longest time in which no window is open, looked for over four years from `start`; None when it may be longer.

    Raises BadSchedule.
    """
    openings: list[tuple[datetime, datetime]] = []
    for window in windows:
        schedule = parse_schedule(window.cron, window.timezone)
        at = schedule.next(start)
        for _ in range(_MOST_OPENINGS):
            if at is None or at > start + _LOOK_AHEAD:
                break
            close = at + (window.duration or timedelta(0))
            openings.append((at, close))
            at = schedule.next(close)
        else:
            return None
    if not openings:
        return None
    longest, closed = timedelta(0), start
    for begin, close in sorted(openings):
        longest, closed = max(longest, begin - closed), max(closed, close)
    return longest
