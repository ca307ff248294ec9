"""An inventory to the graph: every hop, every certificate, and the indexes that rules ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from mtlsaudit.graph.inventory import Inventory
from mtlsaudit.graph.secrets import SecretLookup
from mtlsaudit.model.hop import Hop
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.world import World
from mtlsaudit.platforms.cert_manager.objects import CertificateSpec
from mtlsaudit.platforms.cert_manager.shim import NotMade, shim_certificates
from mtlsaudit.platforms.core.estate import Assumptions, Estate
from mtlsaudit.platforms.core.workloads import Workload
from mtlsaudit.platforms.ingress_nginx import classes
from mtlsaudit.platforms.ingress_nginx.annotations import Annotations
from mtlsaudit.platforms.ingress_nginx.hops import find_hops
from mtlsaudit.platforms.ingress_nginx.review import read_annotations
from mtlsaudit.platforms.ingress_nginx.settings import Controller, find_controllers


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Graph:
    """Hops are sorted by id.

    `specs` are Certificates written and those that ingress-shim would make, `not_made` those that it does not.
    `annotations` are what those of each Ingress of ingress-nginx come to (`review.read_annotations`).
    """

    inventory: Inventory
    estate: Estate
    hops: Sequence[Hop]
    specs: Sequence[CertificateSpec]
    controllers: Sequence[Controller]
    ownership: Mapping[str, classes.Ownership]
    annotations: Mapping[str, Annotations]
    lookup: SecretLookup
    not_made: Sequence[NotMade]
    _behind: Mapping[str, tuple[Workload, ...]]

    def behind(self, service: str) -> tuple[Workload, ...]:
        """The workloads whose pods a Service (`namespace/name`) selects."""
        return self._behind.get(service, ())


def build_graph(inventory: Inventory, world: World, assumptions: Assumptions) -> Graph:
    """All that platforms say of the inventory, put together."""
    written = list(inventory.certificates)
    failures: list[NotMade] = []
    specs = [*written, *shim_certificates(inventory.ingresses, {spec.key for spec in written}, failures)]
    lookup = SecretLookup(inventory, specs, world)
    estate = Estate(
        world=world,
        assumptions=assumptions,
        ingresses=inventory.ingresses,
        classes=inventory.classes,
        services=inventory.services,
        workloads=inventory.workloads,
        secrets=inventory.secrets,
        config_maps=inventory.config_maps,
        namespaces={name: ns.labels for name, ns in inventory.namespaces.items()},
        secret=lookup,
    )
    controllers = find_controllers(inventory.workloads, inventory.config_maps, world)
    candidates = classes.Candidates(
        inventory.classes, controllers, world, assumptions.ingress_classes, assumptions.controller_defaults
    )
    ownership = {i.key: classes.resolve(i, candidates) for i in inventory.ingresses}
    annotations = read_annotations(estate, ownership)
    hops = sorted(find_hops(estate, ownership, annotations), key=lambda h: h.id)
    behind = _workloads_behind(inventory)
    return Graph(inventory, estate, hops, specs, controllers, ownership, annotations, lookup, failures, behind)


def _workloads_behind(inventory: Inventory) -> dict[str, tuple[Workload, ...]]:
    """Service → workloads, through an index of every label, so that it stays linear."""
    index: dict[tuple[str, str, str], list[Workload]] = defaultdict(list)
    for workload in inventory.workloads:
        for label, value in workload.labels.items():
            index[workload.namespace, label, value].append(workload)
    behind = {}
    for key, service in inventory.services.items():
        if service.selector:
            label, value = next(iter(service.selector.items()))
            found = index.get((service.resource.id.namespace, label, value), ())
            behind[key] = tuple(w for w in found if service.selects(w))
    return behind
