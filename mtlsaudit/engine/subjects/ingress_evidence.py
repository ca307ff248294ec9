"""The fields of an Ingress behind what is said of it."""

from __future__ import annotations

from collections.abc import Iterable

from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.ingress_nginx.annotations import Annotations
from mtlsaudit.platforms.ingress_nginx.settings import Controller

_ANNOTATION_OF = {
    "secret": ("auth-tls-secret",),
    "secret_state": ("auth-tls-secret", "auth-tls-verify-client"),
    "secret_is_ca_key_pair": ("auth-tls-secret",),
    "wants_mtls": ("auth-tls-secret", "auth-tls-verify-client"),
    "verify": ("auth-tls-verify-client",),
    "depth": ("auth-tls-verify-depth",),
    "match_cn": ("auth-tls-match-cn",),
    "error_page": ("auth-tls-error-page",),
    "pass_certificate": ("auth-tls-pass-certificate-to-upstream",),
    "passthrough_ignored": ("ssl-passthrough",),
    "proxy_ssl_inert": ("proxy-ssl-secret", "proxy-ssl-verify", "backend-protocol"),
    "demanded_name": ("proxy-ssl-name",),
    "denied": ("proxy-ssl-secret",),
    "snippets": ("server-snippet", "configuration-snippet", "auth-snippet", "stream-snippet", "modsecurity-snippet"),
    "access_log_off": ("enable-access-log",),
}


def ingress_evidence(
    ingress: Ingress, controller: Controller, annotations: Annotations
) -> dict[str, tuple[Evidence, ...]]:
    """By the name of the fact; the empty name is what to cite for any other."""
    resource = ingress.resource
    found: dict[str, tuple[Evidence, ...]] = {}
    for fact, names in _ANNOTATION_OF.items():
        found[fact] = _annotations(ingress, controller, names)
    found["dropped"] = _annotations(ingress, controller, (annotations.dropped_by,))
    found["ignored"] = _annotations(ingress, controller, (i.annotation for i in annotations.ignored))
    found["has_tls"] = (resource.evidence("present" if ingress.tls else None, "spec", "tls"),)
    found["has_class"] = (resource.evidence(ingress.class_name, "spec", "ingressClassName"),)
    found["default_certificate_hosts"] = tuple(
        resource.evidence(t.secret or None, *t.field, "secretName") for t in ingress.tls
    )
    found["default_backend_open"] = (resource.evidence("present", "spec", "defaultBackend"),)
    found["overruled_hosts"] = found["shadowing_hosts"] = tuple(
        resource.evidence(r.host, *r.field, "host") for r in ingress.rules if r.host
    )
    found[""] = (resource.evidence(resource.id.name, "metadata", "name"),)
    return found


def _annotations(ingress: Ingress, controller: Controller, names: Iterable[str]) -> tuple[Evidence, ...]:
    """Those that are written, of these short names."""
    full = (f"{controller.prefix}/{name}" for name in dict.fromkeys(names))
    return tuple(ingress.resource.annotation(name) for name in full if name in ingress.resource.annotations)
