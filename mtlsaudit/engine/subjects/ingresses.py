"""Ingresses of ingress-nginx as rules see them: what is written, and what of it has an effect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects.view import View, missing
from mtlsaudit.model.hop import ClientAuth, Hop, HopKind
from mtlsaudit.model.secret import Part, Presence
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.core.estate import Estate
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.ingress_nginx.names import covers, tls_secret
from mtlsaudit.platforms.ingress_nginx.regexp import matches_nothing
from mtlsaudit.platforms.ingress_nginx.review import Review, review
from mtlsaudit.platforms.ingress_nginx.settings import Controller

SCHEMA: dict[str, type] = {
    "key": str,
    "has_class": bool,
    "class_reason": str,
    "has_tls": bool,
    "wants_mtls": bool,
    "secret": str,
    "secret_state": str,
    "secret_reason": str,
    "secret_is_ca_key_pair": bool,
    "verify": str,
    "depth": int,
    "match_cn": str,
    "match_cn_unanchored": bool,
    "match_cn_matches_empty": bool,
    "error_page": str,
    "pass_certificate": bool,
    "identity_checked": bool,
    "ignored": list,
    "dropped": str,
    "denied": str,
    "snippets": list,
    "passthrough_ignored": bool,
    "proxy_ssl_inert": str,
    "proxy_ssl_name_missing": bool,
    "auth_tls_not_read": bool,
    "default_backend_open": bool,
    "overruled_hosts": list,
    "inherits_credential": list,
    "shadowing_hosts": list,
    "default_certificate_hosts": list,
    "access_log_off": bool,
    "cve_characters": bool,
}
_BAD_CHARACTERS = frozenset("\"';#{}\n\r")


def subjects(view: View) -> Iterator[Subject]:
    """One subject for each Ingress that ingress-nginx takes, or would take by its annotations."""
    graph = view.graph
    hops: dict[str, list[Hop]] = defaultdict(list)
    for hop in graph.hops:
        hops[hop.entry].append(hop)
    ca_secrets = {f"{i.resource.id.namespace}/{i.secret}" for i in graph.inventory.issuers.values() if i.secret}
    protected = _protected_wildcards(graph.hops)
    for ingress in graph.inventory.ingresses:
        own, annotations = graph.ownership[ingress.key], graph.annotations.get(ingress.key)
        if annotations is None:
            continue
        found = review(ingress, own.controller, annotations, graph.estate)
        facts = {
            **_written(ingress, found, own.controller),
            **_effects(ingress, found, hops[ingress.key], own.controller),
            "has_class": ingress.class_name is not None
            or "kubernetes.io/ingress.class" in ingress.resource.annotations,
            "class_reason": own.reason,
            "secret_is_ca_key_pair": _is_ca_key_pair(found.secret, ca_secrets, graph.estate),
            "default_certificate_hosts": _default_certificate_hosts(ingress, graph.estate),
            "shadowing_hosts": _shadowing(hops[ingress.key], protected),
        }
        yield Subject("ingress", f"Ingress {ingress.key}", facts, partial(_evidence, ingress, own.controller))


def _written(ingress: Ingress, found: Review, controller: Controller) -> dict[str, Plain | Missing]:
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


def _effects(ingress: Ingress, found: Review, hops: list[Hop], controller: Controller) -> dict[str, Plain | Missing]:
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


def _is_ca_key_pair(secret: str, ca_secrets: set[str], estate: Estate) -> bool | Missing:
    if not secret:
        return False
    if secret in ca_secrets:
        return True
    view = estate.secret(secret)
    if view.presence is Presence.UNKNOWN:
        return Missing((view.gap,)) if view.gap is not None else False
    return view.pair is Part.GOOD and view.leaf is not None and view.leaf.is_ca


def _default_certificate_hosts(ingress: Ingress, estate: Estate) -> tuple[str, ...] | Missing:
    """Hosts with a tls section that the controller serves with its own certificate, because theirs is missing or does not fit."""
    hosts = []
    for rule in ingress.rules if ingress.tls else ():
        if not rule.host:
            continue
        key = tls_secret(ingress, rule.host, estate)
        if not key:
            hidden = [estate.secret(f"{ingress.namespace}/{e.secret}") for e in ingress.tls if e.secret and not e.hosts]
            unseen = next((v.gap for v in hidden if v.gap is not None), None)
            if unseen is not None:
                return Missing((unseen,))
            hosts.append(rule.host)
            continue
        view = estate.secret(key)
        if view.presence is Presence.INFERRED:
            continue
        if not view.is_known:
            return Missing((view.gap,)) if view.gap else missing("not-known", key, f"the Secret {key} is not known")
        if view.leaf is None or view.pair is not Part.GOOD or not covers(view.leaf, rule.host):
            hosts.append(rule.host)
    return tuple(hosts)


def _protected_wildcards(hops: object) -> set[str]:
    strong = (ClientAuth.REQUIRED, ClientAuth.OPTIONAL)
    return {h.host for h in hops if h.client and h.client.client_auth in strong and h.host.startswith("*.")}  # type: ignore[attr-defined]


def _shadowing(hops: list[Hop], protected: set[str]) -> tuple[str, ...]:
    """Exact hosts without verification under a wildcard host that has it."""
    out = []
    for hop in hops:
        parent = "*." + hop.host.partition(".")[2]
        if hop.client and parent in protected and hop.host != parent and hop.client.client_auth is ClientAuth.NONE:
            out.append(hop.host)
    return tuple(sorted(set(out)))


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
    "denied": ("proxy-ssl-secret",),
    "snippets": ("server-snippet", "configuration-snippet", "auth-snippet", "stream-snippet", "modsecurity-snippet"),
    "access_log_off": ("enable-access-log",),
}


def _evidence(ingress: Ingress, controller: Controller) -> dict[str, tuple[Evidence, ...]]:
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
