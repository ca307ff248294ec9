"""Which Secrets the objects name whose modes and chains depend on them: what a scan of least rights gets, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from mtlsaudit.graph.authorities import USUAL_NAMESPACES, Authorities
from mtlsaudit.graph.inventory import Inventory
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.trust_manager.objects import TRUST_NAMESPACE

_BY_ANNOTATION = ("/auth-tls-secret", "/proxy-ssl-secret", "/secure-verify-ca-secret")
_INJECT_SECRET = "cert-manager.io/inject-ca-from-secret"
_DEFAULT_CERTIFICATE = "--default-ssl-certificate="


def named_secrets(inventory: Inventory) -> frozenset[str]:
    """`namespace/name` of each Secret that an Ingress, an issuer, a bundle, a callback or a controller's flag names."""
    return frozenset(
        key
        for found in (_of_ingresses, _of_issuers, _of_bundles, _of_callbacks, _of_controllers)
        for key in found(inventory)
    )


def declared_secrets(inventory: Inventory) -> frozenset[str]:
    """Those that the Certificates make: of the type kubernetes.io/tls, unless somebody made them before."""
    return frozenset(spec.secret_key for spec in inventory.certificates)


def _of_ingresses(inventory: Inventory) -> Iterator[str]:
    for ingress in inventory.ingresses:
        for tls in ingress.tls:
            if tls.secret:
                yield f"{ingress.namespace}/{tls.secret}"
        yield from _annotated(ingress)


def _annotated(ingress: Ingress) -> Iterator[str]:
    """By the end of the annotation's name: its prefix is a flag of the controller."""
    for name, value in ingress.resource.annotations.items():
        if name.endswith(_BY_ANNOTATION) and value.strip():
            yield value.strip() if "/" in value else f"{ingress.namespace}/{value.strip()}"


def _of_issuers(inventory: Inventory) -> Iterator[str]:
    authorities = Authorities(inventory)
    for issuer in inventory.issuers.values():
        if key := authorities.secret_of(issuer):
            yield key
        elif issuer.type == "ca" and issuer.secret:
            yield from (f"{namespace}/{issuer.secret}" for namespace in USUAL_NAMESPACES)


def _of_bundles(inventory: Inventory) -> Iterator[str]:
    for bundle in inventory.bundles.values():
        for source in bundle.sources:
            if source.kind == "Secret" and source.name:
                yield f"{TRUST_NAMESPACE}/{source.name}"


def _of_callbacks(inventory: Inventory) -> Iterator[str]:
    for caller in inventory.callers:
        if key := caller.resource.annotations.get(_INJECT_SECRET):
            yield key


def _of_controllers(inventory: Inventory) -> Iterator[str]:
    for workload in inventory.workloads:
        for container in workload.containers:
            for argument in container.args:
                if argument.startswith(_DEFAULT_CERTIFICATE):
                    key = argument.removeprefix(_DEFAULT_CERTIFICATE).replace("$(POD_NAMESPACE)", workload.namespace)
                    yield key
