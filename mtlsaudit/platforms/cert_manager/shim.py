"""The Certificates that ingress-shim makes: one for each tls entry of an Ingress that names an issuer.

pkg/controller/certificate-shim/sync.go (v1.21): an entry without hosts or secretName is skipped; a bad annotation, or a
secretName used twice, drops the Ingress.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mtlsaudit.model.resource import Problem
from mtlsaudit.platforms.cert_manager.duration import format_duration, parse_duration
from mtlsaudit.platforms.cert_manager.objects import GROUP, CertificateSpec, IssuerRef
from mtlsaudit.platforms.cert_manager.status import Status
from mtlsaudit.platforms.cert_manager.usages import KEY_USAGES
from mtlsaudit.platforms.core.ingresses import Ingress

_PREFIX = "cert-manager.io/"
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")


def asks_for_certificate(ingress: Ingress) -> bool:
    """Does the Ingress name an issuer for ingress-shim?"""
    annotations = ingress.resource.annotations
    return f"{_PREFIX}issuer" in annotations or f"{_PREFIX}cluster-issuer" in annotations


def bad_annotation(ingress: Ingress) -> Problem | None:
    """The annotation for which ingress-shim makes no Certificate at all, without an event."""
    for name, is_wrong in _CHECKED.items():
        value = ingress.resource.annotations.get(_PREFIX + name)
        wrong = is_wrong(value) if value is not None else ""
        if wrong:
            path = ("metadata", "annotations", _PREFIX + name)
            return Problem(
                path, f"{_PREFIX}{name} {wrong}, so ingress-shim makes no Certificate and says so only in its log"
            )
    return None


def _no_duration(value: str) -> str:
    return "" if parse_duration(value) is not None else f"{value!r} is no Go duration"


def _no_number(value: str) -> str:
    return "" if _INTEGER.fullmatch(value) else f"{value!r} is no whole number"


def _no_usages(value: str) -> str:
    wrong = [u for u in (part.strip() for part in value.split(",")) if u not in KEY_USAGES]
    return f"names an unknown usage {wrong[0]!r}" if wrong else ""


def _no_policy(value: str) -> str:
    return "" if value in ("Always", "Never") else f"{value!r} is neither Always nor Never"


_CHECKED: dict[str, Callable[[str], str]] = {
    "duration": _no_duration,
    "renew-before": _no_duration,
    "renew-before-percentage": _no_number,
    "usages": _no_usages,
    "revision-history-limit": _no_number,
    "private-key-size": _no_number,
    "private-key-rotation-policy": _no_policy,
}


@dataclass(frozen=True, slots=True)
class NotMade:
    """A tls entry of an Ingress that asks for a certificate and gets none; `secret` is a key, the field is what is wrong."""

    ingress: Ingress
    secret: str
    problem: Problem


def shim_certificates(
    ingresses: Iterable[Ingress], existing: set[str], failures: list[NotMade]
) -> Iterator[CertificateSpec]:
    """Certificates that are in no manifest. `existing` are the keys of those that are; what cannot be made is put into `failures`."""
    for ingress in ingresses:
        if not asks_for_certificate(ingress) or ingress.problems:
            continue
        bad = bad_annotation(ingress)
        names = [entry.secret for entry in ingress.tls if entry.secret]
        for entry in ingress.tls:
            key = f"{ingress.namespace}/{entry.secret}"
            if not entry.secret or not entry.hosts or key in existing:
                continue
            if bad is not None:
                failures.append(NotMade(ingress, key, bad))
            elif names.count(entry.secret) > 1:
                reason = f"the Secret {entry.secret} stands in two tls entries, so ingress-shim makes no Certificate"
                failures.append(NotMade(ingress, key, Problem((*entry.field, "secretName"), reason)))
            else:
                existing.add(key)
                yield _make(ingress, entry.secret, entry.hosts, entry.field)


def _make(ingress: Ingress, secret: str, hosts: tuple[str, ...], field: tuple[str | int, ...]) -> CertificateSpec:
    annotations = {k[len(_PREFIX) :]: v for k, v in ingress.resource.annotations.items() if k.startswith(_PREFIX)}
    cluster = "cluster-issuer" in annotations
    kind = "ClusterIssuer" if cluster else annotations.get("issuer-kind", "Issuer")
    name = annotations["cluster-issuer"] if cluster else annotations["issuer"]
    addresses = tuple(h for h in hosts if _is_address(h))
    return CertificateSpec(
        resource=ingress.resource,
        namespace=ingress.namespace,
        name=secret,
        secret=secret,
        issuer=IssuerRef(name, kind, annotations.get("issuer-group", GROUP)),
        duration=_normalised(annotations.get("duration")),
        renew_before=_normalised(annotations.get("renew-before")),
        renew_before_percentage=_whole(annotations.get("renew-before-percentage")),
        renewal=None,
        rotation_policy=annotations.get("private-key-rotation-policy"),
        algorithm=annotations.get("private-key-algorithm") or "RSA",
        size=_whole(annotations.get("private-key-size")),
        usages=_listed(annotations.get("usages")),
        is_ca=False,
        common_name=annotations.get("common-name", ""),
        has_literal_subject=False,
        has_other_names=False,
        dns=tuple(dict.fromkeys((*(h for h in hosts if h not in addresses), *_listed(annotations.get("alt-names"))))),
        uri=_listed(annotations.get("uri-sans")),
        ip=tuple(dict.fromkeys((*addresses, *_listed(annotations.get("ip-sans"))))),
        email=_listed(annotations.get("email-sans")),
        revision_history_limit=_whole(annotations.get("revision-history-limit")),
        status=Status(),
        problems=(),
        made_by=ingress.key,
        field=field,
    )


def _normalised(text: str | None) -> str | None:
    """As the API will show it: `720h` becomes `720h0m0s`."""
    span = parse_duration(text) if text is not None else None
    return None if span is None else format_duration(span)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and _INTEGER.fullmatch(text) else None


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
