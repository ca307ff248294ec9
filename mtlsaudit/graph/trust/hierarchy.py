"""CAs as declared objects name them, before a single certificate was issued: issuers, their Secrets, the CA above."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from mtlsaudit.graph.build import Graph
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.trust import Authority
from mtlsaudit.model.values import replace
from mtlsaudit.platforms.cert_manager.objects import GROUP, CertificateSpec, Issuer

_CLUSTER_NAMESPACE = "cert-manager"
"""Where a ClusterIssuer's Secret is looked for when no namespace holds it: the namespace of a usual installation."""


class Hierarchy:
    """Answers by the Secret (`namespace/name`) that holds a CA's key."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._namespaces = _cluster_namespaces(graph)
        self._known: dict[str, Authority] = {}
        self._issuers: dict[str, list[str]] = defaultdict(list)
        for key, issuer in graph.inventory.issuers.items():
            if issuer.type == "ca":
                self._issuers[self.secret_of(issuer)].append(key)

    def secret_of(self, issuer: Issuer) -> str:
        """The Secret of a CA issuer. A ClusterIssuer's is in the cluster resource namespace (a flag of cert-manager)."""
        if not issuer.is_cluster:
            return f"{issuer.resource.id.namespace}/{issuer.secret}"
        inventory, lookup = self._graph.inventory, self._graph.lookup
        for namespace in self._namespaces:
            key = f"{namespace}/{issuer.secret}"
            if key in inventory.secrets or key in lookup.makers:
                return key
        return f"{self._namespaces[0]}/{issuer.secret}"

    def signer_of(self, spec: CertificateSpec) -> Authority | None:
        """The CA that signs a Certificate; None where its issuer is not in the input or signs elsewhere (ACME, Vault)."""
        issuer = self._graph.inventory.issuers.get(spec.issuer_key) if spec.issuer.group == GROUP else None
        if issuer is None:
            return None
        if issuer.type == "selfSigned":
            return Authority(spec.secret_key, "", True, tuple(self._issuers.get(spec.secret_key, ())))
        return self.authority(self.secret_of(issuer)) if issuer.type == "ca" else None

    def authority(self, secret: str) -> Authority:
        """The CA whose key a Secret holds, as far as it is declared or seen."""
        if secret not in self._known:
            self._known[secret] = Authority(secret, "", None)  # a circle of issuers ends here
            self._known[secret] = replace(self._look(secret), issuers=tuple(self._issuers.get(secret, ())))
        return self._known[secret]

    def declared(self) -> Iterator[Authority]:
        """Every CA that an issuer in the input signs with, or that signs itself, in the order of the Secrets."""
        own = {s.secret_key for s in self._graph.specs if (a := self.signer_of(s)) and a.secret == s.secret_key}
        for secret in sorted({*self._issuers, *own}):
            yield self.authority(secret)

    def _look(self, secret: str) -> Authority:
        holder = self._graph.inventory.secrets.get(secret)
        chain = holder.certificates.get("tls.crt", ()) if holder else ()
        maker = self._graph.lookup.makers.get(secret)
        signer = self.signer_of(maker) if maker else None
        if signer is None:
            return Authority(secret, "", chain[0].self_signed if chain else None)
        return Authority(secret, "", True) if signer.secret == secret else Authority(secret, signer.secret, False)

    def upwards(self, authority: Authority) -> Iterator[Authority]:
        """The CA, the CA above it, and so on to the last that is known."""
        seen: set[str] = set()
        while authority.secret not in seen:
            yield authority
            seen.add(authority.secret)
            if authority.parent:
                authority = self.authority(authority.parent)

    def top(self, authority: Authority) -> Authority:
        """What cert-manager writes into ca.crt: the highest CA that is known to the issuer."""
        *_, last = self.upwards(authority)
        return last

    def chain_of(self, authority: Authority) -> tuple[Certificate, ...]:
        """The CA's own certificate and those above it in its Secret; empty where that is not in the input."""
        holder = self._graph.inventory.secrets.get(authority.secret)
        return holder.certificates.get("tls.crt", ()) if holder else ()

    def present(self, authority: Authority) -> tuple[Certificate, ...]:
        """What it signs with now, and those above: of its Secret, or of the request that filled it; empty if not seen."""
        maker = self._graph.lookup.makers.get(authority.secret)
        return self.chain_of(authority) or (self._graph.lookup.requested(maker) if maker else ())

    def highest_certificate(self, authority: Authority) -> Certificate | None:
        """The highest certificate that a CA issuer finds in its Secret, which becomes ca.crt of what it issues."""
        holder = self._graph.inventory.secrets.get(authority.secret)
        if holder is None:
            return None
        known = (*holder.certificates.get("tls.crt", ()), *holder.certificates.get("ca.crt", ()))
        return next((c for c in known if c.self_signed), known[-1] if known else None)


def _cluster_namespaces(graph: Graph) -> tuple[str, ...]:
    """By --cluster-resource-namespace where cert-manager is in the input, else its usual places."""
    found: dict[str, None] = {}
    for workload in graph.inventory.workloads:
        for container in workload.containers:
            if "cert-manager-controller" in container.image:
                flag = next((a.partition("=")[2] for a in container.args if "cluster-resource-namespace=" in a), "")
                found[workload.namespace if flag in ("", "$(POD_NAMESPACE)") else flag] = None
    return (*found, *(n for n in (_CLUSTER_NAMESPACE, "kube-system") if n not in found))
