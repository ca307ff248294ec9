"""Everything decoded, indexed: what platforms read from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mtlsaudit.model.secret import SecretView
from mtlsaudit.model.values import dataclass, field
from mtlsaudit.model.world import World
from mtlsaudit.platforms.core.ingresses import Ingress, IngressClass
from mtlsaudit.platforms.core.secrets import CertificateHolder
from mtlsaudit.platforms.core.services import Service
from mtlsaudit.platforms.core.workloads import Workload


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the user vouches for beyond the input; every report repeats them at its top."""

    secrets_well_formed: bool = False
    controller_defaults: bool = False
    ingress_classes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Estate:
    """`world` says what absence means. `secret` answers for every `namespace/name`, also the absent ones."""

    world: World
    assumptions: Assumptions
    ingresses: Sequence[Ingress]
    classes: Mapping[str, IngressClass]
    services: Mapping[str, Service]
    workloads: Sequence[Workload]
    secrets: Mapping[str, CertificateHolder]
    config_maps: Mapping[str, CertificateHolder]
    namespaces: Mapping[str, Mapping[str, str]]
    secret: Callable[[str], SecretView]

    def service(self, namespace: str, name: str) -> Service | None:
        return self.services.get(f"{namespace}/{name}")
