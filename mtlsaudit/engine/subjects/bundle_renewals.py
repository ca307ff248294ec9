"""What a bundle lacks of the CAs that it follows, and when that will be felt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from mtlsaudit.engine.subject import Missing, Plain
from mtlsaudit.engine.subjects.view import View
from mtlsaudit.model.trust import Followed, Trust, TrustBundle

SCHEMA: dict[str, type] = {"follows_cas": list, "missing_ca": str}
_SHOWN = 5
_DIGITS = 16
_DAY = "%Y-%m-%d"
_NEVER = datetime.max.replace(tzinfo=UTC)


class BundleRenewals:
    """One for a scan."""

    def __init__(self, view: View) -> None:
        self._followed = view.trust.followed
        self._now = view.now
        self._said: dict[int, str] = {}
        self._renewals = {e.id: e.renewal_time for e in view.certificates if e.renews}

    def of(self, bundle: TrustBundle) -> dict[str, Plain | Missing]:
        """The facts of SCHEMA."""
        some = self._followed.get(bundle.id, ())
        lacking = [f for f in some if f.missing]
        gaps = tuple(dict.fromkeys(g for f in some if f.missing is None for g in f.gaps))
        missing: Plain | Missing = "; ".join(self._words(f) for f in lacking)
        return {
            "follows_cas": tuple(f"Secret {f.authority.secret}" for f in some),
            "missing_ca": Missing(gaps) if gaps and not lacking else missing,
        }

    def _words(self, followed: Followed) -> str:
        present, who = followed.present, _signer(followed)
        if present is None:
            return ""
        ca = f"{present.label} (key {present.spki_sha256[:_DIGITS]}, valid from {present.not_before:{_DAY}})"
        places = _some(followed.places)
        return f"{ca}, with which {who} signs now; {places} will refuse {self._next(followed, who)}"

    def _next(self, followed: Followed, who: str) -> str:
        """Whom, and from when on; once for all bundles that wait for the same."""
        if not followed.waiting:
            return f"whatever {who} issues from now on"
        key = id(followed.waiting)
        if key not in self._said:
            self._said[key] = self._when(followed)
        return self._said[key]

    def _when(self, followed: Followed) -> str:
        known = {c.id: at for c in followed.waiting if (at := self._renewals.get(c.id)) is not None}
        names = _some(sorted((c.id for c in followed.waiting), key=lambda i: (known.get(i, _NEVER), i)))
        if any(c.is_ca for c in followed.waiting):
            names += " and what they sign" if len(followed.waiting) > 1 else " and what it signs"
        when = "once renewed" if len(followed.waiting) > 1 else "once it is renewed"
        if not known:
            return f"{names} {when}"
        first = min(known.values())
        if first <= self._now:
            return f"{names} {when}, which is due since {first:{_DAY}}"
        return f"{names} {when}, {'first ' if len(known) > 1 else ''}on {first:{_DAY}}"


def waiting(trust: Trust) -> frozenset[str]:
    """The certificates of an earlier key that a bundle's finding names: their renewal is to wait for the bundle."""
    groups = {id(f.waiting): f.waiting for some in trust.followed.values() for f in some if f.missing}
    return frozenset(c.id for group in groups.values() for c in group)


def _signer(followed: Followed) -> str:
    return (
        _some(followed.authority.issuers) if followed.authority.issuers else f"the Secret {followed.authority.secret}"
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
