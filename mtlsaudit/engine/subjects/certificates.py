"""Certificates as rules see them: declared, issued, and what they serve."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects import certificate_authority, certificate_issuance
from mtlsaudit.engine.subjects.files import is_anchor
from mtlsaudit.engine.subjects.view import View, missing
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.model.world import World
from mtlsaudit.platforms.cert_manager.duration import parse_duration
from mtlsaudit.platforms.cert_manager.lifecycle import Version, renewal, unknown_to_release
from mtlsaudit.platforms.cert_manager.objects import CertificateSpec
from mtlsaudit.platforms.core.secrets import CertificateHolder
from mtlsaudit.platforms.ingress_nginx.names import matches

SCHEMA: dict[str, type] = {
    "key": str,
    "secret": str,
    "managed_by": str,
    "issued": bool,
    "is_ca": bool,
    "is_anchor": bool,
    "self_signed": bool,
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
    "key_algorithm": str,
    "key_size": int,
    "curve": str,
    "signature_hash": str,
    "common_name": str,
    "has_names": bool,
    "has_eku": bool,
    "server_auth": bool,
    "client_auth": bool,
    "any_eku": bool,
    "has_key_usage": bool,
    "digital_signature": bool,
    "serves_hosts": list,
    "missing_names": list,
    "serves": bool,
    "in_use": bool,
    "parse_problems": list,
    "issuer": str,
    "version": int,
    "acme": bool,
    "age_days": float,
    "remaining_days": float,
    "renewal_due": str,
    "renew_at_most_days": float,
    "window_problem": str,
    "secret_seen": bool,
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
        facts = {
            **_schedule(entry, spec, view.cert_manager),
            **_times(entry, spec, view),
            **_contents(entry, leaf),
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
            facts |= _unread(entry, facts, graph.estate.world)
        yield Subject("certificate", entry.id, facts, partial(_evidence, entry, spec, holder))


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


def _unread(entry: CertificateEntry, facts: Mapping[str, Plain | Missing], world: World) -> dict[str, Plain | Missing]:
    """What is not known where the Secret was not read; what CertificateRequests and the status say of it stays."""
    gap = world.gap("", "Secret", entry.secret)
    if gap is None:
        return {}
    gone = Missing((gap,))
    out: dict[str, Plain | Missing] = {"secret_seen": gone, "ca_crt": gone}
    if not entry.sha256:
        out["issued"] = gone
        out.update((name, gone) for name in _OF_SECRET if isinstance(facts[name], Missing))
    if facts["ready"] and not facts["revision"]:
        out["adopted"] = gone
    return out


def _hosts_by_secret(view: View) -> Mapping[str, dict[str, None]]:
    """Secret → Ingress hosts that it is named for."""
    out: dict[str, dict[str, None]] = defaultdict(dict)
    for ingress in view.graph.inventory.ingresses:
        for entry in ingress.tls:
            if entry.secret:
                out[f"{ingress.namespace}/{entry.secret}"].update(dict.fromkeys(entry.hosts))
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


def _schedule(
    entry: CertificateEntry, spec: CertificateSpec | None, version: Version | None
) -> dict[str, Plain | Missing]:
    rotates: Plain | Missing = entry.key_rotates if entry.key_rotates is not None else _rotation_gap(entry)
    return {
        "key": entry.certificate or entry.secret or entry.source,
        "secret": entry.secret,
        "managed_by": entry.managed_by,
        "issued": entry.sha256 != "",
        "not_before": _time(entry, "not_before"),
        "not_after": _time(entry, "not_after"),
        "lifetime_days": _by_issuer(entry) if entry.lifetime_days is None else float(entry.lifetime_days),
        "renew_after_days": _renew_after(entry),
        "renews": entry.renews and entry.managed_by != "",
        "declares_duration": spec is not None and spec.duration is not None,
        "declares_renew_before": spec is not None
        and (spec.renew_before is not None or spec.renew_before_percentage is not None),
        "rotation_comes_to": _comes_to(entry),
        "schedule_problem": _schedule_problem(entry, spec, version),
        "key_rotates": rotates,
        "issuer": entry.issuer,
    }


def _comes_to(entry: CertificateEntry) -> str:
    """Lifetime and renewal in words, as far as they are known."""
    life = "of an unknown lifetime" if entry.lifetime_days is None else f"valid for {entry.lifetime_days:g} days"
    bound = entry.rotation.at_most_days if entry.rotation is not None else None
    if not entry.renews:
        return f"{life}, never renewed"
    if entry.renew_after_days is not None:
        return f"{life}, renewed after {entry.renew_after_days:g}"
    if bound is not None:
        return f"{life}, renewed in a window, {bound:g} days after the issue at the latest"
    return f"{life}, renewed at a time that is not known before the issue"


def _renew_after(entry: CertificateEntry) -> float | Missing:
    if entry.renew_after_days is not None:
        return float(entry.renew_after_days)
    if entry.managed_by and entry.rotation is not None and entry.rotation.at_most_days is not None:
        reason = f"renewal windows decide, at the latest {entry.rotation.at_most_days:g} days after the issue"
        return missing("decided-at-issue", entry.id, f"when {entry.id} is renewed depends on its issue: {reason}")
    if entry.pending:
        return missing("not-issued", entry.id, f"{entry.id} has not been issued")
    if entry.managed_by and entry.renews:
        return _by_issuer(entry)
    return missing("not-managed", entry.id, f"nothing in the input renews {entry.id}")


def _by_issuer(entry: CertificateEntry) -> Missing:
    return missing("decided-elsewhere", entry.id, f"the lifetime of {entry.id} is decided by its issuer")


def _unbounded(entry: CertificateEntry) -> Missing:
    return missing("not-known", entry.id, f"how late {entry.id} may be renewed is not known")


def _not_issued(entry: CertificateEntry) -> Missing:
    return missing("not-issued", entry.id, f"the issued certificate of {entry.id} is not in the input")


def _times(entry: CertificateEntry, spec: CertificateSpec | None, view: View) -> dict[str, Plain | Missing]:
    """What depends on the time of the scan, and on windows."""
    at_most = entry.rotation.at_most_days if entry.rotation else None
    return {
        "age_days": _not_issued(entry) if entry.not_before is None else _days_between(entry.not_before, view.now),
        "remaining_days": _not_issued(entry) if entry.not_after is None else _days_between(view.now, entry.not_after),
        "renewal_due": entry.renewal_time.astimezone(UTC).isoformat() if entry.renewal_time else "",
        "renew_at_most_days": _unbounded(entry) if at_most is None else float(at_most),
        "window_problem": _window_problem(entry, spec, view.cert_manager),
    }


def _days_between(begin: datetime, end: datetime) -> float:
    return (end - begin).total_seconds() / 86400


def _window_problem(entry: CertificateEntry, spec: CertificateSpec | None, version: Version | None) -> str:
    """Why its renewal windows do not let it be renewed in time; empty when they do."""
    if spec is None or spec.renewal is None or not spec.renewal.windows or spec.never_renews:
        return ""
    if entry.sha256 and entry.not_before and entry.not_after:
        found = renewal(entry.not_before, entry.not_after, spec, version)
        return found.problem or ("cert-manager says WindowError" if spec.status.reason == "WindowError" else "")
    bound = entry.rotation.at_most_days if entry.rotation else None
    if bound is not None and entry.lifetime_days is not None and bound >= entry.lifetime_days:
        return "its renewal windows are further apart than what is left of its life when it is due"
    return ""


def _rotation_gap(entry: CertificateEntry) -> Missing:
    if entry.managed_by:
        reason = f"rotationPolicy of {entry.id} is unset: Always since cert-manager 1.18, Never before (--cert-manager-version)"
        return missing("version-unknown", entry.id, reason)
    return missing("not-managed", entry.id, f"nothing in the input renews {entry.id}")


def _time(entry: CertificateEntry, name: str) -> str | Missing:
    value = getattr(entry, name)
    if value is None:
        return _not_issued(entry)
    return str(value.astimezone(UTC).isoformat())


def _schedule_problem(entry: CertificateEntry, spec: CertificateSpec | None, version: Version | None) -> str:
    """What cert-manager's webhook would refuse, or the controller silently not do."""
    if spec is None:
        return ""
    schedule = [p for p in spec.problems if p.path[1:2] and p.path[1] in ("duration", "renewBefore", "renewal")]
    if schedule:
        return schedule[0].reason
    if said := unknown_to_release(spec, version):
        return said
    duration = parse_duration(spec.duration) if spec.duration else None
    before = parse_duration(spec.renew_before) if spec.renew_before else None
    hours = (duration.total_seconds() if duration else 2160 * 3600) / 3600
    percentage = spec.renew_before_percentage
    if duration is not None and hours < 1:
        return "duration is below the minimum of 1h"
    if before is not None and before.total_seconds() < 300:
        return "renewBefore is below the minimum of 5m"
    if before is not None and before.total_seconds() >= hours * 3600:
        return "renewBefore is not shorter than duration, so it is ignored"
    if percentage is not None and not 0 < percentage < 100:
        return "renewBeforePercentage is not within 1 and 99, so it is ignored"
    if percentage is not None and spec.renew_before is not None:
        return "renewBefore and renewBeforePercentage exclude each other"
    errors = entry.webhook.errors if entry.webhook else ()
    return next((e for e in errors if e.startswith("spec.renewal")), "")


def _contents(entry: CertificateEntry, leaf: Certificate | None) -> dict[str, Plain | Missing]:
    key_usage = _strings(entry.usages.get("key_usage"))
    extended = _strings(entry.usages.get("ext_key_usage"))
    subject = entry.subject
    common_name = leaf.common_name if leaf else subject.removeprefix("CN=") if subject.startswith("CN=") else ""
    return {
        "is_ca": entry.usages.get("is_ca") is True,
        "self_signed": leaf.self_signed if leaf else _not_issued(entry),
        "key_algorithm": entry.key.algorithm,
        "key_size": entry.key.size or 0,
        "curve": entry.key.curve,
        "signature_hash": leaf.signature_hash if leaf else _not_issued(entry),
        "common_name": common_name,
        "has_names": bool(entry.names),
        "has_eku": bool(extended),
        "server_auth": "server auth" in extended or "any" in extended,
        "client_auth": "client auth" in extended or "any" in extended,
        "any_eku": "any" in extended,
        "has_key_usage": bool(key_usage),
        "digital_signature": "digital signature" in key_usage,
        "parse_problems": leaf.problems if leaf else (),
        "version": leaf.version if leaf else 3,
    }


def _strings(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else []


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
    "is_ca": ("isCA",),
    "issuer": ("issuerRef", "name"),
}


_FIELDS = tuple(dict.fromkeys(_FIELD_OF.values()))


def _evidence(
    entry: CertificateEntry, spec: CertificateSpec | None, holder: CertificateHolder | None
) -> dict[str, tuple[Evidence, ...]]:
    found = {"": entry.evidence, **certificate_issuance.evidence(entry, spec, holder)}
    if spec is None or spec.made_by:
        return found
    values: dict[str, object] = {
        "duration": spec.duration,
        "renewBefore": spec.renew_before,
        "rotationPolicy": spec.rotation_policy,
        "usages": ", ".join(spec.usages) or None,
        "commonName": spec.common_name or None,
        "dnsNames": ", ".join(spec.dns) or None,
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
