"""What an Ingress of ingress-nginx asks for, and what of that has an effect."""

from __future__ import annotations

from mtlsaudit.engine.subject import Missing, Plain
from mtlsaudit.engine.subjects.view import missing
from mtlsaudit.model.hop import ClientAuth, Hop, HopKind
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.ingress_nginx.regexp import matches_nothing
from mtlsaudit.platforms.ingress_nginx.review import Review
from mtlsaudit.platforms.ingress_nginx.settings import Controller

_BAD_CHARACTERS = frozenset("\"';#{}\n\r")


def written(ingress: Ingress, found: Review, controller: Controller) -> dict[str, Plain | Missing]:
    """Facts of the Ingress alone."""
    annotations = found.annotations
    auth = annotations.auth_tls
    state: Plain | Missing = found.secret_state
    if found.secret_state == "unknown":
        state = Missing((found.gap,)) if found.gap else missing("not-known", ingress.key, "the Secret is not known")
    prefix = controller.prefix + "/"
    values = {k[len(prefix) :]: v for k, v in ingress.resource.annotations.items() if k.startswith(prefix)}
    return {
        "key": ingress.key,
        "has_tls": bool(ingress.tls),
        "wants_mtls": any(name.startswith("auth-tls-") for name in values),
        "secret": found.secret,
        "secret_state": state,
        "secret_reason": found.secret_reason,
        "verify": auth.verify,
        "depth": auth.depth,
        "match_cn": auth.match_cn,
        "match_cn_unanchored": bool(auth.match_cn) and not auth.match_cn.endswith("$"),
        "match_cn_matches_empty": bool(auth.match_cn) and matches_nothing(auth.match_cn),
        "error_page": auth.error_page,
        "pass_certificate": auth.pass_certificate,
        "identity_checked": bool(auth.match_cn),
        "ignored": tuple(f"{i.annotation}: {i.value!r} ({i.effect})" for i in annotations.ignored),
        "dropped": annotations.dropped,
        "denied": annotations.denied if not auth.denied else "",
        "snippets": tuple(name for name in values if name.endswith("-snippet")),
        "access_log_off": not annotations.access_log,
        "cve_characters": any(set(values.get(n, "")) & _BAD_CHARACTERS for n in ("auth-tls-match-cn", "auth-url")),
    }


def effects(ingress: Ingress, found: Review, hops: list[Hop], controller: Controller) -> dict[str, Plain | Missing]:
    """Facts that compare what it asks for with its own `hops`."""
    annotations = found.annotations
    wants = annotations.auth_tls.is_set
    client = [h for h in hops if h.kind is HopKind.CLIENT_TO_ENTRY and h.client is not None]
    upstream = [h for h in hops if h.kind is HopKind.ENTRY_TO_SERVICE and h.upstream is not None]
    overruled = [
        h.host
        for h in client
        if wants and h.client and h.client.decided_by not in ("", ingress.key) and not annotations.dropped
    ]
    proxy = annotations.proxy_ssl
    inherits = [
        h.service for h in upstream if h.upstream and h.upstream.credential and h.upstream.credential != proxy.secret
    ]
    takes_none = wants and not annotations.auth_tls.denied and bool(client)
    not_read = takes_none and all(
        h.client and h.client.decided_by == "" and h.client.client_auth is ClientAuth.NONE for h in client
    )
    return {
        "passthrough_ignored": annotations.ssl_passthrough and not controller.switch("enable-ssl-passthrough", False),
        "proxy_ssl_inert": _proxy_ssl_inert(ingress, found, controller),
        "proxy_ssl_name_missing": proxy.has_ca and proxy.verify and not proxy.name,
        "auth_tls_not_read": not_read and found.secret_state == "usable",
        "default_backend_open": wants and ingress.default_backend is not None and bool(ingress.rules),
        "overruled_hosts": tuple(sorted(set(overruled))),
        "inherits_credential": tuple(sorted(set(inherits))),
    }


def _proxy_ssl_inert(ingress: Ingress, found: Review, controller: Controller) -> str:
    """Why proxy-ssl-* has no effect, or empty where it has or is not asked for."""
    names = [n for n in ingress.resource.annotations if n.startswith(f"{controller.prefix}/proxy-ssl-")]
    annotations = found.annotations
    if not names or annotations.dropped or annotations.denied:
        return ""
    if annotations.backend_protocol in ("HTTP", "GRPC", "FCGI"):
        return f"backend-protocol is {annotations.backend_protocol}, which is not TLS"
    if annotations.backend_protocol == "GRPCS":
        return "backend-protocol GRPCS takes no proxy-ssl setting: nothing is verified, no certificate is presented"
    if not annotations.proxy_ssl.secret:
        return "there is no proxy-ssl-secret"
    if not annotations.proxy_ssl.has_ca:
        return f"the Secret {annotations.proxy_ssl.secret} has no ca.crt, so nothing of it is written"
    return ""
