"""Ingress and IngressClass (networking.k8s.io/v1), as any controller reads them."""

from __future__ import annotations

from mtlsaudit.decode.reader import Opened, Reader
from mtlsaudit.model.origin import FieldPath
from mtlsaudit.model.resource import Problem, Resource
from mtlsaudit.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Backend:
    """A Service by name, and its port by number or name."""

    service: str
    port: int | str
    path: FieldPath


@dataclass(frozen=True, slots=True)
class IngressPath:
    path: str
    type: str
    backend: Backend | None
    field: FieldPath


@dataclass(frozen=True, slots=True)
class IngressRule:
    """`paths` is None for a rule without `http` (a host alone)."""

    host: str
    paths: tuple[IngressPath, ...] | None
    field: FieldPath


@dataclass(frozen=True, slots=True)
class IngressTls:
    hosts: tuple[str, ...]
    secret: str
    field: FieldPath


@dataclass(frozen=True, slots=True, eq=False)
class Ingress:
    resource: Resource
    class_name: str | None
    rules: tuple[IngressRule, ...]
    tls: tuple[IngressTls, ...]
    default_backend: Backend | None
    problems: tuple[Problem, ...]

    @property
    def key(self) -> str:
        return self.resource.id.key

    @property
    def namespace(self) -> str:
        return self.resource.id.namespace

    @property
    def annotations(self) -> dict[str, str]:
        return dict(self.resource.annotations)


def decode_ingress(resource: Resource) -> Ingress:
    """An Ingress. `extensions/v1beta1` and `networking.k8s.io/v1beta1` are read by their old field names."""
    opened = Opened(resource)
    spec = opened.root.child("spec")
    old = resource.version == "v1beta1"
    return Ingress(
        resource=resource,
        class_name=spec.text("ingressClassName"),
        rules=tuple(_rule(r, old) for r in spec.children("rules")),
        tls=tuple(IngressTls(t.texts("hosts"), t.text("secretName") or "", t.path) for t in spec.children("tls")),
        default_backend=_backend(spec, "backend" if old else "defaultBackend", old),
        problems=tuple(opened.problems),
    )


def _rule(rule: Reader, old: bool) -> IngressRule:
    http = rule.child("http")
    paths = None
    if rule.has("http"):
        paths = tuple(
            IngressPath(p.text("path") or "/", p.text("pathType") or "", _backend(p, "backend", old), p.path)
            for p in http.children("paths")
        )
    return IngressRule(rule.text("host") or "", paths, rule.path)


def _backend(parent: Reader, key: str, old: bool) -> Backend | None:
    backend = parent.child(key)
    if old:
        name, port = backend.text("serviceName"), backend.port("servicePort")
        return Backend(name, port if port is not None else "", backend.path) if name else None
    service = backend.child("service")
    name = service.text("name")
    if not name:
        return None
    port_reader = service.child("port")
    number = port_reader.number("number")
    return Backend(name, number if number is not None else port_reader.text("name") or "", service.path)


@dataclass(frozen=True, slots=True, eq=False)
class IngressClass:
    resource: Resource
    controller: str
    is_default: bool


def decode_ingress_class(resource: Resource) -> IngressClass:
    """An IngressClass."""
    controller = Opened(resource).root.child("spec").text("controller") or ""
    default = resource.annotations.get("ingressclass.kubernetes.io/is-default-class") == "true"
    return IngressClass(resource, controller, default)
