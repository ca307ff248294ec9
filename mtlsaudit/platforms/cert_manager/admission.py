"""Would cert-manager's admission webhook let a Certificate in? (v1.21.2, validation of the spec.)

The messages are those that a user would see. What the webhook does not look at is as much of a finding: a percentage
without duration and renewBefore is not checked at all.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from datetime import timedelta

from mtlsaudit.decode.reader import Opened, Reader
from mtlsaudit.model.certificate_entry import Admission
from mtlsaudit.platforms.cert_manager.admission_extras import SUBDOMAIN, extras, literal_subject, other_names
from mtlsaudit.platforms.cert_manager.duration import format_duration, nanoseconds, parse_duration
from mtlsaudit.platforms.cert_manager.lifecycle import DEFAULT_DURATION
from mtlsaudit.platforms.cert_manager.objects import GROUP, CertificateSpec
from mtlsaudit.platforms.cert_manager.usages import KEY_USAGES
from mtlsaudit.platforms.cert_manager.windows import BadSchedule, Window, parse_schedule

_LEAST_DURATION = timedelta(hours=1)
_LEAST_RENEW_BEFORE = timedelta(minutes=5)
_ATOM = r"""[^\x00-\x20"(),.:;<>@\[\\\]\x7f]+"""
_ATOMS = rf"{_ATOM}(\.{_ATOM})*"
_EMAIL = re.compile(rf"{_ATOMS}@(?:{_ATOMS}|\[(?P<address>[^\]]*)\])")
"""RFC 5322's dot-atoms, beyond ASCII too (RFC 6532). Go also knows quoted names, and then refuses them as not the address alone."""

_ECDSA_SIZES = (256, 384, 521)
_SIGNATURES = {
    "RSA": ("SHA256WithRSA", "SHA384WithRSA", "SHA512WithRSA"),
    "ECDSA": ("ECDSAWithSHA256", "ECDSAWithSHA384", "ECDSAWithSHA512"),
    "Ed25519": ("PureEd25519",),
}


def review(spec: CertificateSpec) -> Admission:
    """The webhook's verdict, its feature gates as they are by default."""
    errors = tuple(_errors(spec))
    return Admission(not errors, errors)


def _errors(spec: CertificateSpec) -> Iterator[str]:
    written = Opened(spec.resource).root.child("spec") if spec.has_rare_fields else None
    for problem in spec.problems:
        path = ".".join(str(p) for p in problem.path)
        yield f"{path}: {problem.reason}"
    if not spec.secret:
        yield "spec.secretName: Required value: must be specified"
    elif not SUBDOMAIN.fullmatch(spec.secret) or len(spec.secret) > 253:
        yield f'spec.secretName: Invalid value: "{spec.secret}": it is no DNS subdomain name'
    if not spec.issuer.name:
        yield "spec.issuerRef.name: Required value: must be specified"
    if spec.issuer.group == GROUP and spec.issuer.kind not in ("Issuer", "ClusterIssuer"):
        hint = "" if _names_group(spec) else " (did you forget to set spec.issuerRef.kind.group?)"
        yield f'spec.issuerRef.kind: Invalid value: "{spec.issuer.kind}": must be one of Issuer or ClusterIssuer{hint}'
    yield from _names(spec, written)
    yield from _key(spec)
    fitting = _SIGNATURES.get(spec.algorithm, ())
    if spec.signature_algorithm and fitting and spec.signature_algorithm not in fitting:
        yield (
            f'spec.signatureAlgorithm: Invalid value: "{spec.signature_algorithm}": for key algorithm {spec.algorithm} '
            f"the allowed signature algorithms are [{' '.join(fitting)}]"
        )
    if spec.duration is not None or spec.renew_before is not None:
        yield from _times(spec)
    for index, usage in enumerate(spec.usages):
        if usage not in KEY_USAGES:
            yield f'spec.usages[{index}]: Invalid value: "{usage}": unknown keyusage'
    limit = spec.revision_history_limit
    if limit is not None and limit < 1:
        yield f"spec.revisionHistoryLimit: Invalid value: {limit}: must not be less than 1"
    if written:
        yield from extras(written)
    yield from _renewal(spec)


def _names_group(spec: CertificateSpec) -> bool:
    return Opened(spec.resource).root.child("spec", "issuerRef").text("group") is not None


def _names(spec: CertificateSpec, written: Reader | None) -> Iterator[str]:
    literal, errors = literal_subject(written) if written else ("", [])
    yield from errors
    common_name = literal or spec.common_name
    if not (common_name or spec.dns or spec.uri or spec.ip or spec.email or spec.has_other_names):
        yield (
            'spec: Invalid value: "": at least one of commonName (from the commonName field or from a literalSubject), '
            "dnsNames, emailSANs, ipAddresses, otherNames, or uriSANs must be set"
        )
    if len(common_name.encode()) > 64:
        yield "spec.commonName: Too long: may not be more than 64 bytes"
    for index, text in enumerate(spec.ip):
        if not _is_address(text):
            yield f'spec.ipAddresses[{index}]: Invalid value: "{text}": invalid IP address'
    for index, text in enumerate(spec.email):
        matched = _EMAIL.fullmatch(text)
        if matched is None or (matched["address"] is not None and not _is_address(matched["address"])):
            yield f'spec.emailAddresses[{index}]: Invalid value: "{text}": invalid email address'
    if written:
        yield from other_names(written)


def _is_address(text: str) -> bool:
    """As Go's net.ParseIP: without a zone."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _key(spec: CertificateSpec) -> Iterator[str]:
    size = spec.size or 0
    match spec.algorithm:
        case "RSA":
            if size > 0 and not 2048 <= size <= 8192:
                yield f"spec.privateKey.size: Invalid value: {size}: must be between 2048 and 8192 for rsa keyAlgorithm"
        case "ECDSA":
            if size > 0 and size not in _ECDSA_SIZES:
                yield f'spec.privateKey.size: Unsupported value: {size}: supported values: "256", "384", "521"'
        case "Ed25519":
            pass
        case other:
            yield (
                f'spec.privateKey.algorithm: Invalid value: "{other}": must be either empty or one of rsa, ecdsa or '
                "ed25519"
            )


def _times(spec: CertificateSpec) -> Iterator[str]:
    duration = parse_duration(spec.duration) if spec.duration is not None else DEFAULT_DURATION
    before = parse_duration(spec.renew_before) if spec.renew_before is not None else None
    percentage = spec.renew_before_percentage
    if duration is None or (spec.renew_before is not None and before is None):
        return  # refused already, as no duration
    if duration < _LEAST_DURATION:
        least = format_duration(_LEAST_DURATION)
        yield f"spec.duration: Invalid value: {nanoseconds(duration)}: certificate duration must be greater than {least}"
    if before is not None and percentage is not None:
        both = "renewBefore and renewBeforePercentage are mutually exclusive and cannot both be set"
        yield f"spec.renewBefore: Invalid value: {nanoseconds(before)}: {both}"
        yield f"spec.renewBeforePercentage: Invalid value: {percentage}: {both}"
    if before is not None and before < _LEAST_RENEW_BEFORE:
        least = format_duration(_LEAST_RENEW_BEFORE)
        yield f"spec.renewBefore: Invalid value: {nanoseconds(before)}: certificate renewBefore must be greater than {least}"
    if before is not None and before >= duration:
        yield (
            f"spec.renewBefore: Invalid value: {nanoseconds(before)}: certificate duration {format_duration(duration)} "
            f"must be greater than renewBefore {format_duration(before)}"
        )
    if percentage is not None:
        result = nanoseconds(duration) * (100 - percentage) // 100  # counted from the wrong end, as the webhook does
        words = (
            f"spec.renewBeforePercentage: Invalid value: {percentage}: certificate renewBeforePercentage must result in"
        )
        if result < nanoseconds(_LEAST_RENEW_BEFORE):
            yield f"{words} a renewBefore greater than {format_duration(_LEAST_RENEW_BEFORE)}"
        if result >= nanoseconds(duration):
            yield f"{words} a renewBefore less than duration"


def _renewal(spec: CertificateSpec) -> Iterator[str]:
    if spec.renewal is None:
        return
    policy, windows = spec.renewal.policy, spec.renewal.windows
    if policy == "Disabled":
        if windows:
            yield "spec.renewal.windows: Forbidden: windows cannot be set when `renewal.policy` is set to Disabled"
        return
    if policy != "RenewBefore":
        yield (f'spec.renewal.policy: Unsupported value: "{policy}": supported values: "Disabled", "RenewBefore"')
    for index, window in enumerate(windows):
        yield from _window(window, f"spec.renewal.windows[{index}]")


def _window(window: Window, path: str) -> Iterator[str]:
    if window.duration is None:
        yield f"{path}.windowDuration: Required value: windowDuration must be specified and should be greater than 0"
    try:
        parse_schedule(window.cron, window.timezone)
    except BadSchedule as error:
        yield f"{path}: Invalid value: {error}"
