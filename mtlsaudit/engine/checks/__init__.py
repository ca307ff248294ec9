"""Checks in Python, for arithmetic on time and sets: `(subject, context, params) → Verdict`, pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from mtlsaudit.engine.checks import context as _context
from mtlsaudit.engine.checks import expiry, observed, rotation
from mtlsaudit.engine.subject import Subject
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.verdict import Verdict

Context = _context.Context


@dataclass(frozen=True, slots=True)
class Check:
    """`defaults` names the parameters that a rule may set, with their values and so their types."""

    subject: str
    run: Callable[[Subject, Context, Mapping[str, float]], Verdict]
    defaults: Mapping[str, float]

    def parameters(self, given: Mapping[str, object]) -> Mapping[str, float]:
        """The defaults with the rule's own values; raises ValueError for an unknown name or a value that is no number."""
        out = dict(self.defaults)
        for name, value in given.items():
            if name not in out:
                raise ValueError(f"unknown parameter {name!r}; there are {', '.join(sorted(out)) or 'none'}")
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"{name} must be a number")
            out[name] = float(value)
        return out


CHECKS: Mapping[str, Check] = {
    "certificate-expired": Check("certificate", expiry.expired, {}),
    "certificate-not-yet-valid": Check("certificate", expiry.not_yet_valid, {"slack_minutes": 5}),
    "certificate-expiring": Check("certificate", expiry.expiring, {"days": 30}),
    "rotation-interval-too-long": Check("certificate", rotation.too_long, {"from": 1, "to": 0}),
    "rotation-interval-too-short": Check("certificate", rotation.too_short, {}),
    "rotation-observed-too-long": Check("past", observed.interval_too_long, {}),
    "rotation-lifetime-too-long": Check("certificate", rotation.lifetime_too_long, {}),
    "rotation-loop": Check("certificate", rotation.loops, {"hours": 1, "share": 0.05}),
    "rotation-unrotated": Check("certificate", rotation.unrotated, {}),
    "rotation-not-automated": Check("certificate", rotation.not_automated, {}),
    "rotation-overdue": Check("certificate", rotation.overdue, {"grace_hours": 36, "ending": 0, "part": 12}),
    "ca-lifetime-too-short": Check("certificate", rotation.ca_too_short, {"days": 90}),
    "ca-lifetime-too-long": Check("certificate", rotation.ca_too_long, {"root_days": 7305, "intermediate_days": 1826}),
    "ca-overlap": Check("certificate", rotation.ca_overlap, {"margin_days": 1}),
    "ca-expiring": Check("certificate", rotation.ca_expiring, {"days": 90}),
    "certificate-outlives-ca": Check("certificate", rotation.outlives_ca, {}),
}

__all__ = ["CHECKS", "Check", "Context", "datetime"]
