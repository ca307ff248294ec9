"""What the history knows of each certificate: how often it was really replaced, whether with a new key, and what is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from itertools import pairwise

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects.view import View, missing
from mtlsaudit.graph.identities import identity_of
from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.model.history import History, Sighting
from mtlsaudit.model.verdict import Evidence

SCHEMA: dict[str, type] = {
    "key": str,
    "issues": int,
    "interval_days": float,
    "stayed_days": float,
    "kept_keys": list,
    "kept_by_policy": bool,
    "is_ca": bool,
    "present": bool,
    "ended": bool,
    "elsewhere": bool,
    "last_seen": str,
}


def subjects(view: View) -> Iterator[Subject]:
    """One subject for each identity that this scan or the last one of the same sources saw; none without a history."""
    history = view.history
    if history is None:
        return
    now: dict[str, CertificateEntry] = {}
    for entry in view.certificates:
        if entry.sha256:
            now.setdefault(identity_of(entry), entry)
    current = {entry.sha256 for entry in now.values()}
    for identity in sorted({*now, *history.before}):
        entry_now, issues = now.get(identity), _issues(history, identity, now.get(identity), view)
        if not issues:
            continue
        told = _told_by_requests(entry_now)
        present = _present(identity, entry_now is not None, view)
        facts: dict[str, Plain | Missing] = {
            "key": identity,
            "issues": _number(issues, present),
            **_spans(identity, issues),
            "kept_keys": tuple(
                f"{b.not_before:%Y-%m-%d} (as of {a.not_before:%Y-%m-%d})"
                for a, b in pairwise(issues)
                if a.spki_sha256 and a.spki_sha256 == b.spki_sha256 and b.sha256 not in told
            ),
            "kept_by_policy": entry_now is not None and entry_now.managed_by != "" and entry_now.key_rotates is False,
            "is_ca": entry_now is not None and entry_now.usages.get("is_ca") is True,
            "present": present,
            "ended": issues[-1].not_after < view.now,
            "elsewhere": issues[-1].sha256 in current,
            "last_seen": f"{issues[-1].last_seen:%Y-%m-%d}",
        }
        yield Subject("past", f"History of {identity}", facts, partial(_evidence, history, issues))


def _issues(history: History, identity: str, entry: CertificateEntry | None, view: View) -> tuple[Sighting, ...]:
    """Oldest first, with the present one, which is judged before it is recorded."""
    seen = history.sightings.get(identity, ())
    if entry is None or entry.not_before is None or entry.not_after is None:
        return seen
    if any(s.sha256 == entry.sha256 for s in seen):
        return seen
    present = Sighting(identity, entry.not_before, entry.not_after, entry.sha256, entry.spki_sha256, view.now, view.now)
    return tuple(sorted((*seen, present)))


def _told_by_requests(entry: CertificateEntry | None) -> frozenset[str]:
    """The issues over an old key that the CertificateRequests of this input show: rotation-key-reused tells of them.

    It does not where the Secret holds another certificate than those that were requested.
    """
    issues = entry.issues if entry is not None and entry.key_rotates else ()
    requested = [i for i in issues if i.source == "request"]
    if entry is None or len(requested) < 2 or entry.sha256 not in {i.sha256 for i in requested}:
        return frozenset()
    return frozenset(i.sha256 for i in requested if i.new_key is False and not i.by_policy)


def _spans(identity: str, issues: tuple[Sighting, ...]) -> dict[str, Plain | Missing]:
    """The longest of the replaced certificates, from issue: to the next issue that was seen, and to when it was last seen."""
    if len(issues) < 2:
        once = missing("seen-once", identity, f"the history has seen one certificate of {identity} only")
        return {"interval_days": once, "stayed_days": once}
    return {
        "interval_days": _in_days(max(b.not_before - a.not_before for a, b in pairwise(issues))),
        "stayed_days": _in_days(max(a.last_seen - a.not_before for a in issues[:-1])),
    }


def _in_days(span: timedelta) -> float:
    return round(span.total_seconds() / 86400, 6)


def _present(identity: str, present: bool, view: View) -> bool | Missing:
    world = view.graph.estate.world
    if not present and world.closed and identity.startswith("Secret "):
        gap = world.gap("", "Secret", identity.removeprefix("Secret "))
        return Missing((gap,)) if gap else False
    if not present and view.unread:
        reason = f"{identity} was not found, but {view.unread[0].subject} could not be read ({view.unread[0].reason})"
        return missing("not-read", identity, reason)
    return present


def _number(issues: tuple[Sighting, ...], present: bool | Missing) -> int | Missing:
    """One that is there and was not read may be another issue; two that were seen are two."""
    return present if isinstance(present, Missing) and len(issues) < 2 else len(issues)


def _evidence(history: History, issues: tuple[Sighting, ...]) -> Mapping[str, tuple[Evidence, ...]]:
    return {"": tuple(history.evidence(sighting) for sighting in issues[-4:])}
