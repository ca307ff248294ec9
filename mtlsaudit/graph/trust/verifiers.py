"""Every place that verifies certificates, with its anchors, its engine, and whose certificates it checks.

ingress-nginx is OpenSSL: `auth-tls-secret` (clients; depth 1 unless annotated) and `proxy-ssl-secret` with
`proxy-ssl-verify: "on"` (the Service). The API server is Go. Of a Gateway, and of a pod that mounts a bundle, the software
is not known: every engine is asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from mtlsaudit.graph.authorities import cluster_resource_namespace
from mtlsaudit.graph.build import Graph
from mtlsaudit.graph.trust.bundles import Bundles
from mtlsaudit.graph.trust.ingress_verifiers import ingress_verifiers
from mtlsaudit.graph.trust.mounted_verifiers import mounted_verifiers
from mtlsaudit.model.chain import Engine
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.resource import Resource
from mtlsaudit.model.trust import TrustBundle, Verifier, Verifies
from mtlsaudit.platforms.core.callbacks import Callback
from mtlsaudit.platforms.gateway_api.backend_tls import BackendTlsPolicy, Reference

BACKEND_POLICY = "backend-tls-policy"
CALLBACK = "api-server-callback"
ISSUER_SERVER = "issuer-server"
_EVERY = tuple(Engine)


def find_verifiers(graph: Graph, bundles: Bundles) -> list[Verifier]:
    """All verifiers, in the order of their ids."""
    found = [
        *ingress_verifiers(graph, bundles),
        *(_policy(graph, bundles, p) for p in graph.inventory.backend_policies if not p.problems),
        *_callbacks(graph, bundles),
        *_issuers(graph, bundles),
        *mounted_verifiers(graph, bundles),
    ]
    return sorted(found, key=lambda v: v.id)


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
