"""The technologies that are modelled. Everything plugs in here, by name: no registration, no discovery."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from mtlsaudit.platforms.core.workload_kinds import WORKLOAD_KINDS

if TYPE_CHECKING:
    from mtlsaudit.model.resource import Resource

CERT_MANAGER = "cert-manager.io"

KINDS: dict[tuple[str, str], str] = {
    ("networking.k8s.io", "Ingress"): "core.ingresses:decode_ingress",
    ("extensions", "Ingress"): "core.ingresses:decode_ingress",
    ("networking.k8s.io", "IngressClass"): "core.ingresses:decode_ingress_class",
    ("networking.k8s.io", "NetworkPolicy"): "network_policy.objects:decode_policy",
    ("", "Service"): "core.services:decode_service",
    ("", "Secret"): "core.secrets:decode_holder",
    ("", "ConfigMap"): "core.secrets:decode_holder",
    ("", "Namespace"): "core.namespaces:decode_namespace",
    ("bitnami.com", "SealedSecret"): "core.secrets:decode_producer",
    ("external-secrets.io", "ExternalSecret"): "core.secrets:decode_producer",
    (CERT_MANAGER, "Issuer"): "cert_manager.objects:decode_issuer",
    (CERT_MANAGER, "ClusterIssuer"): "cert_manager.objects:decode_issuer",
    (CERT_MANAGER, "Certificate"): "cert_manager.objects:decode_certificate",
    ("gateway.networking.k8s.io", "BackendTLSPolicy"): "gateway_api.backend_tls:decode_backend_tls_policy",
    ("trust.cert-manager.io", "Bundle"): "trust_manager.objects:decode_bundle",
    ("trust-manager.io", "ClusterBundle"): "trust_manager.objects:decode_bundle",
    ("policy.cert-manager.io", "CertificateRequestPolicy"): "approver_policy.objects:decode_request_policy",
    ("certificates.k8s.io", "ClusterTrustBundle"): "core.trust_bundles:decode_cluster_trust_bundle",
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): "core.callbacks:decode_webhooks",
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): "core.callbacks:decode_webhooks",
    ("apiregistration.k8s.io", "APIService"): "core.callbacks:decode_api_service",
    ("apiextensions.k8s.io", "CustomResourceDefinition"): "core.callbacks:decode_definition",
    (CERT_MANAGER, "CertificateRequest"): "cert_manager.requests:decode_request",
    ("acme.cert-manager.io", "Order"): "cert_manager.acme:decode_order",
    ("acme.cert-manager.io", "Challenge"): "cert_manager.acme:decode_challenge",
    **dict.fromkeys(WORKLOAD_KINDS, "core.workloads:decode_workload"),
}
"""(group, kind) → the decoder of the platform that owns it, imported when it is needed. Other kinds are counted, not parsed."""


@cache
def decoder(group: str, kind: str) -> Callable[[Resource], object]:
    """What makes a typed object of a resource of this kind."""
    module, _, name = KINDS[group, kind].partition(":")
    decode: Callable[[Resource], object] = getattr(import_module(f"{__name__}.{module}"), name)
    return decode


CLUSTER_SCOPED = frozenset(
    """Namespace ClusterIssuer IngressClass Bundle ClusterBundle CertificateRequestPolicy ClusterTrustBundle
    ValidatingWebhookConfiguration MutatingWebhookConfiguration APIService CustomResourceDefinition""".split()
)
"""Of the kinds above."""

_ONLY_WITH: dict[tuple[str, str], str] = {("apiextensions.k8s.io", "CustomResourceDefinition"): "conversion"}
"""Long documents that matter only where this word stands in them."""


def wanted(group: str, kind: str, text: str | None = None) -> bool:
    """Does any platform ask for this kind, and for a document with this text where that is given?"""
    word = _ONLY_WITH.get((group, kind))
    return (group, kind) in KINDS and (word is None or text is None or word in text)
