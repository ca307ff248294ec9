"""What is said of one certificate at the time of the scan, so that every format says it alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from mtlsaudit.model.certificate import KeyInfo, Names
from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.output.html_words import day, days


class State(NamedTuple):
    """`word` is valid, expired, not yet valid, not seen, or dates not known.

    `left` is notAfter - now, None where there is no date, `begin` the day on which it begins to be valid.
    """

    word: str
    left: timedelta | None
    begin: datetime | None

    @property
    def remaining(self) -> str:
        """How long it is still valid, since when it is not, or from when on; counted from the scan."""
        if self.left is None:
            return ""
        span = self.left.total_seconds() / 86400
        if self.word == "not yet valid":
            return f"from {day(self.begin)}"
        return f"{days(span)} left" if self.word == "valid" else f"{days(-span)} ago"


def state_of(entry: CertificateEntry, now: datetime) -> State:
    """Is it valid at `now`, and for how long?"""
    begin, end = entry.not_before, entry.not_after
    if begin is None or end is None:
        return State("dates not known" if entry.issued else "not seen", None, None)
    word = "not yet valid" if now < begin else "valid" if now <= end else "expired"
    return State(word, end - now, begin)


def next_renewal(entry: CertificateEntry) -> datetime | None:
    """When this issue is due to be replaced, as its manager works it out; None for never by itself, or not known."""
    if not entry.renews or entry.not_before is None or entry.not_after is None:
        return None
    at = entry.renewal_time
    if at is None and entry.renew_after_days is not None:
        try:
            at = entry.not_before + timedelta(days=entry.renew_after_days)
        except OverflowError:
            return None
    return at if at is not None and entry.not_before <= at < entry.not_after else None


def renewal_words(entry: CertificateEntry) -> str:
    """`after 60 days`, `never by itself`, `not known when`."""
    if not entry.renews:
        return "never by itself"
    return "not known when" if entry.renew_after_days is None else f"after {days(entry.renew_after_days)}"


def key_words(key: KeyInfo) -> str:
    """`ECDSA 256 secp256r1`, `RSA 2048`, `Ed25519`."""
    return " ".join(part for part in (key.algorithm, str(key.size) if key.size else "", key.curve) if part)


def all_names(names: Names) -> tuple[str, ...]:
    """Every subject alternative name, DNS first."""
    return (*names.dns, *names.uri, *names.ip, *names.email)


def is_authority(entry: CertificateEntry) -> bool:
    """Is this a CA by its basic constraints (or its Certificate's isCA)?"""
    return entry.usages.get("is_ca") is True


_STATES = ("expired", "not yet valid", "valid", "dates not known", "not seen")


def states_in_words(entries: Iterable[CertificateEntry], now: datetime) -> str:
    """`1 expired, 2 valid`; empty where there are none."""
    words = Counter(state_of(entry, now).word for entry in entries)
    return ", ".join(f"{words[state]:,} {state}" for state in _STATES if words[state])
