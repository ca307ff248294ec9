"""Hops as rules see them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects import unseen
from mtlsaudit.engine.subjects.hidden import INGRESS_CLASS
from mtlsaudit.engine.subjects.view import View
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import ClientAuth, Hop, HopKind, Mode, Plaintext
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.core.workload_kinds import WORKLOAD_KINDS

SCHEMA: dict[str, type] = {
    "kind": str,
    "platform": str,
    "entry": str,
    "host": str,
    "path": str,
    "service": str,
    "mode": str,
    "basis": str,
    "because": str,
    "plaintext": str,
    "plaintext_cause": str,
    "plaintext_because": str,
    "client_auth": str,
    "wants_mtls": bool,
    "trust": str,
    "decided_by": str,
    "encryption": str,
    "server_verified": bool,
    "client_certificate": bool,
    "port_expects_tls": bool,
    "protocol": str,
    "credential_of": str,
    "catch_all_trust": str,
}


def subjects(view: View) -> Iterator[Subject]:
    """One subject a hop."""
    wanting = _wanting_hosts(view)
    fallback = next((h.client.trust for h in view.graph.hops if h.host == "*" and h.client and h.client.trust), "")
    world = view.graph.estate.world
    classes_hidden = bool(world.gaps_of(INGRESS_CLASS, *WORKLOAD_KINDS))
    for hop in view.graph.hops:
        facts = _facts(hop, hop.host in wanting)
        own = hop.client.trust if hop.client else ""
        facts["catch_all_trust"] = fallback if own and own != fallback and hop.host != "*" else ""
        if world.closed:
            facts |= unseen.of_hop(hop, classes_hidden=classes_hidden)
        yield Subject("hop", hop.id, facts, partial(_evidence, hop))


def _wanting_hosts(view: View) -> set[str]:
    """Hosts of which some Ingress asks for client certificates."""
    hosts: set[str] = set()
    for ingress in view.graph.inventory.ingresses:
        if any(name.endswith("/auth-tls-secret") for name in ingress.resource.annotations):
            hosts.update(rule.host or "*" for rule in ingress.rules)
            if not ingress.rules:
                hosts.add("*")
    return hosts


def _facts(hop: Hop, wanted: bool) -> dict[str, Plain | Missing]:
    gap = Missing(hop.gaps or (Gap("not-known", hop.id, hop.because),))
    client, upstream = hop.client, hop.upstream
    facts: dict[str, Plain | Missing] = {
        "kind": hop.kind.value,
        "platform": hop.platform,
        "entry": hop.entry,
        "host": hop.host,
        "path": hop.path,
        "service": hop.service,
        "mode": gap if hop.mode is Mode.UNKNOWN else hop.mode.value,
        "basis": hop.basis.value,
        "because": hop.because,
        "wants_mtls": wanted,
        "plaintext": "",
        "plaintext_cause": "",
        "plaintext_because": "",
        "client_auth": "",
        "trust": "",
        "decided_by": "",
        "encryption": "",
        "server_verified": False,
        "client_certificate": False,
        "port_expects_tls": False,
        "protocol": "",
        "credential_of": "",
    }
    if client is not None:
        facts["plaintext"] = gap if client.plaintext is Plaintext.UNKNOWN else client.plaintext.value
        facts["plaintext_cause"], facts["plaintext_because"] = client.plaintext_cause, client.plaintext_because
        facts["client_auth"] = gap if client.client_auth is ClientAuth.UNKNOWN else client.client_auth.value
        facts["trust"], facts["decided_by"] = client.trust, client.decided_by
    if upstream is not None:
        facts["encryption"] = gap if upstream.encryption is None else upstream.encryption
        facts["server_verified"] = gap if upstream.server_verified is None else upstream.server_verified
        facts["client_certificate"] = gap if upstream.client_certificate is None else upstream.client_certificate
        facts["port_expects_tls"], facts["protocol"] = upstream.port_expects_tls, upstream.protocol
        facts["credential_of"] = upstream.credential
    elif hop.kind is HopKind.ENTRY_TO_SERVICE and hop.mode is Mode.UNKNOWN:
        facts["encryption"] = facts["server_verified"] = facts["client_certificate"] = gap
    return facts


def _evidence(hop: Hop) -> dict[str, tuple[Evidence, ...]]:
    own = hop.evidence
    path, upstream = own.get("path", ()), own.get("upstream", ())
    return {
        "": path or hop.all_evidence()[:1],
        "plaintext": own.get("plaintext", ()),
        "client_auth": own.get("client_auth", ()),
        "trust": own.get("client_auth", ()),
        "encryption": upstream,
        "server_verified": upstream,
        "client_certificate": upstream,
        "service": own.get("service", path),
        "entry": own.get("class", ()),
        "mode": hop.all_evidence()[:3],
    }
