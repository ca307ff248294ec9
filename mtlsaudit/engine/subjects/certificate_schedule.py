"""When a certificate ends and is renewed, as its spec declares it and as its contents show: facts of kind `certificate`."""

from __future__ import annotations

from datetime import UTC, datetime

from mtlsaudit.engine.subject import Missing, Plain
from mtlsaudit.engine.subjects.view import View, missing
from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.platforms.cert_manager.duration import parse_duration
from mtlsaudit.platforms.cert_manager.lifecycle import Version, renewal, unknown_to_release
from mtlsaudit.platforms.cert_manager.objects import CertificateSpec


def schedule(
    entry: CertificateEntry, spec: CertificateSpec | None, version: Version | None
) -> dict[str, Plain | Missing]:
    """What is declared and what it comes to: lifetime, renewal, and whether the key changes then."""
    rotates: Plain | Missing = entry.key_rotates if entry.key_rotates is not None else _rotation_gap(entry)
    return {
        "key": entry.certificate or entry.secret or entry.source,
        "secret": entry.secret,
        "managed_by": entry.managed_by,
        "issued": entry.sha256 != "",
        "not_before": _time(entry, "not_before"),
        "not_after": _time(entry, "not_after"),
        "lifetime_days": _by_issuer(entry) if entry.lifetime_days is None else float(entry.lifetime_days),
        "renew_after_days": _renew_after(entry),
        "renews": entry.renews and entry.managed_by != "",
        "declares_duration": spec is not None and spec.duration is not None,
        "declares_renew_before": spec is not None
        and (spec.renew_before is not None or spec.renew_before_percentage is not None),
        "rotation_comes_to": _comes_to(entry),
        "schedule_problem": _schedule_problem(entry, spec, version),
        "key_rotates": rotates,
        "issuer": entry.issuer,
    }


def _comes_to(entry: CertificateEntry) -> str:
    """Lifetime and renewal in words, as far as they are known."""
    life = "of an unknown lifetime" if entry.lifetime_days is None else f"valid for {entry.lifetime_days:g} days"
    bound = entry.rotation.at_most_days if entry.rotation is not None else None
    if not entry.renews:
        return f"{life}, never renewed"
    if entry.renew_after_days is not None:
        return f"{life}, renewed after {entry.renew_after_days:g}"
    if bound is not None:
        return f"{life}, renewed in a window, {bound:g} days after the issue at the latest"
    return f"{life}, renewed at a time that is not known before the issue"


def _renew_after(entry: CertificateEntry) -> float | Missing:
    if entry.renew_after_days is not None:
        return float(entry.renew_after_days)
    if entry.managed_by and entry.rotation is not None and entry.rotation.at_most_days is not None:
        reason = f"renewal windows decide, at the latest {entry.rotation.at_most_days:g} days after the issue"
        return missing("decided-at-issue", entry.id, f"when {entry.id} is renewed depends on its issue: {reason}")
    if entry.pending:
        return missing("not-issued", entry.id, f"{entry.id} has not been issued")
    if entry.managed_by and entry.renews:
        return _by_issuer(entry)
    return missing("not-managed", entry.id, f"nothing in the input renews {entry.id}")


def _by_issuer(entry: CertificateEntry) -> Missing:
    return missing("decided-elsewhere", entry.id, f"the lifetime of {entry.id} is decided by its issuer")


def _unbounded(entry: CertificateEntry) -> Missing:
    return missing("not-known", entry.id, f"how late {entry.id} may be renewed is not known")


def not_issued(entry: CertificateEntry) -> Missing:
    """Why nothing of its contents is known."""
    return missing("not-issued", entry.id, f"the issued certificate of {entry.id} is not in the input")


def times(entry: CertificateEntry, spec: CertificateSpec | None, view: View) -> dict[str, Plain | Missing]:
    """What depends on the time of the scan, and on windows."""
    at_most = entry.rotation.at_most_days if entry.rotation else None
    return {
        "age_days": not_issued(entry) if entry.not_before is None else _days_between(entry.not_before, view.now),
        "remaining_days": not_issued(entry) if entry.not_after is None else _days_between(view.now, entry.not_after),
        "renewal_due": entry.renewal_time.astimezone(UTC).isoformat() if entry.renewal_time else "",
        "renew_at_most_days": _unbounded(entry) if at_most is None else float(at_most),
        "window_problem": _window_problem(entry, spec, view.cert_manager),
    }


def _days_between(begin: datetime, end: datetime) -> float:
    return (end - begin).total_seconds() / 86400


def _window_problem(entry: CertificateEntry, spec: CertificateSpec | None, version: Version | None) -> str:
    """Why its renewal windows do not let it be renewed in time; empty when they do."""
    if spec is None or spec.renewal is None or not spec.renewal.windows or spec.never_renews:
        return ""
    if entry.sha256 and entry.not_before and entry.not_after:
        found = renewal(entry.not_before, entry.not_after, spec, version)
        return found.problem or ("cert-manager says WindowError" if spec.status.reason == "WindowError" else "")
    bound = entry.rotation.at_most_days if entry.rotation else None
    if bound is not None and entry.lifetime_days is not None and bound >= entry.lifetime_days:
        return "its renewal windows are further apart than what is left of its life when it is due"
    return ""


def _rotation_gap(entry: CertificateEntry) -> Missing:
    if entry.managed_by:
        reason = f"rotationPolicy of {entry.id} is unset: Always since cert-manager 1.18, Never before (--cert-manager-version)"
        return missing("version-unknown", entry.id, reason)
    return missing("not-managed", entry.id, f"nothing in the input renews {entry.id}")


def _time(entry: CertificateEntry, name: str) -> str | Missing:
    value = getattr(entry, name)
    if value is None:
        return not_issued(entry)
    return str(value.astimezone(UTC).isoformat())


def _schedule_problem(entry: CertificateEntry, spec: CertificateSpec | None, version: Version | None) -> str:
    """What cert-manager's webhook would refuse, or the controller silently not do."""
    if spec is None:
        return ""
    schedule = [p for p in spec.problems if p.path[1:2] and p.path[1] in ("duration", "renewBefore", "renewal")]
    if schedule:
        return schedule[0].reason
    if said := unknown_to_release(spec, version):
        return said
    duration = parse_duration(spec.duration) if spec.duration else None
    before = parse_duration(spec.renew_before) if spec.renew_before else None
    hours = (duration.total_seconds() if duration else 2160 * 3600) / 3600
    percentage = spec.renew_before_percentage
    if duration is not None and hours < 1:
        return "duration is below the minimum of 1h"
    if before is not None and before.total_seconds() < 300:
        return "renewBefore is below the minimum of 5m"
    if before is not None and before.total_seconds() >= hours * 3600:
        return "renewBefore is not shorter than duration, so it is ignored"
    if percentage is not None and not 0 < percentage < 100:
        return "renewBeforePercentage is not within 1 and 99, so it is ignored"
    if percentage is not None and spec.renew_before is not None:
        return "renewBefore and renewBeforePercentage exclude each other"
    errors = entry.webhook.errors if entry.webhook else ()
    return next((e for e in errors if e.startswith("spec.renewal")), "")
