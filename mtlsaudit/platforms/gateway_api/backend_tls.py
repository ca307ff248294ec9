"""BackendTLSPolicy (gateway.networking.k8s.io): the Gateway speaks TLS to a Service and verifies it.

v1 is in the standard channel since Gateway API 1.4; v1alpha3 has the same fields; v1alpha2 had one `targetRef` and
`spec.tls` with `caCertRefs`. A reference is core for a ConfigMap with the key ca.crt; a Secret is up to the implementation.
"""

from __future__ import annotations

from mtlsaudit.decode.reader import Opened, Reader
from mtlsaudit.model.origin import FieldPath
from mtlsaudit.model.resource import Problem, Resource
from mtlsaudit.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """An object of the policy's own namespace; `section` is the port's name where only one port is meant."""

    group: str
    kind: str
    name: str
    section: str
    path: FieldPath


@dataclass(frozen=True, slots=True, eq=False)
class BackendTlsPolicy:
    """`well_known` is `System` where the public roots verify the Service. `names` are the identities it must prove."""

    resource: Resource
    targets: tuple[Reference, ...]
    authorities: tuple[Reference, ...]
    well_known: str
    hostname: str
    names: tuple[str, ...]
    field: FieldPath
    problems: tuple[Problem, ...]

    @property
    def namespace(self) -> str:
        return self.resource.id.namespace


def decode_backend_tls_policy(resource: Resource) -> BackendTlsPolicy:
    """A BackendTLSPolicy of any version."""
    opened = Opened(resource)
    spec = opened.root.child("spec")
    old = resource.version == "v1alpha2"
    validation = spec.child("tls" if old else "validation")
    targets = [spec.child("targetRef")] if old else spec.children("targetRefs")
    alternatives = validation.children("subjectAltNames")
    hostname = validation.text("hostname") or ""
    names = tuple(v for a in alternatives if (v := a.text("hostname") or a.text("uri")))
    return BackendTlsPolicy(
        resource=resource,
        targets=tuple(_reference(t) for t in targets),
        authorities=tuple(_reference(r) for r in validation.children("caCertRefs" if old else "caCertificateRefs")),
        well_known=validation.text("wellKnownCACerts" if old else "wellKnownCACertificates") or "",
        hostname=hostname,
        names=names or ((hostname,) if hostname else ()),
        field=validation.path,
        problems=tuple(opened.problems),
    )


def _reference(reader: Reader) -> Reference:
    return Reference(
        group=reader.text("group") or "",
        kind=reader.text("kind") or "",
        name=reader.text("name") or "",
        section=reader.text("sectionName") or "",
        path=reader.path,
    )
