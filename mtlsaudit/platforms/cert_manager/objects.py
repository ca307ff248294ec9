"""Issuers and Certificates (cert-manager.io/v1), decoded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mtlsaudit.decode.reader import Opened, Reader
from mtlsaudit.model.resource import Problem, Resource
from mtlsaudit.platforms.cert_manager.duration import parse_duration

GROUP = "cert-manager.io"


@dataclass(frozen=True, slots=True, eq=False)
class Issuer:
    """`type` is ca, selfSigned, acme, vault, venafi, or empty. `secret` is the CA's Secret name."""

    resource: Resource
    type: str
    secret: str
    problems: tuple[Problem, ...]

    @property
    def is_cluster(self) -> bool:
        return self.resource.id.kind == "ClusterIssuer"


def decode_issuer(resource: Resource) -> Issuer:
    """An Issuer or ClusterIssuer."""
    opened = Opened(resource)
    spec = opened.root.child("spec")
    kind = next((t for t in ("ca", "selfSigned", "acme", "vault", "venafi") if t in spec.keys()), "")
    return Issuer(resource, kind, spec.child("ca").text("secretName") or "", tuple(opened.problems))


@dataclass(frozen=True, slots=True)
class IssuerRef:
    name: str
    kind: str
    group: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Status:
    """What cert-manager reported; all empty in a manifest from Git."""

    ready: bool | None = None
    reason: str = ""
    issuing: bool | None = None
    revision: int | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    renewal_time: datetime | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CertificateSpec:
    """A Certificate. Unset fields are None; what they then mean depends on the release (`lifecycle`).

    `made_by` is the Ingress of which ingress-shim would make this Certificate; then no manifest of its own exists.
    """

    resource: Resource
    namespace: str
    name: str
    secret: str
    issuer: IssuerRef
    duration: str | None
    renew_before: str | None
    renew_before_percentage: int | None
    renewal_policy: str
    has_windows: bool
    rotation_policy: str | None
    algorithm: str
    size: int | None
    usages: tuple[str, ...]
    is_ca: bool
    common_name: str
    has_literal_subject: bool
    dns: tuple[str, ...]
    uri: tuple[str, ...]
    ip: tuple[str, ...]
    email: tuple[str, ...]
    status: Status
    problems: tuple[Problem, ...]
    made_by: str = ""
    field: tuple[str | int, ...] = ("spec",)

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def secret_key(self) -> str:
        return f"{self.namespace}/{self.secret}"

    @property
    def issuer_key(self) -> str:
        """`Kind namespace/name` of the issuer, to compare by."""
        namespace = "" if self.issuer.kind == "ClusterIssuer" else f"{self.namespace}/"
        return f"{self.issuer.kind} {namespace}{self.issuer.name}"


def decode_certificate(resource: Resource) -> CertificateSpec:
    """A Certificate as written, with durations checked for their syntax."""
    opened = Opened(resource)
    spec = opened.root.child("spec")
    reference = spec.child("issuerRef")
    key = spec.child("privateKey")
    renewal = spec.child("renewal")
    for name in ("duration", "renewBefore"):
        value = spec.text(name)
        if value is not None and parse_duration(value) is None:
            opened.problems.append(Problem(("spec", name), f"{value!r} is no Go duration (units h, m, s; no d)"))
    return CertificateSpec(
        resource=resource,
        namespace=resource.id.namespace,
        name=resource.id.name,
        secret=spec.text("secretName") or "",
        issuer=IssuerRef(
            reference.text("name") or "", reference.text("kind") or "Issuer", reference.text("group") or GROUP
        ),
        duration=spec.text("duration"),
        renew_before=spec.text("renewBefore"),
        renew_before_percentage=spec.number("renewBeforePercentage"),
        renewal_policy=renewal.text("policy") or "",
        has_windows=bool(renewal.children("windows")),
        rotation_policy=key.text("rotationPolicy"),
        algorithm=key.text("algorithm") or "RSA",
        size=key.number("size"),
        usages=spec.texts("usages"),
        is_ca=bool(spec.flag("isCA")),
        common_name=spec.text("commonName") or "",
        has_literal_subject=spec.has("subject") or spec.has("literalSubject"),
        dns=spec.texts("dnsNames"),
        uri=spec.texts("uris"),
        ip=spec.texts("ipAddresses"),
        email=spec.texts("emailAddresses"),
        status=_status(opened.root.child("status")),
        problems=tuple(opened.problems),
    )


def _status(status: Reader) -> Status:
    conditions = {c.text("type") or "": c for c in status.children("conditions")}
    ready, issuing = conditions.get("Ready"), conditions.get("Issuing")
    return Status(
        ready=None if ready is None else ready.text("status") == "True",
        reason=(ready.text("reason") or "") if ready else "",
        issuing=None if issuing is None else issuing.text("status") == "True",
        revision=status.number("revision"),
        not_before=_time(status.text("notBefore")),
        not_after=_time(status.text("notAfter")),
        renewal_time=_time(status.text("renewalTime")),
    )


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Interval:
    """A lifetime and when it is renewed, both from the issue on; `renew_after` is None for never by itself."""

    lifetime: timedelta
    renew_after: timedelta | None
