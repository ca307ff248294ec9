"""When a Certificate is renewed and with which key, by cert-manager's own rules and the defaults of its release.

Renewal: pki.RenewalTime (v1.21.2). Defaults: duration 2160h; rotationPolicy Always since 1.18.0, Never before;
revisionHistoryLimit 1 since 1.18.0, no limit before. `renewBeforePercentage` came with 1.16.0, was taken from the wrong
end up to 1.16.2, and overflowed for long lifetimes until 1.21.0; `renewal` came with 1.21.0. Fields that a release does
not know are pruned by the API server, so they do nothing there. Without a release the rules of the newest hold, but for
the rotation policy, where it is not known then.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.cert_manager.duration import nanoseconds, parse_duration
from mtlsaudit.platforms.cert_manager.objects import CertificateSpec, Issuer
from mtlsaudit.platforms.cert_manager.windows import BadSchedule, into_window, longest_wait

DEFAULT_DURATION = timedelta(hours=2160)
_DEFAULTS_OF_1_18 = (1, 18, 0)
_HAS_PERCENTAGE = (1, 16, 0)
_PERCENTAGE_RIGHT = (1, 16, 3)
_RENEWAL_POLICIES = (1, 21, 0)
_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")

Version = tuple[int, int, int]


def parse_version(text: str) -> Version | None:
    """`1.13.1`, `v1.18` → a tuple; None for anything else."""
    match = _VERSION.fullmatch(text.strip())
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


@dataclass(frozen=True, slots=True)
class Interval:
    """A lifetime and when it is renewed, both from the issue on.

    `renew_after` is None where it never is (`never`), or where a window decides; `at_most` bounds it then, where it can
    be bounded.
    """

    lifetime: timedelta
    renew_after: timedelta | None
    never: bool = False
    at_most: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Renewal:
    """When a certificate will be renewed: None for never. `problem` says why no window fits; the plain rule holds then."""

    time: datetime | None
    problem: str = ""


def renew_after(
    lifetime: timedelta, renew_before: timedelta | None, percentage: int | None, version: Version | None = None
) -> timedelta:
    """From notBefore to the renewal: renewBefore if it is within the lifetime, else a percentage of 1..99, else two thirds."""
    if renew_before is not None and timedelta(0) < renew_before < lifetime:
        return lifetime - renew_before
    life = nanoseconds(lifetime)
    before = life // 3
    known = version is None or version >= _HAS_PERCENTAGE
    if known and percentage is not None and 0 < percentage < 100:
        before = _share(life, percentage, version)
    return timedelta(microseconds=-((before - life) // 1000))


def _share(life: int, percentage: int, version: Version | None) -> int:
    if version is not None and version < _PERCENTAGE_RIGHT:
        percentage = 100 - percentage
    product = life * percentage
    if version is not None and version < _RENEWAL_POLICIES:
        product = (product + 2**63) % 2**64 - 2**63  # Go's int64
    return product // 100 if product >= 0 else -(-product // 100)


def renewal(not_before: datetime, not_after: datetime, spec: CertificateSpec, version: Version | None) -> Renewal:
    """When cert-manager renews a certificate of these dates, issued for this spec; to the second."""
    policy = spec.renewal if version is None or version >= _RENEWAL_POLICIES else None
    if policy is not None and policy.policy == "Disabled":
        return Renewal(None)
    after = renew_after(not_after - not_before, _renew_before(spec), spec.renew_before_percentage, version)
    wanted = (not_before + after).replace(microsecond=0)
    if policy is None or not policy.windows:
        return Renewal(wanted)
    try:
        found = into_window(wanted, policy.windows, not_before, not_after)
    except BadSchedule as error:
        return Renewal(wanted, str(error))
    if found is None:
        return Renewal(wanted, "no renewal window opens between the time to renew and the end of the certificate")
    return Renewal(found)


def _renew_before(spec: CertificateSpec) -> timedelta | None:
    return parse_duration(spec.renew_before) if spec.renew_before is not None else None


def declared_interval(spec: CertificateSpec, issuer: Issuer | None, version: Version | None) -> Interval | None:
    """What the spec decides; None where the issuer does (ACME ignores duration) or a value cannot be parsed."""
    if issuer is not None and issuer.ignores_duration:
        return None
    lifetime = parse_duration(spec.duration) if spec.duration is not None else DEFAULT_DURATION
    before = _renew_before(spec)
    if lifetime is None or lifetime <= timedelta(0) or (spec.renew_before is not None and before is None):
        return None
    policy = spec.renewal if version is None or version >= _RENEWAL_POLICIES else None
    if policy is not None and policy.policy == "Disabled":
        return Interval(lifetime, None, never=True)
    after = renew_after(lifetime, before, spec.renew_before_percentage, version)
    after -= timedelta(microseconds=after.microseconds)  # renewalTime is cut to the second
    if policy is None or not policy.windows:
        return Interval(lifetime, after)
    return Interval(lifetime, None, at_most=_bound(spec, after, lifetime))


def _bound(spec: CertificateSpec, after: timedelta, lifetime: timedelta) -> timedelta | None:
    """The latest that windows can move a renewal to: the longest wait later, but not beyond the end."""
    windows = spec.renewal.windows if spec.renewal else ()
    try:
        wait = longest_wait(windows, datetime.fromisoformat("2025-01-01T00:00:00+00:00"))
    except BadSchedule:
        return None
    return None if wait is None else min(after + wait, lifetime)


def key_rotates(spec: CertificateSpec, version: Version | None) -> bool | None:
    """Does a renewal make a new key? None where the policy is unset and the release is not known."""
    if spec.rotation_policy is not None:
        return spec.rotation_policy == "Always"
    return None if version is None else version >= _DEFAULTS_OF_1_18


def unknown_to_release(spec: CertificateSpec, version: Version | None) -> str:
    """Which field of the schedule the release does not know, or reads wrongly; empty without one, or without a release."""
    if version is None:
        return ""
    release = ".".join(map(str, version))
    if spec.renewal is not None and version < _RENEWAL_POLICIES:
        return f"spec.renewal does nothing in cert-manager {release}: it came with 1.21"
    if spec.renew_before_percentage is None:
        return ""
    if version < _HAS_PERCENTAGE:
        return f"renewBeforePercentage does nothing in cert-manager {release}: it came with 1.16"
    if version < _PERCENTAGE_RIGHT:
        return f"cert-manager {release} counts renewBeforePercentage from the wrong end; 1.16.3 does not"
    return ""


def requests_kept(spec: CertificateSpec, version: Version | None) -> int | None:
    """How many CertificateRequests stay as evidence of past issues; None for no limit, or where it is not known."""
    if spec.revision_history_limit is not None:
        return spec.revision_history_limit
    return 1 if version is not None and version >= _DEFAULTS_OF_1_18 else None


def secret_has_ca(issuer: Issuer | None) -> bool | None:
    """Will the Secret hold ca.crt? CA and SelfSigned issuers write it, ACME does not, of others it is not known."""
    if issuer is None:
        return None
    return {"ca": True, "selfSigned": True, "acme": False}.get(issuer.type)


def effective_usages(spec: CertificateSpec) -> tuple[str, ...]:
    """`usages` replaces the default (digital signature, key encipherment) and does not add to it."""
    return spec.usages or ("digital signature", "key encipherment")
