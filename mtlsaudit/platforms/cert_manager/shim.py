"""The Certificates that ingress-shim makes: one for each tls entry of an Ingress that names an issuer.

pkg/controller/certificate-shim/sync.go (v1.21): an entry without hosts or secretName is skipped; a bad annotation, or a
secretName used twice, drops the Ingress.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mtlsaudit.model.resource import Problem
from mtlsaudit.platforms.cert_manager.duration import parse_duration
from mtlsaudit.platforms.cert_manager.objects import GROUP, CertificateSpec, IssuerRef, Status
from mtlsaudit.platforms.core.ingresses import Ingress

_PREFIX = "cert-manager.io/"


def asks_for_certificate(ingress: Ingress) -> bool:
    """Does the Ingress name an issuer for ingress-shim?"""
    annotations = ingress.resource.annotations
    return f"{_PREFIX}issuer" in annotations or f"{_PREFIX}cluster-issuer" in annotations


def bad_annotation(ingress: Ingress) -> Problem | None:
    """The annotation for which ingress-shim makes no Certificate at all, without an event."""
    for name in ("duration", "renew-before"):
        value = ingress.resource.annotations.get(_PREFIX + name)
        if value is not None and parse_duration(value) is None:
            path = ("metadata", "annotations", _PREFIX + name)
            return Problem(path, f"{value!r} is no Go duration, so ingress-shim makes no Certificate")
    return None


def shim_certificates(ingresses: Iterable[Ingress], existing: set[str]) -> Iterator[CertificateSpec]:
    """Certificates that are in no manifest. `existing` are the keys of those that are."""
    for ingress in ingresses:
        if asks_for_certificate(ingress) and bad_annotation(ingress) is None and not ingress.problems:
            names = [entry.secret for entry in ingress.tls if entry.secret]
            for entry in ingress.tls:
                key = f"{ingress.namespace}/{entry.secret}"
                if entry.secret and entry.hosts and names.count(entry.secret) == 1 and key not in existing:
                    existing.add(key)
                    yield _make(ingress, entry.secret, entry.hosts, entry.field)


def _make(ingress: Ingress, secret: str, hosts: tuple[str, ...], field: tuple[str | int, ...]) -> CertificateSpec:
    annotations = {k[len(_PREFIX) :]: v for k, v in ingress.resource.annotations.items() if k.startswith(_PREFIX)}
    cluster = "cluster-issuer" in annotations
    kind = "ClusterIssuer" if cluster else annotations.get("issuer-kind", "Issuer")
    name = annotations["cluster-issuer"] if cluster else annotations["issuer"]
    percentage = annotations.get("renew-before-percentage", "")
    size = annotations.get("private-key-size", "")
    return CertificateSpec(
        resource=ingress.resource,
        namespace=ingress.namespace,
        name=secret,
        secret=secret,
        issuer=IssuerRef(name, kind, annotations.get("issuer-group", GROUP)),
        duration=annotations.get("duration"),
        renew_before=annotations.get("renew-before"),
        renew_before_percentage=int(percentage) if percentage.isdigit() else None,
        renewal_policy="",
        has_windows=False,
        rotation_policy=annotations.get("private-key-rotation-policy"),
        algorithm=annotations.get("private-key-algorithm") or "RSA",
        size=int(size) if size.isdigit() else None,
        usages=tuple(u.strip() for u in annotations.get("usages", "").split(",") if u.strip()),
        is_ca=False,
        common_name=annotations.get("common-name", ""),
        has_literal_subject=False,
        dns=hosts,
        uri=tuple(u.strip() for u in annotations.get("uri-sans", "").split(",") if u.strip()),
        ip=tuple(u.strip() for u in annotations.get("ip-sans", "").split(",") if u.strip()),
        email=tuple(u.strip() for u in annotations.get("email-sans", "").split(",") if u.strip()),
        status=Status(),
        problems=(),
        made_by=ingress.key,
        field=field,
    )
