"""When a Certificate is renewed and with which key, by cert-manager's own rules and the defaults of its release.

Renewal: pki.RenewalTime (v1.21.2; the rules hold since 1.16). Defaults: duration 2160h; rotationPolicy Always since
1.18.0, Never before; revision history 1 since 1.18.0.
"""

from __future__ import annotations

import re
from datetime import timedelta

from mtlsaudit.platforms.cert_manager.duration import parse_duration
from mtlsaudit.platforms.cert_manager.objects import CertificateSpec, Interval, Issuer

DEFAULT_DURATION = timedelta(hours=2160)
_ROTATES_BY_DEFAULT_SINCE = (1, 18, 0)
_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")

Version = tuple[int, int, int]


def parse_version(text: str) -> Version | None:
    """`1.13.1`, `v1.18` → a tuple; None for anything else."""
    match = _VERSION.fullmatch(text.strip())
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


def renew_after(lifetime: timedelta, renew_before: timedelta | None, percentage: int | None) -> timedelta:
    """From notBefore to the renewal: renewBefore if it is within the lifetime, else a percentage of 1..99, else two thirds."""
    before = lifetime / 3
    if renew_before is not None and timedelta(0) < renew_before < lifetime:
        before = renew_before
    elif percentage is not None and 0 < percentage < 100:
        before = lifetime * percentage / 100
    return lifetime - before


def declared_interval(spec: CertificateSpec, issuer: Issuer | None) -> Interval | None:
    """What the spec decides; None where the issuer does (ACME ignores duration) or a value cannot be parsed."""
    if issuer is not None and issuer.type == "acme":
        return None
    lifetime = parse_duration(spec.duration) if spec.duration is not None else DEFAULT_DURATION
    before = parse_duration(spec.renew_before) if spec.renew_before is not None else None
    if lifetime is None or lifetime <= timedelta(0) or (spec.renew_before is not None and before is None):
        return None
    if spec.renewal_policy == "Disabled":
        return Interval(lifetime, None)
    return Interval(lifetime, renew_after(lifetime, before, spec.renew_before_percentage))


def key_rotates(spec: CertificateSpec, version: Version | None) -> bool | None:
    """Does a renewal make a new key? None where the policy is unset and the release is not known."""
    if spec.rotation_policy is not None:
        return spec.rotation_policy == "Always"
    return None if version is None else version >= _ROTATES_BY_DEFAULT_SINCE


def secret_has_ca(issuer: Issuer | None) -> bool | None:
    """Will the Secret hold ca.crt? CA and SelfSigned issuers write it, ACME does not, of others it is not known."""
    if issuer is None:
        return None
    return {"ca": True, "selfSigned": True, "acme": False}.get(issuer.type)


def effective_usages(spec: CertificateSpec) -> tuple[str, ...]:
    """`usages` replaces the default (digital signature, key encipherment) and does not add to it."""
    return spec.usages or ("digital signature", "key encipherment")
