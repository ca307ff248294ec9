"""Faults of a CA certificate itself, wherever it is trusted."""

from __future__ import annotations

from collections.abc import Sequence

from mtlsaudit.engine.subject import Missing, Plain
from mtlsaudit.graph.trust.public import is_public_root
from mtlsaudit.model.trust import TrustBundle

SCHEMA: dict[str, type] = {
    "cannot_sign": list,
    "without_key_usage": list,
    "basic_constraints_not_critical": list,
    "without_key_identifier": list,
    "weak_signature": list,
}
_BASIC_CONSTRAINTS = "2.5.29.19"


class AnchorFaults:
    """Faults of a CA certificate itself are told once, at the first bundle that holds it; public roots are not ours to judge."""

    def __init__(self, bundles: Sequence[TrustBundle]) -> None:
        self._first: dict[str, str] = {}
        for bundle in bundles:
            for anchor in bundle.anchors or ():
                self._first.setdefault(anchor.sha256, bundle.id)

    def of(self, bundle: TrustBundle) -> dict[str, Plain | Missing]:
        mine = [a for a in bundle.anchors or () if self._first[a.sha256] == bundle.id and a.is_ca]
        mine = [a for a in {a.sha256: a for a in mine}.values() if not is_public_root(a)]
        usage = {a.sha256: a.key_usage for a in mine}
        return {
            "cannot_sign": tuple(a.label for a in mine if "cert sign" not in (usage[a.sha256] or ("cert sign",))),
            "without_key_usage": tuple(a.label for a in mine if usage[a.sha256] is None),
            "basic_constraints_not_critical": tuple(a.label for a in mine if _BASIC_CONSTRAINTS not in a.critical),
            "without_key_identifier": tuple(a.label for a in mine if not a.subject_key_id),
            "weak_signature": tuple(a.label for a in mine if a.signature_hash in ("md5", "sha1") and not a.self_signed),
        }
