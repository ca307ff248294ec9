"""Fields of an entry as reports have them: of a certificate that is there, and of a spec for one that is still to come."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache

from mtlsaudit.model.certificate import Certificate, KeyInfo
from mtlsaudit.platforms.cert_manager.objects import CertificateSpec
from mtlsaudit.platforms.cert_manager.usages import split_usages

_DEFAULT_SIZE: dict[str, int | None] = {"RSA": 2048, "ECDSA": 256, "Ed25519": None}
UNDECLARED: Mapping[str, object] = dict.fromkeys(("duration", "renewBefore", "renewBeforePercentage", "rotationPolicy"))
"""What is declared where nobody declared anything."""

NO_STATUS: Mapping[str, object] = {}


def days(span: timedelta | None) -> float | None:
    """In days, to a millionth."""
    return None if span is None else round(span.total_seconds() / 86400, 6)


def declaration(spec: CertificateSpec) -> dict[str, object]:
    """What the spec says of times and keys, as it is written; None for what it leaves out."""
    declared: dict[str, object] = {
        "duration": spec.duration,
        "renewBefore": spec.renew_before,
        "renewBeforePercentage": spec.renew_before_percentage,
        "rotationPolicy": spec.rotation_policy,
    }
    if spec.renewal is not None:
        renewal_of: dict[str, object] = {"policy": spec.renewal.policy} if spec.renewal.policy else {}
        if spec.renewal.windows:
            renewal_of["windows"] = [dict(w.written) for w in spec.renewal.windows]
        declared["renewal"] = renewal_of
    return declared


def usages_of(leaf: Certificate) -> Mapping[str, object]:
    """What the certificate is for, in the report's words; one object for all that are for the same."""
    return _usages(leaf.key_usage or (), leaf.ext_key_usage or (), leaf.is_ca, leaf.path_length)


@lru_cache(maxsize=1 << 12)
def _usages(
    key_usage: tuple[str, ...], extended: tuple[str, ...], is_ca: bool, path_length: int | None
) -> Mapping[str, object]:
    usages: dict[str, object] = {"key_usage": list(key_usage), "ext_key_usage": list(extended), "is_ca": is_ca}
    if path_length is not None:
        usages["path_length"] = path_length
    return usages


def status_of(spec: CertificateSpec) -> dict[str, object]:
    """What cert-manager says of the Certificate; empty where it has said nothing yet."""
    status = spec.status
    if status.ready is None and status.revision is None:
        return {}
    out: dict[str, object] = {
        "ready": status.ready,
        "reason": status.reason,
        "issuing": bool(status.issuing and status.issuing.status),
        "revision": status.revision,
    }
    if status.issuing is not None:
        out["issuing_reason"] = status.issuing.reason
    if status.failed_attempts:
        out["failed_attempts"] = status.failed_attempts
    return out


@lru_cache(maxsize=256)
def asked_usages(usages: tuple[str, ...], is_ca: bool) -> Mapping[str, object]:
    """The usages of a certificate that is not issued; one for all that ask for the same."""
    key_usage, extended = split_usages(usages, is_ca=is_ca)
    return {"key_usage": key_usage, "ext_key_usage": extended, "is_ca": is_ca}


def key_of(spec: CertificateSpec) -> KeyInfo:
    """The key that a spec asks for. Ed25519 has one size, whatever is written."""
    size = None if spec.algorithm == "Ed25519" else spec.size or _DEFAULT_SIZE.get(spec.algorithm)
    return _key_info(spec.algorithm, size)


_key_info = lru_cache(maxsize=64)(KeyInfo)


def address(text: str) -> str:
    """As a certificate shows it: shortest form, IPv4 for an IPv4-mapped address."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    return str(getattr(address, "ipv4_mapped", None) or address)
