"""The kinds of others that a scan asks for, as their projects define them: names and scope true, schemas left open."""

from __future__ import annotations

import json

_TABLE = """
cert-manager.io            v1        issuers                     Issuer                     Namespaced
cert-manager.io            v1        clusterissuers              ClusterIssuer              Cluster
cert-manager.io            v1        certificates                Certificate                Namespaced
cert-manager.io            v1        certificaterequests         CertificateRequest         Namespaced
acme.cert-manager.io       v1        orders                      Order                      Namespaced
acme.cert-manager.io       v1        challenges                  Challenge                  Namespaced
trust.cert-manager.io      v1alpha1  bundles                     Bundle                     Cluster
trust-manager.io           v1alpha2  clusterbundles              ClusterBundle              Cluster
policy.cert-manager.io     v1alpha1  certificaterequestpolicies  CertificateRequestPolicy   Cluster
gateway.networking.k8s.io  v1        backendtlspolicies          BackendTLSPolicy           Namespaced
external-secrets.io        v1        externalsecrets             ExternalSecret             Namespaced
bitnami.com                v1alpha1  sealedsecrets               SealedSecret               Namespaced
"""
"""Group, version, plural, kind, scope: from the CustomResourceDefinitions of cert-manager 1.21, trust-manager 0.20,
approver-policy 0.23, Gateway API 1.4, External Secrets 1.0 and Sealed Secrets 0.32."""


def definitions() -> str:
    """CustomResourceDefinitions for all of them, as YAML documents."""
    return "---\n".join(json.dumps(_definition(*line.split())) + "\n" for line in _TABLE.strip().splitlines())


def _definition(group: str, version: str, plural: str, kind: str, scope: str) -> dict[str, object]:
    # Groups below k8s.io are protected: the server wants to be told who approved the kind.
    approved = {"api-approved.kubernetes.io": "unapproved, for tests"} if group.endswith(".k8s.io") else {}
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}", "annotations": approved},
        "spec": {
            "group": group,
            "scope": scope,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "versions": [
                {"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}},
            ],
        },
    }
