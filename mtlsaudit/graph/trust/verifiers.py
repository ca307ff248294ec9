"""Every place that verifies certificates, with its anchors, its engine, and whose certificates it checks.

ingress-nginx is OpenSSL: `auth-tls-secret` (clients; depth 1 unless annotated) and `proxy-ssl-secret` with
`proxy-ssl-verify: "on"` (the Service). The API server is Go. Of a Gateway, and of a pod that mounts a bundle, the software
is not known: every engine is asked.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from mtlsaudit.graph.authorities import cluster_resource_namespace
from mtlsaudit.graph.build import Graph
from mtlsaudit.graph.trust.bundles import Bundles
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Engine
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import Hop, HopKind
from mtlsaudit.model.origin import object_name
from mtlsaudit.model.resource import Resource
from mtlsaudit.model.trust import TrustBundle, Verifier, Verifies
from mtlsaudit.platforms.core.callbacks import Callback
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.core.workloads import Workload
from mtlsaudit.platforms.gateway_api.backend_tls import BackendTlsPolicy, Reference
from mtlsaudit.platforms.ingress_nginx.classes import Claim

CLIENT_CA = "ingress-client-ca"
UPSTREAM_CA = "ingress-upstream-ca"
BACKEND_POLICY = "backend-tls-policy"
CALLBACK = "api-server-callback"
ISSUER_SERVER = "issuer-server"
SECRET_CA = "secret-ca"
CONFIG_MAP = "mounted-config-map"
TRUST_BUNDLE = "mounted-trust-bundle"
_EVERY = tuple(Engine)
_NGINX = (Engine.OPENSSL,)
_PODS = (Engine.OPENSSL, Engine.GO)
_DEPTH = re.compile(r"[-+]?\d+")


def find_verifiers(graph: Graph, bundles: Bundles) -> list[Verifier]:
    """All verifiers, in the order of their ids."""
    found = [
        *_ingresses(graph, bundles),
        *(_policy(graph, bundles, p) for p in graph.inventory.backend_policies if not p.problems),
        *_callbacks(graph, bundles),
        *_issuers(graph, bundles),
        *_mounted(graph, bundles),
    ]
    return sorted(found, key=lambda v: v.id)


def _ingresses(graph: Graph, bundles: Bundles) -> Iterator[Verifier]:
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


def _policy(graph: Graph, bundles: Bundles, policy: BackendTlsPolicy) -> Verifier:
    found: list[TrustBundle] = []
    gaps: list[Gap] = []
    for reference in policy.authorities:
        made = _referenced(graph, bundles, policy, reference)
        found += made
        if not made:
            what = f"{reference.kind} {policy.namespace}/{reference.name}"
            gaps.append(Gap("not-in-input", what, f"the anchors of the {what} are not known"))
    if policy.well_known:
        found.append(bundles.system(policy.resource, (*policy.field, "wellKnownCACertificates")))
    targets = [f"{policy.namespace}/{t.name}" for t in policy.targets if t.kind == "Service"]
    return Verifier(
        id=f"BackendTLSPolicy {policy.resource.id.key}",
        kind=BACKEND_POLICY,
        place=str(policy.resource.id),
        field="caCertificateRefs" if policy.authorities else "wellKnownCACertificates",
        verifies=Verifies.SERVERS,
        engines=_EVERY,
        bundles=tuple(found),
        targets=tuple(sorted(set(targets))),
        names=policy.names,
        evidence=(policy.resource.evidence("present", *policy.field),),
        gaps=tuple(gaps),
    )


def _referenced(
    graph: Graph, bundles: Bundles, policy: BackendTlsPolicy, reference: Reference
) -> tuple[TrustBundle, ...]:
    key = f"{policy.namespace}/{reference.name}"
    if reference.kind == "ConfigMap":
        return bundles.of_config_map(key, "ca.crt")
    if reference.kind == "Secret":
        return (bundles.of_secret(key),)
    held = graph.inventory.trust_bundles.get(reference.name)
    if reference.kind == "ClusterTrustBundle" and held is not None:
        return (bundles.of_field(held.resource, ("spec", "trustBundle"), held.anchors),)
    return ()


def callback_id(resource: Resource, callback: Callback) -> str:
    """`<object> <name of the webhook>`; an object that makes one call alone is not named twice."""
    return str(resource.id) if callback.name == resource.id.name else f"{resource.id} {callback.name}"


def _callbacks(graph: Graph, bundles: Bundles) -> Iterator[Verifier]:
    for caller in graph.inventory.callers:
        identity = caller.resource.id
        for callback in caller.callbacks:
            if callback.skips_verification:
                continue
            namespace, _, name = callback.service.partition("/")
            yield Verifier(
                id=callback_id(caller.resource, callback),
                kind=CALLBACK,
                place=str(identity),
                field="caBundle",
                verifies=Verifies.SERVERS,
                engines=(Engine.GO,),
                bundles=(bundles.of_callback(caller.resource, callback),),
                targets=(callback.service,) if callback.service else (),
                names=(f"{name}.{namespace}.svc",) if callback.service else (),
                evidence=(caller.resource.evidence("present" if callback.anchors else None, *callback.path),),
            )


def _issuers(graph: Graph, bundles: Bundles) -> Iterator[Verifier]:
    """cert-manager towards the server of a Vault, Venafi or ACME issuer; one without anchors of its own uses the system's."""
    for issuer in graph.inventory.issuers.values():
        trust, identity = issuer.server_trust, issuer.resource.id
        if trust is None:
            continue
        found: tuple[TrustBundle, ...] = ()
        gaps: tuple[Gap, ...] = ()
        namespace = cluster_resource_namespace(graph.inventory.workloads) if issuer.is_cluster else identity.namespace
        if trust.anchors is not None:
            found = (bundles.of_field(issuer.resource, trust.path, trust.anchors),)
        elif namespace:
            found = (bundles.of_secret(f"{namespace}/{trust.secret}", trust.key),)
        else:
            reason = f"the namespace of the Secret {trust.secret} is a flag of cert-manager, which is not in the input"
            gaps = (Gap("not-in-input", str(identity), reason),)
        yield Verifier(
            id=str(identity),
            kind=ISSUER_SERVER,
            place=str(identity),
            field="caBundle" if trust.anchors is not None else "caBundleSecretRef",
            verifies=Verifies.SERVERS,
            engines=(Engine.GO,),
            bundles=found,
            evidence=(issuer.resource.evidence(trust.secret or "present", *trust.path),),
            gaps=gaps,
        )


def _mounted(graph: Graph, bundles: Bundles) -> Iterator[Verifier]:
    secrets: dict[str, list[Workload]] = defaultdict(list)
    maps: dict[str, list[Workload]] = defaultdict(list)
    projected: dict[str, list[Workload]] = defaultdict(list)
    for workload in graph.inventory.workloads:
        for mounted, names in ((secrets, workload.secrets), (maps, workload.config_maps)):
            for name in names:
                mounted[f"{workload.namespace}/{name}"].append(workload)
        for name in workload.trust_bundles:
            projected[name].append(workload)
    with_own = {k for k, h in graph.inventory.secrets.items() if h.certificates.get("ca.crt")}
    for key in sorted((secrets.keys() & (with_own | graph.lookup.makers.keys())) | _own_pairs(graph, with_own)):
        yield _pod_verifier(SECRET_CA, f"Secret {key}", "ca.crt", (bundles.of_secret(key),), secrets.get(key, []))
    for key in sorted(maps):
        for bundle in bundles.of_config_map(key):
            if bundle.object == f"ConfigMap {key}":
                yield _pod_verifier(CONFIG_MAP, f"ConfigMap {key}", bundle.field, (bundle,), maps[key])
            else:
                yield _pod_verifier(CONFIG_MAP, f"ConfigMap {key}", bundle.id, (bundle,), maps[key])
    for name in sorted(projected):
        held = graph.inventory.trust_bundles.get(name)
        if held is not None:
            bundle = bundles.of_field(held.resource, ("spec", "trustBundle"), held.anchors)
            yield _pod_verifier(TRUST_BUNDLE, str(held.resource.id), "trustBundle", (bundle,), projected[name])


def _own_pairs(graph: Graph, with_own: set[str]) -> set[str]:
    """Secrets that hold a certificate and the CA that its peers are verified with."""
    return {key for key in with_own if graph.inventory.secrets[key].certificates.get("tls.crt")}


def _pod_verifier(
    kind: str, place: str, field: str, found: tuple[TrustBundle, ...], workloads: list[Workload]
) -> Verifier:
    return Verifier(
        id=f"{place} {field}",
        kind=kind,
        place=place,
        field=field,
        verifies=Verifies.PEERS,
        engines=_PODS,
        bundles=found,
        targets=tuple(sorted({str(w.resource.id) for w in workloads})),
        evidence=found[0].evidence,
    )
