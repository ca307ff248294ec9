"""The fields of an Ingress behind what is said of it."""

from __future__ import annotations

from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.core.ingresses import Ingress
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


def ingress_evidence(ingress: Ingress, controller: Controller) -> dict[str, tuple[Evidence, ...]]:
    """By the name of the fact; the empty name is what to cite for any other."""
    resource = ingress.resource
    found: dict[str, tuple[Evidence, ...]] = {}
    for fact, names in _ANNOTATION_OF.items():
        full = [f"{controller.prefix}/{n}" for n in names]
        found[fact] = tuple(resource.annotation(n) for n in full if n in resource.annotations)
    prefix = controller.prefix + "/"
    ours = tuple(resource.annotation(n) for n in resource.annotations if n.startswith(prefix))
    found["ignored"] = found["dropped"] = ours
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
