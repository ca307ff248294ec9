"""The Certificates that ingress-shim makes: one for each tls entry of an Ingress that names an issuer.

pkg/controller/certificate-shim/sync.go (v1.21): an entry without hosts or secretName is skipped; a bad annotation, or a
secretName used twice, drops the Ingress (`shim_annotations`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from mtlsaudit.model.resource import Problem
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.cert_manager.duration import format_duration, parse_duration
from mtlsaudit.platforms.cert_manager.objects import GROUP, CertificateSpec, IssuerRef
from mtlsaudit.platforms.cert_manager.shim_annotations import PREFIX, named, parts_of, refusal, whole
from mtlsaudit.platforms.cert_manager.status import Status
from mtlsaudit.platforms.cert_manager.subjects import subject_of
from mtlsaudit.platforms.core.ingresses import Ingress


def asks_for_certificate(ingress: Ingress) -> bool:
    """Does the Ingress name an issuer for ingress-shim?"""
    annotations = ingress.resource.annotations
    return f"{PREFIX}issuer" in annotations or f"{PREFIX}cluster-issuer" in annotations


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
        bad = refusal(ingress)
        for entry in ingress.tls:
            key = f"{ingress.namespace}/{entry.secret}"
            if not entry.secret or not entry.hosts or key in existing:
                continue
            if bad is not None:
                failures.append(NotMade(ingress, key, bad))
            else:
                existing.add(key)
                yield _make(ingress, entry.secret, entry.hosts, entry.field)


def _make(ingress: Ingress, secret: str, hosts: tuple[str, ...], field: tuple[str | int, ...]) -> CertificateSpec:
    annotations = {k[len(PREFIX) :]: v for k, v in ingress.resource.annotations.items() if k.startswith(PREFIX)}
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
        renew_before_percentage=whole(annotations.get("renew-before-percentage")),
        renewal=None,
        rotation_policy=annotations.get("private-key-rotation-policy"),
        algorithm=annotations.get("private-key-algorithm") or "RSA",
        size=whole(annotations.get("private-key-size")),
        usages=_usages(annotations.get("usages")),
        is_ca=False,
        common_name=annotations.get("common-name", ""),
        subject=subject_of(named(ingress.resource.annotations)),
        has_literal_subject=False,
        has_other_names=False,
        dns=(*dict.fromkeys(h for h in hosts if h not in addresses), *parts_of(annotations.get("alt-names"))),
        uri=(),  # an annotation for URIs is written to Secrets, and read from no Ingress
        ip=(*dict.fromkeys(addresses), *parts_of(annotations.get("ip-sans"))),
        email=tuple(parts_of(annotations.get("email-sans"))),
        revision_history_limit=whole(annotations.get("revision-history-limit")),
        status=Status(),
        problems=(),
        made_by=ingress.key,
        field=field,
    )


def _normalised(text: str | None) -> str | None:
    """As the API will show it: `720h` becomes `720h0m0s`."""
    span = parse_duration(text) if text is not None else None
    return None if span is None else format_duration(span)


def _usages(text: str | None) -> tuple[str, ...]:
    """Without the annotation the defaults are spelled out."""
    return tuple(part.strip(" ") for part in text.split(",")) if text is not None else ()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
