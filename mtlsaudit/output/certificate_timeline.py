"""Where everything stands in the timeline of the certificates: a CA above the leaves that it issued."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.output.html_certificates import is_authority
from mtlsaudit.output.html_words import day

BARS = 40
WIDTH = 1120
_LEFT, _RIGHT = 300, 1020
_TOP, _PITCH = 34, 34
_TICKS = 5
_LABEL = 40
# "No expiry" is written as the year 9999 (RFC 5280, 4.1.2.5); the axis ends long before.
_HORIZON = timedelta(days=30 * 365)


@dataclass(frozen=True, slots=True)
class Bar:
    """One certificate. `renewal` is a place on the axis, or None where it never renews or the time is not known."""

    y: int
    x1: float
    x2: float
    renewal: float | None
    label: str
    indent: int
    expires: str
    title: str


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """`now` is the time of the scan; `more` counts the certificates left out, which are in the table."""

    width: int
    height: int
    left: int
    right: int
    now: float
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    more: int


@dataclass(frozen=True, slots=True)
class _Axis:
    start: datetime
    span: float

    def x(self, at: datetime) -> float:
        """A place between the ends: a CA of ten years runs off the picture instead of squeezing its leaves."""
        share = (at - self.start).total_seconds() / self.span
        return round(_LEFT + min(1.0, max(0.0, share)) * (_RIGHT - _LEFT), 1)


def timeline(entries: Iterable[CertificateEntry], now: datetime) -> Timeline | None:
    """The dated certificates, or None where there are none."""
    dated = [(e, e.not_before, e.not_after) for e in entries if e.not_before and e.not_after]
    if not dated:
        return None
    shown = _families([e for e, _, _ in dated])[:BARS]
    leaves = [(begin, end) for e, begin, end in dated if not is_authority(e)] or [(b, e) for _, b, e in dated]
    axis = _axis([now, *(begin for begin, _ in leaves), *(end for _, end in leaves)])
    bars = tuple(_bar(axis, entry, indent, row) for row, (entry, indent) in enumerate(shown))
    ticks = tuple(_tick(axis, i / (_TICKS - 1)) for i in range(_TICKS))
    height = _TOP + len(shown) * _PITCH + 8
    return Timeline(WIDTH, height, _LEFT, _RIGHT, axis.x(now), bars, ticks, len(dated) - len(shown))


def _families(entries: list[CertificateEntry]) -> list[tuple[CertificateEntry, int]]:
    """Each CA with its leaves below it and indented, by expiry; then the leaves whose CA was not seen."""
    by_issuer: dict[str, list[CertificateEntry]] = {}
    ordered = sorted(entries, key=lambda e: (e.not_after.timestamp() if e.not_after else 0.0, e.id))
    for entry in ordered:
        if not is_authority(entry):
            by_issuer.setdefault(entry.issuer, []).append(entry)
    out: list[tuple[CertificateEntry, int]] = []
    for authority in (e for e in ordered if is_authority(e)):
        out.append((authority, 0))
        out.extend((leaf, 1) for leaf in by_issuer.pop(authority.subject, ()))
    out.extend((leaf, 0) for leaves in by_issuer.values() for leaf in leaves)
    return out


def _axis(moments: list[datetime]) -> _Axis:
    # The first moment is that of the scan, which is always in the picture.
    now = moments[0]
    start, end = max(min(moments), now - _HORIZON), min(max(moments), now + _HORIZON)
    span = max((end - start).total_seconds(), 86400.0)
    margin = timedelta(seconds=span * 0.04)
    return _Axis(start - margin, span * 1.08)


def _bar(axis: _Axis, entry: CertificateEntry, indent: int, row: int) -> Bar:
    assert entry.not_before is not None
    assert entry.not_after is not None
    renewal: float | None = None
    words = f"issued {day(entry.not_before)}, expires {day(entry.not_after)}"
    lifetime = (entry.not_after - entry.not_before).total_seconds() / 86400
    if entry.renews and entry.renew_after_days is not None and 0 <= entry.renew_after_days < lifetime:
        at = entry.not_before + timedelta(days=entry.renew_after_days)
        renewal = axis.x(at)
        words += f", renewal due {day(at)}"
    name = entry.id if len(entry.id) <= _LABEL else f"{entry.id[: _LABEL - 1]}…"
    label = f"{name} (CA)" if is_authority(entry) else name
    x1, x2 = axis.x(entry.not_before), axis.x(entry.not_after)
    return Bar(
        _TOP + row * _PITCH, x1, max(x2, x1 + 2), renewal, label, indent, day(entry.not_after), f"{entry.id}: {words}"
    )


def _tick(axis: _Axis, share: float) -> Tick:
    return Tick(round(_LEFT + share * (_RIGHT - _LEFT), 1), day(axis.start + timedelta(seconds=axis.span * share)))
