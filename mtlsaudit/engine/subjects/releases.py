"""Releases that the user named on the command line."""

from __future__ import annotations

from collections.abc import Iterator

from mtlsaudit.engine.subject import Plain, Subject
from mtlsaudit.engine.subjects.view import View
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.cert_manager.releases import end_of_support

SCHEMA: dict[str, type] = {
    "product": str,
    "version": str,
    "supported": bool,
    "ended": str,
    "rotates_keys_by_default": bool,
    "unset_rotation_policies": list,
}


def subjects(view: View) -> Iterator[Subject]:
    """cert-manager, when its version was given and the input holds something of it."""
    version, specs = view.cert_manager, view.graph.specs
    if version is None or not specs:
        return
    ended = end_of_support(version)
    shown = ".".join(str(part) for part in version)
    unset = [s for s in specs if s.rotation_policy is None]
    facts: dict[str, Plain] = {
        "product": "cert-manager",
        "version": shown,
        "supported": ended is None or view.now.date() < ended,
        "ended": ended.isoformat() if ended else "",
        "rotates_keys_by_default": version >= (1, 18, 0),
        "unset_rotation_policies": tuple(s.key for s in unset),
    }
    here = tuple(s.resource.evidence(s.name, "metadata", "name") for s in specs[:1])
    found: tuple[Evidence, ...] = tuple(
        s.resource.evidence(None, *s.field, "privateKey", "rotationPolicy") for s in unset if not s.made_by
    )
    yield Subject(
        "release", f"cert-manager {shown}", facts, lambda: {"": here, "unset_rotation_policies": found or here}
    )
