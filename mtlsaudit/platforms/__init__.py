"""The technologies that are modelled. Everything plugs in here, by name: no registration, no discovery."""

from __future__ import annotations

from collections.abc import Callable

from mtlsaudit.model.resource import Resource
from mtlsaudit.platforms.approver_policy.objects import decode_request_policy
from mtlsaudit.platforms.cert_manager.objects import GROUP as CERT_MANAGER
from mtlsaudit.platforms.cert_manager.objects import decode_certificate, decode_issuer
from mtlsaudit.platforms.cert_manager.requests import decode_request
from mtlsaudit.platforms.core.callbacks import decode_api_service, decode_definition, decode_webhooks
from mtlsaudit.platforms.core.ingresses import decode_ingress, decode_ingress_class
from mtlsaudit.platforms.core.namespaces import decode_namespace
from mtlsaudit.platforms.core.secrets import decode_holder, decode_producer
from mtlsaudit.platforms.core.services import decode_service
from mtlsaudit.platforms.core.trust_bundles import decode_cluster_trust_bundle
from mtlsaudit.platforms.core.workloads import WORKLOAD_KINDS, decode_workload
from mtlsaudit.platforms.gateway_api.backend_tls import decode_backend_tls_policy
from mtlsaudit.platforms.network_policy.objects import decode_policy
from mtlsaudit.platforms.trust_manager.objects import decode_bundle

KINDS: dict[tuple[str, str], Callable[[Resource], object]] = {
    ("networking.k8s.io", "Ingress"): decode_ingress,
    ("extensions", "Ingress"): decode_ingress,
    ("networking.k8s.io", "IngressClass"): decode_ingress_class,
    ("networking.k8s.io", "NetworkPolicy"): decode_policy,
    ("", "Service"): decode_service,
    ("", "Secret"): decode_holder,
    ("", "ConfigMap"): decode_holder,
    ("", "Namespace"): decode_namespace,
    ("bitnami.com", "SealedSecret"): decode_producer,
    ("external-secrets.io", "ExternalSecret"): decode_producer,
    (CERT_MANAGER, "Issuer"): decode_issuer,
    (CERT_MANAGER, "ClusterIssuer"): decode_issuer,
    (CERT_MANAGER, "Certificate"): decode_certificate,
    ("gateway.networking.k8s.io", "BackendTLSPolicy"): decode_backend_tls_policy,
    ("trust.cert-manager.io", "Bundle"): decode_bundle,
    ("trust-manager.io", "ClusterBundle"): decode_bundle,
    ("policy.cert-manager.io", "CertificateRequestPolicy"): decode_request_policy,
    ("certificates.k8s.io", "ClusterTrustBundle"): decode_cluster_trust_bundle,
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): decode_webhooks,
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): decode_webhooks,
    ("apiregistration.k8s.io", "APIService"): decode_api_service,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): decode_definition,
    (CERT_MANAGER, "CertificateRequest"): decode_request,
    **dict.fromkeys(WORKLOAD_KINDS, decode_workload),
}
"""(group, kind) → the decoder of the platform that owns it. Other kinds are counted and not parsed."""

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
