"""What the API server calls over TLS: admission webhooks, conversion webhooks of CRDs, aggregated APIs.

The API server verifies the server with `caBundle`, or with the system's roots where it is absent, for the name
`<service>.<namespace>.svc` (k8s.io/apiserver v0.34, pkg/util/webhook; kube-aggregator v0.34). It is Go's crypto/x509.
"""

from __future__ import annotations

from mtlsaudit.decode.reader import Opened, Reader
from mtlsaudit.model.origin import FieldPath
from mtlsaudit.model.resource import Problem, Resource
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.core.anchors import Anchors, read_base64


@dataclass(frozen=True, slots=True, eq=False)
class Callback:
    """One call. `anchors` is None where caBundle is absent; `service` is `namespace/name`, empty for a URL."""

    name: str
    path: FieldPath
    anchors: Anchors | None
    service: str
    url: str
    port: int
    skips_verification: bool


@dataclass(frozen=True, slots=True, eq=False)
class Caller:
    """A webhook configuration, a CRD, or an APIService, with what the API server calls for it."""

    resource: Resource
    callbacks: tuple[Callback, ...]
    problems: tuple[Problem, ...]


def decode_webhooks(resource: Resource) -> Caller:
    """A ValidatingWebhookConfiguration or MutatingWebhookConfiguration."""
    opened = Opened(resource)
    found = [_callback(w.text("name") or "", w.child("clientConfig")) for w in opened.root.children("webhooks")]
    return Caller(resource, tuple(found), tuple(opened.problems))


def decode_definition(resource: Resource) -> Caller:
    """A CustomResourceDefinition: its conversion webhook, where it has one."""
    opened = Opened(resource)
    conversion = opened.root.child("spec", "conversion")
    found = []
    if conversion.text("strategy") == "Webhook":
        client = conversion.child("webhook", "clientConfig")
        found = [_callback("conversion", client)]
    return Caller(resource, tuple(found), tuple(opened.problems))


def decode_api_service(resource: Resource) -> Caller:
    """An APIService; one without a service is served by the API server itself."""
    opened = Opened(resource)
    spec = opened.root.child("spec")
    found = [_callback(resource.id.name, spec)] if spec.has("service") else []
    return Caller(resource, tuple(found), tuple(opened.problems))


def _callback(name: str, client: Reader) -> Callback:
    service = client.child("service")
    target = service.text("name") or ""
    text = client.text("caBundle")
    return Callback(
        name=name,
        path=(*client.path, "caBundle"),
        anchors=read_base64("caBundle", text) if text and text.strip() else None,
        service=f"{service.text('namespace') or 'default'}/{target}" if target else "",
        url=client.text("url") or "",
        port=service.number("port") or 443,
        skips_verification=bool(client.flag("insecureSkipTLSVerify")) if client.has("insecureSkipTLSVerify") else False,
    )
