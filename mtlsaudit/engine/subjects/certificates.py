"""Certificates as rules see them: declared, issued, and what they serve."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects import certificate_authority, certificate_contents, certificate_issuance
from mtlsaudit.engine.subjects.certificate_contents import contents
from mtlsaudit.engine.subjects.certificate_schedule import schedule, times
from mtlsaudit.engine.subjects.files import is_anchor
from mtlsaudit.engine.subjects.view import View
from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.model.origin import object_key
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.model.world import World
from mtlsaudit.platforms.cert_manager.objects import CertificateSpec
from mtlsaudit.platforms.core.secrets import CertificateHolder
from mtlsaudit.platforms.ingress_nginx.names import matches

SCHEMA: dict[str, type] = {
    "key": str,
    "secret": str,
    "managed_by": str,
    "issued": bool,
    "is_anchor": bool,
    "not_before": str,
    "not_after": str,
    "lifetime_days": float,
    "renew_after_days": float,
    "renews": bool,
    "declares_duration": bool,
    "declares_renew_before": bool,
    "rotation_comes_to": str,
    "schedule_problem": str,
    "key_rotates": bool,
    "serves_hosts": list,
    "missing_names": list,
    "serves": bool,
    "in_use": bool,
    "issuer": str,
    "acme": bool,
    "age_days": float,
    "remaining_days": float,
    "renewal_due": str,
    "renew_at_most_days": float,
    "window_problem": str,
    "secret_seen": bool,
    **certificate_contents.SCHEMA,
    **certificate_issuance.SCHEMA,
    **certificate_authority.SCHEMA,
}


def subjects(view: View) -> Iterator[Subject]:
    """One subject for each certificate of the estate."""
    graph = view.graph
    specs = {spec.key: spec for spec in graph.specs}
    hosts = _hosts_by_secret(view)
    mounted = _services_by_secret(view)
    issuance, families = certificate_issuance.Issuance(view), certificate_authority.Families(view)
    filed = {file.source(c.number): c.certificate for file in view.files for c in file.certificates}
    for entry in view.certificates:
        holder = graph.inventory.secrets.get(entry.secret)
        if entry.sha256 == "":
            holder = None  # not in the input, or another Certificate's
        chain = holder.certificates.get("tls.crt", ()) if holder else ()
        leaf = chain[0] if chain else filed.get(entry.source)
        spec = specs.get(entry.certificate)
        served = hosts.get(entry.secret, {})
        issuer = graph.lookup.issuer_of(spec) if spec else None
        facts: dict[str, Plain | Missing] = {
            **schedule(entry, spec, view.cert_manager),
            **times(entry, spec, view),
            **contents(entry, leaf),
            **issuance.facts(entry, spec, holder),
            **families.facts(entry, spec),
            "missing_names": _missing_names(entry, served, mounted.get(entry.secret, {})),
            "serves_hosts": tuple(sorted(served)),
            "serves": bool(served) or entry.secret in mounted,
            "in_use": bool(entry.used_by),
            "acme": issuer is not None and issuer.ignores_duration,
            "is_anchor": entry.source != "" and leaf is not None and is_anchor(leaf),
            "secret_seen": True,
        }
        if entry.secret and graph.estate.world.closed and entry.secret not in graph.inventory.secrets:
            facts |= _unread(entry, spec, facts, graph.estate.world)
        yield Subject("certificate", entry.id, facts, partial(_evidence, entry, spec, holder, issuance))


_OF_SECRET = (
    "not_before",
    "not_after",
    "age_days",
    "remaining_days",
    "self_signed",
    "signature_hash",
    "signed_by_current_ca",
    "outlives_issuer_days",
)
"""Facts that are missing, where they are, because the certificate was not seen."""
_OF_SPEC = ("lifetime_days", "renew_after_days", "renew_at_most_days")
"""Facts that the spec says of the next certificate. The one in the Secret may be an older one, or one that somebody put there."""


def _unread(
    entry: CertificateEntry, spec: CertificateSpec | None, facts: Mapping[str, Plain | Missing], world: World
) -> dict[str, Plain | Missing]:
    """What is not known where the Secret was not read; what CertificateRequests and the status say of it stays."""
    gap = world.gap("", "Secret", entry.secret)
    if gap is None:
        return {}
    gone = Missing((gap,))
    out: dict[str, Plain | Missing] = {"secret_seen": gone, "ca_crt": gone}
    if not entry.sha256:
        out["issued"] = gone
        out.update((name, gone) for name in _OF_SECRET if isinstance(facts[name], Missing))
        if spec is not None:
            out.update((name, gone) for name in (*_OF_SPEC, "pending"))
        if spec is not None and spec.renewal is not None and spec.renewal.windows and not facts["window_problem"]:
            out["window_problem"] = gone
    if facts["ready"] and not facts["revision"]:
        out["adopted"] = gone
    return out


def _hosts_by_secret(view: View) -> Mapping[str, dict[str, None]]:
    """Secret → Ingress hosts that it is named for."""
    out: dict[str, dict[str, None]] = defaultdict(dict)
    for ingress in view.graph.inventory.ingresses:
        for entry in ingress.tls:
            if entry.secret:
                out[object_key(ingress.namespace, entry.secret)].update(dict.fromkeys(entry.hosts))
    return out


def _services_by_secret(view: View) -> Mapping[str, dict[str, None]]:
    """Secret → Services whose pods mount it, as `name.namespace`."""
    out: dict[str, dict[str, None]] = defaultdict(dict)
    for key, service in view.graph.inventory.services.items():
        identity = service.resource.id
        for workload in view.graph.behind(key):
            for secret in workload.secrets:
                out[f"{workload.namespace}/{secret}"][f"{identity.name}.{identity.namespace}"] = None
    return out


def _missing_names(entry: CertificateEntry, hosts: Mapping[str, None], services: Mapping[str, None]) -> tuple[str, ...]:
    """Hosts, and Services without any of their names, that no DNS name of the certificate covers."""
    names = entry.names.dns
    out = [host for host in hosts if host and not any(matches(n, host) for n in names)]
    for service in services if not hosts else ():
        name = service.partition(".")[0]
        forms = [name, service, f"{service}.svc", f"{service}.svc.cluster.local"]
        if not any(matches(n, f) for n in names for f in forms[1:]) and name not in names:
            out.append(f"{service}.svc")
    return tuple(sorted(out))


_FIELD_OF = {
    "lifetime_days": ("duration",),
    "renew_after_days": ("renewBefore",),
    "declares_duration": ("duration",),
    "declares_renew_before": ("renewBefore",),
    "schedule_problem": ("duration",),
    "key_rotates": ("privateKey", "rotationPolicy"),
    "renews": ("renewal", "policy"),
    "renew_before_days": ("renewBefore",),
    "feeds_issuers": ("secretName",),
    "window_problem": ("renewal", "windows"),
    "key_size": ("privateKey", "size"),
    "key_algorithm": ("privateKey", "algorithm"),
    "has_eku": ("usages",),
    "server_auth": ("usages",),
    "client_auth": ("usages",),
    "any_eku": ("usages",),
    "digital_signature": ("usages",),
    "has_names": ("commonName",),
    "common_name": ("commonName",),
    "missing_names": ("dnsNames",),
    "misplaced_wildcards": ("dnsNames",),
    "spiffe_problems": ("uris",),
    "is_ca": ("isCA",),
    "issuer": ("issuerRef", "name"),
}


_FIELDS = tuple(dict.fromkeys(_FIELD_OF.values()))


def _evidence(
    entry: CertificateEntry,
    spec: CertificateSpec | None,
    holder: CertificateHolder | None,
    issuance: certificate_issuance.Issuance,
) -> dict[str, tuple[Evidence, ...]]:
    found = {"": entry.evidence, **certificate_issuance.evidence(entry, spec, holder)}
    if "issuance_problem" in found:
        found["issuance_problem"] += issuance.requested(entry)
    if spec is None or spec.made_by:
        return found
    values: dict[str, object] = {
        "duration": spec.duration,
        "renewBefore": spec.renew_before,
        "rotationPolicy": spec.rotation_policy,
        "usages": ", ".join(spec.usages) or None,
        "commonName": spec.common_name or None,
        "dnsNames": ", ".join(spec.dns) or None,
        "uris": ", ".join(spec.uri) or None,
        "name": spec.issuer.name,
        "size": spec.size,
        "algorithm": spec.algorithm,
        "isCA": spec.is_ca or None,
        "policy": spec.renewal.policy if spec.renewal else None,
        "windows": "; ".join(w.cron for w in spec.renewal.windows) if spec.renewal else None,
        "secretName": spec.secret,
    }
    fields = {path: (spec.resource.evidence(values.get(path[-1]), "spec", *path),) for path in _FIELDS}
    found.update((fact, fields[path]) for fact, path in _FIELD_OF.items())
    return found
