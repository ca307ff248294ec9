"""Where everything stands in the timeline of the certificates: a CA above what it issued, the soonest expiry first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.model.report import Report
from mtlsaudit.model.values import dataclass
from mtlsaudit.output.certificate_families import Member, by_name, trees
from mtlsaudit.output.certificate_words import is_authority, next_renewal
from mtlsaudit.output.counting import count
from mtlsaudit.output.html_words import day

BARS = 40
"""So many are drawn at a time; the others are folded, the same number in each fold."""

WIDTH = 1120
_LEFT, _RIGHT = 300, 1020
_TOP, _PITCH = 34, 30
_TICKS = 5
_LABEL = 40
_INDENT, _DEEPEST = 16, 4
# "No expiry" is written as the year 9999 (RFC 5280, 4.1.2.5); the axis ends long before.
_HORIZON = timedelta(days=30 * 365)


@dataclass(frozen=True, slots=True)
class Bar:
    """One certificate. `state` is valid, overdue (its renewal has passed), expired or waiting (not yet valid).

    `renewal` is a place on the axis, or None where it never renews or the time is not known.
    """

    y: int
    x1: float
    x2: float
    renewal: float | None
    label: str
    indent: int
    expires: str
    state: str
    title: str


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Pane:
    """One picture; `words` say what is in it, for the fold and for those who do not see it."""

    height: int
    words: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """`now` is the time of the scan; all panes have the same axis. The first is shown, the others are folded."""

    width: int
    left: int
    right: int
    now: float
    ticks: tuple[Tick, ...]
    panes: tuple[Pane, ...]


@dataclass(frozen=True, slots=True)
class _Axis:
    start: datetime
    span: float

    def x(self, at: datetime) -> float:
        """A place between the ends: a CA of ten years runs off the picture instead of squeezing its leaves."""
        share = (at - self.start).total_seconds() / self.span
        return round(_LEFT + min(1.0, max(0.0, share)) * (_RIGHT - _LEFT), 1)


def timeline(report: Report) -> Timeline | None:
    """The dated certificates, or None where there are none."""
    now = report.scan.now
    dated = [e for e in report.certificates if e.not_before and e.not_after]
    if not dated:
        return None
    ordered = sorted(dated, key=lambda e: (_end(e), e.id))
    issuers = by_name(e for e in ordered if not e.source) | dict(report.file_issuers)
    families = sorted(trees(ordered, issuers), key=lambda tree: min(_urgency(e, now) for e, _ in tree))
    framing = [e for e in dated if not is_authority(e)] or dated
    axis = _axis(now, framing)
    panes = tuple(_pane(axis, now, members) for members in _portions(families))
    ticks = tuple(_tick(axis, i / (_TICKS - 1)) for i in range(_TICKS))
    return Timeline(WIDTH, _LEFT, _RIGHT, axis.x(now), ticks, panes)


def _end(entry: CertificateEntry) -> float:
    return entry.not_after.timestamp() if entry.not_after else 0.0


def _urgency(entry: CertificateEntry, now: datetime) -> tuple[bool, float]:
    """What ends next comes first; what has ended long ago comes after all that is still to come."""
    ended = entry.not_after is not None and entry.not_after < now
    return ended, -_end(entry) if ended else _end(entry)


def _portions(families: Sequence[Sequence[Member]]) -> Iterator[list[Member]]:
    """About BARS at a time. A family that goes on in the next portion has the CAs above its next member there once more."""
    portion: list[Member] = []
    for family in families:
        above: list[Member] = []
        for member in family:
            above = above[: member[1]]
            if len(portion) >= BARS:
                yield portion
                portion = list(above)
            portion.append(member)
            above.append(member)
    if portion:
        yield portion


def _pane(axis: _Axis, now: datetime, members: Sequence[Member]) -> Pane:
    bars = tuple(_bar(axis, now, entry, depth, row) for row, (entry, depth) in enumerate(members))
    ends = sorted(e.not_after for e, _ in members if e.not_after)
    words = f"{count(len(bars), 'certificate')} that end from {day(ends[0])} to {day(ends[-1])}"
    return Pane(_TOP + len(bars) * _PITCH + 8, words, bars)


def _axis(now: datetime, entries: Sequence[CertificateEntry]) -> _Axis:
    begin = min(now, *(e.not_before for e in entries if e.not_before))
    end = max(now, *(e.not_after for e in entries if e.not_after))
    start, end = max(begin, now - _HORIZON), min(end, now + _HORIZON)
    span = max((end - start).total_seconds(), 86400.0)
    return _Axis(start - timedelta(seconds=span * 0.04), span * 1.08)


def _bar(axis: _Axis, now: datetime, entry: CertificateEntry, depth: int, row: int) -> Bar:
    assert entry.not_before is not None
    assert entry.not_after is not None
    at = next_renewal(entry)
    words = f"issued {day(entry.not_before)}, "
    if at is not None:
        words += f"renewal {'was ' if at < now else ''}due {day(at)}, "
    words += f"{'expired' if entry.not_after < now else 'expires'} {day(entry.not_after)}"
    name = entry.id if len(entry.id) <= _LABEL - 2 * depth else f"{entry.id[: _LABEL - 2 * depth - 1]}…"
    x1, x2 = axis.x(entry.not_before), axis.x(entry.not_after)
    return Bar(
        y=_TOP + row * _PITCH,
        x1=x1,
        x2=max(x2, x1 + 2),
        renewal=None if at is None else axis.x(at),
        label=f"{name} (CA)" if is_authority(entry) else name,
        indent=_INDENT * min(depth, _DEEPEST),
        expires=day(entry.not_after),
        state=_state(entry, at, now),
        title=f"{entry.id}: {words}",
    )


def _state(entry: CertificateEntry, renewal: datetime | None, now: datetime) -> str:
    if entry.not_after is not None and entry.not_after < now:
        return "expired"
    if entry.not_before is not None and now < entry.not_before:
        return "waiting"
    return "overdue" if renewal is not None and renewal < now else "valid"


def _tick(axis: _Axis, share: float) -> Tick:
    return Tick(round(_LEFT + share * (_RIGHT - _LEFT), 1), day(axis.start + timedelta(seconds=axis.span * share)))
