"""Every certificate of the estate: what Certificates declare, what Secrets hold, joined by the Secret's name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta

from mtlsaudit.graph.build import Graph
from mtlsaudit.model.certificate import Certificate, KeyInfo, Names
from mtlsaudit.model.hop import HopKind
from mtlsaudit.model.report import CertificateEntry
from mtlsaudit.platforms.cert_manager.lifecycle import (
    Version,
    declared_interval,
    effective_usages,
    key_rotates,
    renew_after,
)
from mtlsaudit.platforms.cert_manager.objects import CertificateSpec
from mtlsaudit.platforms.core.secrets import CertificateHolder

_EXTENDED = frozenset(
    """any|server auth|client auth|code signing|email protection|s/mime|ipsec end system|ipsec tunnel|ipsec user
    |timestamping|ocsp signing|microsoft sgc|netscape sgc""".replace("\n    ", "").split("|")
)
_SAME = {"signing": "digital signature", "s/mime": "email protection"}
_DEFAULT_SIZE: dict[str, int | None] = {"RSA": 2048, "ECDSA": 256, "Ed25519": None}


def days(span: timedelta | None) -> float | None:
    """In days, to a millionth."""
    return None if span is None else round(span.total_seconds() / 86400, 6)


def certificate_entries(graph: Graph, version: Version | None) -> list[CertificateEntry]:
    """All entries, sorted by id. `version` is that of cert-manager, where the user gave it."""
    used = certificate_uses(graph)
    entries = [_declared(graph, spec, version, used) for spec in graph.specs]
    made = {spec.secret_key for spec in graph.specs}
    holders = graph.inventory.secrets.values()
    entries += [_found(h, used) for h in holders if h.key not in made and h.certificates.get("tls.crt")]
    return sorted(entries, key=lambda e: e.id)


def certificate_uses(graph: Graph) -> Mapping[str, tuple[str, ...]]:
    """Secret → the hops that it serves: as server certificate, client trust, client certificate, or mounted by a pod."""
    uses: dict[str, dict[str, None]] = defaultdict(dict)
    by_entry: dict[str, list[str]] = defaultdict(list)
    for hop in graph.hops:
        if hop.kind is HopKind.CLIENT_TO_ENTRY:
            by_entry[hop.entry].append(hop.id)
            if hop.client and hop.client.trust:
                uses[hop.client.trust][hop.id] = None
        else:
            if hop.upstream and hop.upstream.credential:
                uses[hop.upstream.credential][hop.id] = None
            for secret in _mounted_behind(graph, hop.service):
                uses[secret][hop.id] = None
    for ingress in graph.inventory.ingresses:
        for entry in ingress.tls:
            if entry.secret:
                uses[f"{ingress.namespace}/{entry.secret}"].update(dict.fromkeys(by_entry[ingress.key]))
    return {key: tuple(ids) for key, ids in uses.items()}


def _mounted_behind(graph: Graph, service: str) -> Iterator[str]:
    for workload in graph.behind(service.rpartition(":")[0]):
        for name in workload.secrets:
            yield f"{workload.namespace}/{name}"


def _declared(
    graph: Graph, spec: CertificateSpec, version: Version | None, used: Mapping[str, tuple[str, ...]]
) -> CertificateEntry:
    holder = graph.inventory.secrets.get(spec.secret_key)
    chain = holder.certificates.get("tls.crt", ()) if holder else ()
    leaf = chain[0] if chain else None
    interval = declared_interval(spec, graph.lookup.issuer_of(spec))
    lifetime = leaf.not_after - leaf.not_before if leaf else interval.lifetime if interval else None
    after = interval.renew_after if interval else None
    pending = leaf is None and spec.status.ready is not None
    if pending:
        lifetime = after = None
    if leaf is not None and interval is not None and interval.renew_after is not None:
        after = _observed_renewal(spec, leaf)
    return CertificateEntry(
        id=f"Certificate {spec.key}",
        certificate=spec.key,
        secret=spec.secret_key,
        issued=spec.status.revision is not None,
        lifetime_days=days(lifetime),
        renew_after_days=days(after),
        renews=spec.renewal_policy != "Disabled",
        declared=_declaration(spec),
        key_rotates=key_rotates(spec, version),
        key=leaf.key if leaf else KeyInfo(spec.algorithm, spec.size or _DEFAULT_SIZE.get(spec.algorithm)),
        usages=usages_of(leaf) if leaf else _usages(spec),
        subject=leaf.subject if leaf else f"CN={spec.common_name}" if spec.common_name else "",
        issuer=leaf.issuer if leaf else spec.issuer_key,
        names=leaf.names if leaf else Names(spec.dns, spec.uri, spec.ip, spec.email),
        status=_status(spec),
        not_before=leaf.not_before if leaf else spec.status.not_before,
        not_after=leaf.not_after if leaf else spec.status.not_after,
        serial=leaf.serial if leaf else "",
        sha256=leaf.sha256 if leaf else "",
        spki_sha256=leaf.spki_sha256 if leaf else "",
        managed_by="ingress-shim" if spec.made_by else "cert-manager",
        used_by=used.get(spec.secret_key, ()),
        basis="declared" if not spec.made_by else "inferred",
        evidence=(spec.resource.evidence(spec.secret, *spec.field, "secretName"),),
        pending=pending,
    )


def _observed_renewal(spec: CertificateSpec, leaf: Certificate) -> timedelta | None:
    from mtlsaudit.platforms.cert_manager.duration import parse_duration

    status = spec.status
    if status.renewal_time is not None and status.revision is not None:
        return status.renewal_time - leaf.not_before
    before = parse_duration(spec.renew_before) if spec.renew_before else None
    return renew_after(leaf.not_after - leaf.not_before, before, spec.renew_before_percentage)


def _declaration(spec: CertificateSpec) -> dict[str, object]:
    declared: dict[str, object] = {
        "duration": spec.duration,
        "renewBefore": spec.renew_before,
        "renewBeforePercentage": spec.renew_before_percentage,
        "rotationPolicy": spec.rotation_policy,
    }
    if spec.renewal_policy or spec.has_windows:
        declared["renewal"] = {"policy": spec.renewal_policy or None, "windows": spec.has_windows}
    return declared


def _usages(spec: CertificateSpec) -> dict[str, object]:
    words = [_SAME.get(u, u) for u in effective_usages(spec)]
    key_usage = [u for u in words if u not in _EXTENDED]
    if spec.is_ca and "cert sign" not in key_usage:
        key_usage.append("cert sign")
    return {"key_usage": key_usage, "ext_key_usage": [u for u in words if u in _EXTENDED], "is_ca": spec.is_ca}


def usages_of(leaf: Certificate) -> dict[str, object]:
    """What the certificate is for, in the report's words."""
    usages: dict[str, object] = {
        "key_usage": list(leaf.key_usage or ()),
        "ext_key_usage": list(leaf.ext_key_usage or ()),
        "is_ca": leaf.is_ca,
    }
    if leaf.path_length is not None:
        usages["path_length"] = leaf.path_length
    return usages


def _status(spec: CertificateSpec) -> dict[str, object]:
    status = spec.status
    if status.ready is None and status.revision is None:
        return {}
    return {
        "ready": status.ready,
        "reason": status.reason,
        "issuing": bool(status.issuing),
        "revision": status.revision,
    }


def _found(holder: CertificateHolder, used: Mapping[str, tuple[str, ...]]) -> CertificateEntry:
    leaf = holder.certificates["tls.crt"][0]
    return CertificateEntry(
        id=f"Secret {holder.key}",
        certificate="",
        secret=holder.key,
        issued=True,
        lifetime_days=days(leaf.not_after - leaf.not_before),
        renew_after_days=None,
        renews=False,
        declared=dict.fromkeys(("duration", "renewBefore", "renewBeforePercentage", "rotationPolicy")),
        key_rotates=None,
        key=leaf.key,
        usages=usages_of(leaf),
        subject=leaf.subject,
        issuer=leaf.issuer,
        names=leaf.names,
        status={},
        not_before=leaf.not_before,
        not_after=leaf.not_after,
        serial=leaf.serial,
        sha256=leaf.sha256,
        spki_sha256=leaf.spki_sha256,
        managed_by="cert-manager" if "cert-manager.io/certificate-name" in holder.resource.annotations else "",
        used_by=used.get(holder.key, ()),
        basis="observed",
        evidence=(holder.resource.evidence("present", holder.field, "tls.crt"),),
    )
