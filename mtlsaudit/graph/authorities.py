"""Issuers and the CAs they sign with now."""

from __future__ import annotations

from collections.abc import Iterable

from mtlsaudit.graph.inventory import Inventory
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.platforms.cert_manager.objects import GROUP, CertificateSpec, Issuer
from mtlsaudit.platforms.core.workloads import Workload

_FLAG = "--cluster-resource-namespace"
_IMAGE = "cert-manager-controller"
USUAL_NAMESPACES = ("cert-manager", "kube-system")
"""Where the Secrets of ClusterIssuers lie: as the Helm chart sets it, and by the default of the flag."""


class Authorities:
    """Which Secret holds the CA of an issuer, and what is in it."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._made = {spec.secret_key for spec in inventory.certificates}
        self._cluster_namespace = cluster_resource_namespace(inventory.workloads)

    def issuer_of(self, spec: CertificateSpec) -> Issuer | None:
        """The issuer object, if it is in the input and cert-manager's own."""
        return self._inventory.issuers.get(spec.issuer_key) if spec.issuer.group == GROUP else None

    def secret_of(self, issuer: Issuer) -> str | None:
        """The key of a CA issuer's Secret; None for other issuers, and for a ClusterIssuer whose namespace is not known.

        A ClusterIssuer reads from the cluster resource namespace: a flag of the controller, whose default is kube-system
        and which the Helm chart sets to the release's namespace. Without the controller in the input it is that of the two
        usual ones where there is such a Secret, or a Certificate that makes it.
        """
        if issuer.type != "ca" or not issuer.secret:
            return None
        if not issuer.is_cluster:
            return f"{issuer.resource.id.namespace}/{issuer.secret}"
        if self._cluster_namespace:
            return f"{self._cluster_namespace}/{issuer.secret}"
        keys = [f"{namespace}/{issuer.secret}" for namespace in USUAL_NAMESPACES]
        there = [key for key in keys if key in self._inventory.secrets or key in self._made]
        return there[0] if len(there) == 1 else None

    def current(self, issuer: Issuer) -> tuple[Certificate, ...]:
        """The certificates of the CA's Secret, the one that signs first; empty where they are not in the input."""
        key = self.secret_of(issuer)
        holder = self._inventory.secrets.get(key) if key else None
        return holder.certificates.get("tls.crt", ()) if holder else ()


def cluster_resource_namespace(workloads: Iterable[Workload]) -> str:
    """Where the controller in the input looks for the Secrets of ClusterIssuers; empty when it is not in the input."""
    for workload in workloads:
        for container in workload.containers:
            if _IMAGE not in container.image:
                continue
            value = next((a.partition("=")[2] for a in container.args if a.startswith(f"{_FLAG}=")), "kube-system")
            return workload.namespace if value in ("$(POD_NAMESPACE)", "") else value
    return ""
