"""Issuers and Certificates (cert-manager.io/v1), decoded."""

from __future__ import annotations

from mtlsaudit.decode.reader import Opened, Reader
from mtlsaudit.model.origin import FieldPath, object_key, object_name
from mtlsaudit.model.resource import Problem, Resource
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.cert_manager.admission_extras import RARE
from mtlsaudit.platforms.cert_manager.duration import parse_duration
from mtlsaudit.platforms.cert_manager.status import Status, decode_status
from mtlsaudit.platforms.cert_manager.subjects import PARTS, subject_of
from mtlsaudit.platforms.cert_manager.windows import Window
from mtlsaudit.platforms.core.anchors import Anchors, read_base64

GROUP = "cert-manager.io"
CERTIFICATE = (GROUP, "Certificate")


@dataclass(frozen=True, slots=True, eq=False)
class ServerTrust:
    """What an issuer verifies its server with: `anchors` stand in the issuer, or `secret` and `key` name an entry.

    Fields caBundle and caBundleSecretRef of vault and venafi.tpp, caBundle of acme (v1.21.2). Without a key it is ca.crt.
    """

    path: FieldPath
    anchors: Anchors | None
    secret: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Issuer:
    """`type` is ca, selfSigned, acme, vault, venafi, or empty. `secret` is the CA's Secret name.

    `ignores_duration`: ACME servers decide the lifetime themselves unless `enableDurationFeature` is set.
    """

    resource: Resource
    type: str
    secret: str
    ignores_duration: bool
    problems: tuple[Problem, ...]
    server_trust: ServerTrust | None = None

    @property
    def is_cluster(self) -> bool:
        return self.resource.id.kind == "ClusterIssuer"


def decode_issuer(resource: Resource) -> Issuer:
    """An Issuer or ClusterIssuer."""
    opened = Opened(resource)
    spec = opened.root.child("spec")
    kind = next((t for t in ("ca", "selfSigned", "acme", "vault", "venafi") if t in spec.keys()), "")
    fixed = kind == "acme" and not spec.child("acme").flag("enableDurationFeature")
    client = (
        spec.child("venafi", "tpp") if kind == "venafi" else spec.child(kind) if kind in ("vault", "acme") else None
    )
    trust = _server_trust(client) if client is not None else None
    return Issuer(resource, kind, spec.child("ca").text("secretName") or "", fixed, tuple(opened.problems), trust)


def _server_trust(client: Reader) -> ServerTrust | None:
    text = client.text("caBundle")
    if text and text.strip():
        return ServerTrust((*client.path, "caBundle"), read_base64("caBundle", text))
    reference = client.child("caBundleSecretRef")
    if name := reference.text("name"):
        return ServerTrust((*client.path, "caBundleSecretRef", "name"), None, name, reference.text("key") or "ca.crt")
    return None


@dataclass(frozen=True, slots=True)
class IssuerRef:
    name: str
    kind: str
    group: str


@dataclass(frozen=True, slots=True)
class RenewalPolicy:
    """`spec.renewal` (1.21 and later). `policy` is RenewBefore or Disabled; the webhook refuses anything else."""

    policy: str
    windows: tuple[Window, ...]


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
    renewal: RenewalPolicy | None
    rotation_policy: str | None
    algorithm: str
    size: int | None
    usages: tuple[str, ...]
    is_ca: bool
    common_name: str
    subject: str
    has_literal_subject: bool
    has_other_names: bool
    dns: tuple[str, ...]
    uri: tuple[str, ...]
    ip: tuple[str, ...]
    email: tuple[str, ...]
    revision_history_limit: int | None
    status: Status
    problems: tuple[Problem, ...]
    signature_algorithm: str = ""
    has_rare_fields: bool = False
    made_by: str = ""
    field: tuple[str | int, ...] = ("spec",)

    @property
    def key(self) -> str:
        return object_key(self.namespace, self.name) if self.made_by else self.resource.id.key

    @property
    def created(self) -> str:
        """creationTimestamp, empty for what was never applied."""
        return "" if self.made_by else self.resource.created

    @property
    def never_renews(self) -> bool:
        return self.renewal is not None and self.renewal.policy == "Disabled"

    @property
    def secret_key(self) -> str:
        return object_key(self.namespace, self.secret)

    @property
    def issuer_key(self) -> str:
        """`Kind namespace/name` of the issuer, to compare by."""
        namespace = "" if self.issuer.kind == "ClusterIssuer" else f"{self.namespace}/"
        return object_name(self.issuer.kind, f"{namespace}{self.issuer.name}")


def decode_certificate(resource: Resource) -> CertificateSpec:
    """A Certificate as written, with durations checked for their syntax."""
    opened = Opened(resource)
    spec = opened.root.child("spec")
    reference = spec.child("issuerRef")
    key = spec.child("privateKey")
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
        renewal=_renewal(spec),
        rotation_policy=key.text("rotationPolicy"),
        algorithm=key.text("algorithm") or "RSA",
        size=key.number("size"),
        usages=spec.texts("usages"),
        is_ca=bool(spec.flag("isCA")),
        common_name=spec.text("commonName") or "",
        subject=spec.text("literalSubject") or subject_of(_named(spec)),
        has_literal_subject=bool(spec.text("literalSubject")),
        has_other_names=bool(spec.children("otherNames")),
        dns=spec.texts("dnsNames"),
        uri=spec.texts("uris"),
        ip=spec.texts("ipAddresses"),
        email=spec.texts("emailAddresses"),
        revision_history_limit=spec.number("revisionHistoryLimit"),
        status=decode_status(opened.root.child("status")),
        problems=tuple(opened.problems),
        signature_algorithm=spec.text("signatureAlgorithm") or "",
        has_rare_fields=not RARE.isdisjoint(spec.keys()),
    )


def _named(spec: Reader) -> dict[str, tuple[str, ...]]:
    subject = spec.child("subject")
    single = {"commonName": spec.text("commonName"), "serialNumber": subject.text("serialNumber")}
    return {
        **{name: subject.texts(name) for name in PARTS if name not in single},
        **{name: (value,) if value else () for name, value in single.items()},
    }


def _renewal(spec: Reader) -> RenewalPolicy | None:
    if not spec.has("renewal"):
        return None
    renewal = spec.child("renewal")
    windows = []
    for window in renewal.children("windows"):
        length = window.text("windowDuration")
        written = {k: window.text(k) for k in ("cron", "timezone", "windowDuration")}
        windows.append(
            Window(
                cron=window.text("cron") or "",
                timezone=window.text("timezone") or "",
                duration=parse_duration(length) if length else None,
                written=tuple((k, v) for k, v in written.items() if v is not None),
            )
        )
    return RenewalPolicy(renewal.text("policy") or "", tuple(windows))
