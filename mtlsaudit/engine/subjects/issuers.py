"""Issuers as rules see them: whom they issue for, and who trusts them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects.view import View, missing
from mtlsaudit.model.trust import Verifies
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.cert_manager.objects import CertificateSpec, Issuer
from mtlsaudit.platforms.core.workload_kinds import WORKLOAD_KINDS

SCHEMA: dict[str, type] = {
    "key": str,
    "type": str,
    "is_cluster": bool,
    "verifies_clients_of": list,
    "server_certificates": list,
    "client_certificates": list,
    "auto_approved": bool,
}


def subjects(view: View) -> Iterator[Subject]:
    """One subject for each Issuer and ClusterIssuer in the input."""
    graph = view.graph
    issued: dict[str, list[CertificateSpec]] = defaultdict(list)
    for spec in graph.specs:
        issued[spec.issuer_key].append(spec)
    trusted, accepting = _trusted_secrets(view), _accepting(view)
    approval = auto_approval(view)
    for key, issuer in graph.inventory.issuers.items():
        mine = issued.get(key, [])
        secrets = {spec.secret_key for spec in mine}
        if own := graph.lookup.authorities.secret_of(issuer):
            secrets.add(own)
        verified = sorted({i for secret in secrets for i in trusted.get(secret, ())} | accepting.get(key, set()))
        roles = {spec.key: _roles(spec) for spec in mine if not spec.is_ca}
        facts: dict[str, Plain | Missing] = {
            "key": key,
            "type": issuer.type,
            "is_cluster": issuer.is_cluster,
            "verifies_clients_of": tuple(verified),
            "server_certificates": tuple(sorted(k for k, r in roles.items() if "server" in r)),
            "client_certificates": tuple(sorted(k for k, r in roles.items() if "client" in r)),
            "auto_approved": approval,
        }
        yield Subject("issuer", key, facts, partial(_evidence, view, issuer, verified, mine))


def auto_approval(view: View) -> bool | Missing:
    """Does cert-manager approve every request? So it does by default, and not where approver-policy has the say.

    Its own approver is switched off by `--controllers=…,-certificaterequests-approver` (Helm `disableAutoApproval`, 1.15).
    """
    if view.graph.inventory.request_policies:
        return False
    for workload in view.graph.inventory.workloads:
        for container in workload.containers:
            if "cert-manager-controller" in container.image:
                return not any("-certificaterequests-approver" in argument for argument in container.args)
    kinds = (*WORKLOAD_KINDS, ("policy.cert-manager.io", "CertificateRequestPolicy"))
    if view.graph.estate.world.shows(*kinds):
        return True
    if hidden := view.graph.estate.world.gaps_of(*kinds):
        return Missing(hidden)
    reason = (
        "whether cert-manager approves every request is not known: neither its Deployment nor a policy is in the input"
    )
    return missing("not-in-input", "cert-manager approval", reason)


def _accepting(view: View) -> dict[str, set[str]]:
    """Issuer → the Ingresses that accept clients with its certificates, by the trust matrix."""
    out: dict[str, set[str]] = defaultdict(set)
    for verifier in view.trust.verifiers:
        if verifier.verifies is Verifies.CLIENTS:
            for row in view.trust.accepts[verifier.id]:
                for issuer in row.issuers:
                    out[issuer].add(verifier.place.removeprefix("Ingress "))
    return out


def _evidence(
    view: View, issuer: Issuer, verified: list[str], mine: list[CertificateSpec]
) -> dict[str, tuple[Evidence, ...]]:
    declared = [s for s in mine if not s.is_ca and not s.made_by]
    return {
        "": (issuer.resource.evidence(issuer.resource.id.name, "metadata", "name"),),
        "verifies_clients_of": _trust_evidence(view, verified),
        "server_certificates": tuple(s.resource.evidence(s.issuer.name, *s.field, "issuerRef") for s in declared),
    }


def _roles(spec: CertificateSpec) -> set[str]:
    """What a certificate is good for, by its usages: without extended ones for both."""
    extended = {"server": "server auth" in spec.usages, "client": "client auth" in spec.usages}
    if "any" in spec.usages or not any(extended.values()):
        return {"server", "client"}
    return {role for role, holds in extended.items() if holds}


def _trusted_secrets(view: View) -> dict[str, list[str]]:
    """Secret → Ingresses that verify clients with its CA, by the annotation alone."""
    out: dict[str, list[str]] = defaultdict(list)
    for ingress in view.graph.inventory.ingresses:
        for name, value in ingress.resource.annotations.items():
            if name.endswith("/auth-tls-secret") and value.strip():
                out[value.strip()].append(ingress.key)
    return out


def _trust_evidence(view: View, keys: list[str]) -> tuple[Evidence, ...]:
    found = []
    for ingress in view.graph.inventory.ingresses:
        if ingress.key in keys:
            names = [n for n in ingress.resource.annotations if n.endswith("/auth-tls-secret")]
            found += [ingress.resource.annotation(n) for n in names]
    return tuple(found)
