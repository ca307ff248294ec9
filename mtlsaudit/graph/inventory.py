"""Documents to decoded objects, sorted by what they are. An object that comes twice is kept once, with a gap."""

from __future__ import annotations

from mtlsaudit.decode.reader import identify
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.resource import Resource
from mtlsaudit.model.values import dataclass, field
from mtlsaudit.platforms import CLUSTER_SCOPED, decoder
from mtlsaudit.platforms.approver_policy.objects import RequestPolicy
from mtlsaudit.platforms.cert_manager.acme import Challenge, Order
from mtlsaudit.platforms.cert_manager.objects import CertificateSpec, Issuer
from mtlsaudit.platforms.cert_manager.requests import CertificateRequest
from mtlsaudit.platforms.core.callbacks import Caller
from mtlsaudit.platforms.core.ingresses import Ingress, IngressClass
from mtlsaudit.platforms.core.namespaces import Namespace
from mtlsaudit.platforms.core.secrets import CertificateHolder, SecretProducer
from mtlsaudit.platforms.core.services import Service
from mtlsaudit.platforms.core.trust_bundles import ClusterTrustBundle
from mtlsaudit.platforms.core.workload_kinds import WORKLOAD_KINDS
from mtlsaudit.platforms.core.workloads import Workload, maker_of
from mtlsaudit.platforms.gateway_api.backend_tls import BackendTlsPolicy
from mtlsaudit.platforms.network_policy.objects import NetworkPolicy
from mtlsaudit.platforms.trust_manager.objects import Bundle
from mtlsaudit.sources.harvest import Harvest


@dataclass(slots=True)
class Inventory:
    """All objects by type and key, in the order of their keys."""

    ingresses: list[Ingress] = field(default_factory=list)
    classes: dict[str, IngressClass] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    workloads: list[Workload] = field(default_factory=list)
    secrets: dict[str, CertificateHolder] = field(default_factory=dict)
    config_maps: dict[str, CertificateHolder] = field(default_factory=dict)
    producers: dict[str, SecretProducer] = field(default_factory=dict)
    namespaces: dict[str, Namespace] = field(default_factory=dict)
    policies: list[NetworkPolicy] = field(default_factory=list)
    issuers: dict[str, Issuer] = field(default_factory=dict)
    certificates: list[CertificateSpec] = field(default_factory=list)
    backend_policies: list[BackendTlsPolicy] = field(default_factory=list)
    bundles: dict[str, Bundle] = field(default_factory=dict)
    trust_bundles: dict[str, ClusterTrustBundle] = field(default_factory=dict)
    callers: list[Caller] = field(default_factory=list)
    request_policies: list[RequestPolicy] = field(default_factory=list)
    requests: list[CertificateRequest] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    challenges: list[Challenge] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def add(self, decoded: object) -> None:
        """Put one decoded object where it belongs."""
        match decoded:
            case Ingress():
                self.ingresses.append(decoded)
            case IngressClass():
                self.classes[decoded.resource.id.name] = decoded
            case Service():
                self.services[decoded.key] = decoded
            case Workload():
                self.workloads.append(decoded)
            case CertificateHolder():
                target = self.secrets if decoded.resource.id.kind == "Secret" else self.config_maps
                target[decoded.key] = decoded
            case SecretProducer():
                self.producers[decoded.target] = decoded
            case Namespace():
                self.namespaces[decoded.resource.id.name] = decoded
            case NetworkPolicy():
                self.policies.append(decoded)
            case Issuer():
                self.issuers[str(decoded.resource.id)] = decoded
            case CertificateRequest():
                self.requests.append(decoded)
            case Order():
                self.orders.append(decoded)
            case Challenge():
                self.challenges.append(decoded)
            case CertificateSpec():
                self.certificates.append(decoded)
            case BackendTlsPolicy():
                self.backend_policies.append(decoded)
            case Bundle():
                self.bundles[decoded.name] = decoded
            case ClusterTrustBundle():
                self.trust_bundles[decoded.resource.id.name] = decoded
            case Caller():
                self.callers.append(decoded)
            case RequestPolicy():
                self.request_policies.append(decoded)
            case _:
                raise TypeError(f"no place for {type(decoded).__name__}")


def take_inventory(harvest: Harvest, default_namespace: str) -> Inventory:
    """Decode every document; sorted by identity, so that the order of files does not matter."""
    inventory = Inventory()
    found: dict[tuple[str, str, str, str], Resource] = {}
    for body, origin in harvest.bodies:
        resource = identify(body, origin, default_namespace, CLUSTER_SCOPED)
        if resource is None:
            where = harvest.texts.get((origin.file, origin.document))
            line = where.first_line if where else 0
            inventory.gaps.append(Gap("no-name", origin.file, "an object without metadata.name", origin.file, line))
            continue
        identity = resource.id
        group = "networking.k8s.io" if identity.group == "extensions" else identity.group
        first = found.setdefault((identity.kind, identity.namespace, identity.name, group), resource)
        if first is not resource:
            inventory.gaps.append(_twice(resource, first, harvest))
    for (kind, namespace, _, group), resource in sorted(found.items()):
        maker = maker_of(resource.body) if (group, kind) in WORKLOAD_KINDS else None
        if maker and (maker[1], namespace, maker[2], maker[0]) in found:
            continue
        inventory.add(decoder(resource.id.group, kind)(resource))
    return inventory


def _twice(resource: Resource, first: Resource, harvest: Harvest) -> Gap:
    piece = harvest.texts.get((resource.origin.file, resource.origin.document))
    line = piece.first_line if piece else 0
    if resource.body == first.body:
        reason = f"{resource.id} stands twice, equal to the one in {first.origin.file}; one was read"
    else:
        reason = (
            f"{resource.id} stands twice with different contents, also in {first.origin.file}; that one was read. "
            "Scan environments (overlays, clusters) one at a time"
        )
    return Gap("duplicate-object", str(resource.id), reason, resource.origin.file, line)
