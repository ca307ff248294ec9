"""Support of cert-manager's releases (facts in mtlsaudit/data/cert-manager.yaml)."""

from __future__ import annotations

from datetime import date

from mtlsaudit.data import facts
from mtlsaudit.platforms.cert_manager.lifecycle import Version


def end_of_support(version: Version) -> date | None:
    """The day on which the second minor after this one came out; None while it has not, or for a minor not listed."""
    minors = [
        tuple(int(p) for p in (r.text("minor") or "0.0").split(".")) for r in facts("cert-manager").children("releases")
    ]
    dates = [date.fromisoformat(r.text("date") or "9999-12-31") for r in facts("cert-manager").children("releases")]
    if version[:2] < minors[0]:
        return dates[0]
    if version[:2] not in minors:
        return None
    later = minors.index(version[:2]) + 2
    return dates[later] if later < len(dates) else None
