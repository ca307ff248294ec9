"""Ingresses of ingress-nginx as rules see them: what is written, and what of it has an effect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial

from mtlsaudit.engine.subject import Missing, Subject
from mtlsaudit.engine.subjects import unseen
from mtlsaudit.engine.subjects.hidden import PROVING_UPSTREAM
from mtlsaudit.engine.subjects.ingress_evidence import ingress_evidence
from mtlsaudit.engine.subjects.ingress_facts import effects, written
from mtlsaudit.engine.subjects.ingress_secrets import default_certificate_hosts, is_ca_key_pair
from mtlsaudit.engine.subjects.upstream_names import Demanded, demanded_names
from mtlsaudit.engine.subjects.view import View
from mtlsaudit.model.hop import ClientAuth, Hop, Mode
from mtlsaudit.model.origin import object_name
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.model.world import World
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.ingress_nginx.annotations import Annotations
from mtlsaudit.platforms.ingress_nginx.review import review
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
    "demanded_name": str,
    "demanded_of": list,
    "name_unproved_by": list,
    "auth_tls_not_read": bool,
    "default_backend_open": bool,
    "overruled_hosts": list,
    "inherits_credential": list,
    "shadowing_hosts": list,
    "default_certificate_hosts": list,
    "access_log_off": bool,
    "cve_characters": bool,
}

_NOTHING_DEMANDED = Demanded()


def subjects(view: View) -> Iterator[Subject]:
    """One subject for each Ingress that ingress-nginx takes, or would take by its annotations."""
    graph = view.graph
    hops: dict[str, list[Hop]] = defaultdict(list)
    for hop in graph.hops:
        hops[hop.entry].append(hop)
    ca_secrets = {key for i in graph.inventory.issuers.values() if (key := graph.lookup.authorities.secret_of(i))}
    protected = _protected_wildcards(graph.hops)
    demanded = demanded_names(view.trust.handshakes)
    unclear = {h.host: h.gaps for h in graph.hops if h.host.startswith("*.") and h.client and h.mode is Mode.UNKNOWN}
    for ingress in graph.inventory.ingresses:
        own, annotations = graph.ownership[ingress.key], graph.annotations.get(ingress.key)
        if annotations is None:
            continue
        found = review(ingress, own.controller, annotations, graph.estate)
        name = object_name("Ingress", ingress.key)
        wanted = demanded.get(name, _NOTHING_DEMANDED)
        facts = {
            **written(ingress, found, own.controller),
            **effects(ingress, found, hops[ingress.key], own.controller),
            "has_class": ingress.class_name is not None
            or "kubernetes.io/ingress.class" in ingress.resource.annotations,
            "class_reason": own.reason,
            "secret_is_ca_key_pair": is_ca_key_pair(found.secret, ca_secrets, graph.estate),
            "default_certificate_hosts": default_certificate_hosts(ingress, graph.lookup.makers, graph.estate),
            "shadowing_hosts": _shadowing(hops[ingress.key], protected),
            "demanded_name": wanted.name,
            "demanded_of": wanted.met or _not_met(ingress, own.controller, graph.estate.world),
            "name_unproved_by": wanted.unproved or _not_issued(wanted, graph.estate.world),
        }
        if graph.estate.world.closed:
            facts |= unseen.of_ingress(facts, ingress, own.controller, hops[ingress.key], unclear, graph.estate)
        of = partial(_evidence, ingress, own.controller, annotations, wanted)
        yield Subject("ingress", name, facts, of)


def _evidence(
    ingress: Ingress, controller: Controller, annotations: Annotations, wanted: Demanded
) -> dict[str, tuple[Evidence, ...]]:
    found = ingress_evidence(ingress, controller, annotations)
    return {**found, "name_unproved_by": (*wanted.evidence, *found["demanded_name"])}


def _not_met(ingress: Ingress, controller: Controller, world: World) -> tuple[str, ...] | Missing:
    """No certificates; not known where the Ingress demands a name and those that could show it were not all read."""
    asked = (ingress.resource.annotations.get(f"{controller.prefix}/proxy-ssl-{word}") for word in ("secret", "name"))
    if not world.closed or not all(asked):
        return ()
    gaps = dict.fromkeys(world.unseen(*kind, ingress.namespace) for kind in PROVING_UPSTREAM)
    found = tuple(gap for gap in gaps if gap is not None)
    return Missing(found) if found else ()


def _not_issued(wanted: Demanded, world: World) -> tuple[str, ...] | Missing:
    """None; not known where declared names prove it and the Secret, which may hold others, was not read."""
    gaps = tuple(gap for key in wanted.declared if world.closed and (gap := world.gap("", "Secret", key)))
    return Missing(gaps) if gaps else ()


def _protected_wildcards(hops: Iterable[Hop]) -> set[str]:
    strong = (ClientAuth.REQUIRED, ClientAuth.OPTIONAL)
    return {h.host for h in hops if h.client and h.client.client_auth in strong and h.host.startswith("*.")}


def _shadowing(hops: list[Hop], protected: set[str]) -> tuple[str, ...]:
    """Exact hosts without verification under a wildcard host that has it."""
    out = []
    for hop in hops:
        parent = "*." + hop.host.partition(".")[2]
        if hop.client and parent in protected and hop.host != parent and hop.client.client_auth is ClientAuth.NONE:
            out.append(hop.host)
    return tuple(sorted(set(out)))
