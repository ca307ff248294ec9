"""Services: which pods, on which port."""

from __future__ import annotations

from mtlsaudit.decode.reader import Opened
from mtlsaudit.model.resource import Problem, Resource
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.core.workloads import Workload


@dataclass(frozen=True, slots=True)
class ServicePort:
    name: str
    port: int
    target: int | str
    protocol: str


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """`selector` is empty for a Service without one (its endpoints are made by hand)."""

    resource: Resource
    selector: dict[str, str]
    ports: tuple[ServicePort, ...]
    external_name: str
    type: str
    problems: tuple[Problem, ...]

    @property
    def key(self) -> str:
        return self.resource.id.key

    def selects(self, workload: Workload) -> bool:
        """Are the workload's pods behind this Service?"""
        if not self.selector or workload.namespace != self.resource.id.namespace:
            return False
        return all(workload.labels.get(k) == v for k, v in self.selector.items())

    def port(self, wanted: int | str) -> ServicePort | None:
        """The port by number or name."""
        for port in self.ports:
            if port.port == wanted or (port.name and port.name == wanted):
                return port
        return None


def decode_service(resource: Resource) -> Service:
    """A Service."""
    opened = Opened(resource)
    spec = opened.root.child("spec")
    external = spec.text("externalName") or ""
    ports = []
    for port in spec.children("ports"):
        number = port.number("port")
        if number is not None:
            target = port.port("targetPort")
            name, protocol = port.text("name") or "", port.text("protocol") or "TCP"
            ports.append(ServicePort(name, number, number if target is None else target, protocol))
    return Service(
        resource=resource,
        selector=spec.strings("selector"),
        ports=tuple(ports),
        external_name=external if spec.text("type") == "ExternalName" else "",
        type=spec.text("type") or "ClusterIP",
        problems=tuple(opened.problems),
    )
