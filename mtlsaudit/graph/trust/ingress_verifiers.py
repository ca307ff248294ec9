"""Where ingress-nginx verifies: clients by `auth-tls-secret`, Services by `proxy-ssl-secret`. It is OpenSSL, depth 1 unless annotated."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from mtlsaudit.graph.build import Graph
from mtlsaudit.graph.trust.bundles import Bundles
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Engine
from mtlsaudit.model.hop import Hop, HopKind
from mtlsaudit.model.origin import object_name
from mtlsaudit.model.trust import Verifier, Verifies
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.ingress_nginx.classes import Claim

CLIENT_CA = "ingress-client-ca"
UPSTREAM_CA = "ingress-upstream-ca"
_NGINX = (Engine.OPENSSL,)
_DEPTH = re.compile(r"[-+]?\d+")


def ingress_verifiers(graph: Graph, bundles: Bundles) -> Iterator[Verifier]:
    """Of Ingresses that a controller takes; one that another overrules for its host verifies nobody."""
    deciders = _deciders(graph)
    service_hops: dict[str, list[Hop]] = defaultdict(list)
    for hop in graph.hops:
        if hop.kind is HopKind.ENTRY_TO_SERVICE:
            service_hops[hop.entry].append(hop)
    for ingress in graph.inventory.ingresses:
        own = graph.ownership[ingress.key]
        if own.claim not in (Claim.TAKEN, Claim.ASSUMED) or ingress.problems:
            continue
        prefix = own.controller.prefix
        yield from _client_side(graph, ingress, prefix, bundles, deciders)
        yield from _service_side(graph, ingress, prefix, bundles, service_hops[ingress.key])


def _deciders(graph: Graph) -> dict[str, set[str]]:
    """Ingress → the Ingresses that decide about its clients, where that is known."""
    out: dict[str, set[str]] = defaultdict(set)
    for hop in graph.hops:
        if hop.client and hop.client.decided_by:
            out[hop.entry].add(hop.client.decided_by)
    return out


def _client_side(
    graph: Graph, ingress: Ingress, prefix: str, bundles: Bundles, deciders: dict[str, set[str]]
) -> Iterator[Verifier]:
    annotations = ingress.resource.annotations
    name = f"{prefix}/auth-tls-secret"
    secret = annotations.get(name, "").strip()
    if secret.count("/") != 1 or secret.startswith("/") or secret.endswith("/"):
        return
    if annotations.get(f"{prefix}/auth-tls-verify-client", "on").strip() in ("off", "optional_no_ca"):
        return
    decided = deciders.get(ingress.key)
    if decided and ingress.key not in decided and not any(ingress.key in d for d in deciders.values()):
        return
    yield Verifier(
        id=f"Ingress {ingress.key} auth-tls-secret",
        kind=CLIENT_CA,
        place=object_name("Ingress", ingress.key),
        field="auth-tls-secret",
        verifies=Verifies.CLIENTS,
        engines=_NGINX,
        bundles=(bundles.of_secret(secret),),
        depth=_depth(annotations.get(f"{prefix}/auth-tls-verify-depth")),
        targets=tuple(sorted({rule.host or "*" for rule in ingress.rules})) or ("*",),
        extra=_same_file(graph, secret),
        evidence=(ingress.resource.annotation(name),),
    )


def _service_side(
    graph: Graph, ingress: Ingress, prefix: str, bundles: Bundles, hops: Sequence[Hop]
) -> Iterator[Verifier]:
    annotations = ingress.resource.annotations
    name = f"{prefix}/proxy-ssl-secret"
    secret = annotations.get(name, "").strip()
    if secret.count("/") != 1 or secret.startswith("/") or secret.endswith("/"):
        return
    if annotations.get(f"{prefix}/proxy-ssl-verify", "").strip() != "on":
        return
    verified = [h for h in hops if h.upstream is not None and h.upstream.server_verified is not False]
    if not verified:
        return
    proxy_name = annotations.get(f"{prefix}/proxy-ssl-name", "").strip()
    yield Verifier(
        id=f"Ingress {ingress.key} proxy-ssl-secret",
        kind=UPSTREAM_CA,
        place=object_name("Ingress", ingress.key),
        field="proxy-ssl-secret",
        verifies=Verifies.SERVERS,
        engines=_NGINX,
        bundles=(bundles.of_secret(secret),),
        depth=_depth(annotations.get(f"{prefix}/proxy-ssl-verify-depth")),
        targets=tuple(sorted({h.service.rpartition(":")[0] for h in verified})),
        names=(proxy_name,) if proxy_name else (),
        extra=_same_file(graph, secret),
        evidence=(ingress.resource.annotation(name), ingress.resource.annotation(f"{prefix}/proxy-ssl-verify")),
    )


def _same_file(graph: Graph, secret: str) -> tuple[Certificate, ...]:
    """Of a Secret with a key pair and ca.crt the controller writes one file, and nginx trusts all that stands in it."""
    holder = graph.inventory.secrets.get(secret)
    return holder.certificates.get("tls.crt", ()) if holder and "tls.key" in holder.data_keys else ()


def _depth(raw: str | None) -> int:
    """ssl_verify_depth as the controller writes it: 1 unless a whole number other than 0 is given."""
    return int(raw) if raw is not None and _DEPTH.fullmatch(raw) and int(raw) else 1
