"""Releases of the controller: retirement and advisories (facts in mtlsaudit/data/ingress-nginx.yaml)."""

from __future__ import annotations

from datetime import date

from mtlsaudit.data import facts

Version = tuple[int, int, int]


def _version(text: str) -> Version:
    major, minor, patch = (int(part) for part in text.split("."))
    return major, minor, patch


def retired_on() -> date:
    """The day after which upstream releases nothing any more."""
    return date.fromisoformat(facts("ingress-nginx").child("retired").text("date") or "9999-12-31")


def open_advisories(version: Version) -> list[str]:
    """The advisories that a release of the project's own image is open to, as `id (title)`."""
    found = []
    for advisory in facts("ingress-nginx").children("advisories"):
        fixed = sorted(_version(v) for v in advisory.texts("fixed"))
        if not _is_fixed(version, fixed):
            found.append(f"{advisory.text('id')} ({advisory.text('title')})")
    return found


def _is_fixed(version: Version, fixed: list[Version]) -> bool:
    if version[:2] > fixed[-1][:2]:
        return True
    return any(version[:2] == f[:2] and version >= f for f in fixed)
