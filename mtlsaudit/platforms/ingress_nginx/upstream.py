"""How a location speaks to its Service: in plaintext, by TLS, with what verified and presented, or not at all."""

from __future__ import annotations

import re

from mtlsaudit.model.hop import Mode, Plaintext, UpstreamSide
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.core.ingresses import Backend
from mtlsaudit.platforms.core.services import Service
from mtlsaudit.platforms.ingress_nginx.context import Context, annotation_evidence, evidence_at
from mtlsaudit.platforms.ingress_nginx.passthrough import Through, root_of
from mtlsaudit.platforms.ingress_nginx.proxy_ssl import ProxySsl
from mtlsaudit.platforms.ingress_nginx.servers import Location, Server

Judged = tuple[Mode, UpstreamSide | None, str, tuple[Evidence, ...]]


def judge_upstream(
    server: Server, location: Location, context: Context, client: Mode, plaintext: Plaintext, through: Through
) -> Judged:
    """How the Service is spoken to, given what its clients meet, and where their TLS connections go."""
    here = annotation_evidence(location.owner, context, "backend-protocol")
    if through is Through.SERVICE and plaintext is not Plaintext.SERVED:
        return _passed(server, location, context)
    if client is Mode.REFUSED:
        return Mode.REFUSED, None, "nothing reaches the Service: the entry refuses", here
    if redirect := location.annotations.redirect:
        found = annotation_evidence(location.owner, context, redirect)
        return Mode.REFUSED, None, f"nothing reaches the Service: {redirect} answers every request", found
    missing = _missing_service(location, context)
    if missing:
        named = evidence_at(location.owner, *(location.backend.path if location.backend else ()))
        return Mode.REFUSED, None, missing, named
    protocol = location.annotations.backend_protocol
    expects_tls = _expects_tls(location, context)
    if protocol in ("HTTP", "GRPC", "FCGI") or (protocol == "AUTO_HTTP" and plaintext is Plaintext.SERVED):
        side = UpstreamSide("plaintext", False, False, port_expects_tls=expects_tls, protocol=protocol)
        return Mode.PLAINTEXT, side, _plaintext_words(location, protocol), here
    if protocol == "GRPCS":
        side = UpstreamSide("tls", False, False, port_expects_tls=expects_tls, protocol=protocol)
        words = (
            "grpc_pass grpcs:// uses no proxy_ssl setting: the server is not verified and no certificate is presented"
        )
        return Mode.SERVER_TLS, side, words, here
    return _tls_upstream(server, location, context, protocol)


def _passed(server: Server, location: Location, context: Context) -> Judged:
    """The Service of `/` gets the TLS connections, and no other location gets any."""
    found = annotation_evidence(server.passthrough, context, "ssl-passthrough")
    if location is not root_of(server):
        return Mode.REFUSED, None, "nothing reaches the Service: TLS goes to the Service of / unopened", found
    expects_tls, protocol = _expects_tls(location, context), location.annotations.backend_protocol
    side = UpstreamSide("passthrough", False, False, port_expects_tls=expects_tls, protocol=protocol)
    return Mode.PASSTHROUGH, side, "the TLS connection of the client is passed through", found


def _plaintext_words(location: Location, protocol: str) -> str:
    if protocol == "AUTO_HTTP":
        return "proxy_pass $scheme://: a request that comes in on port 80 goes out in plaintext"
    scheme = {"GRPC": "grpc_pass grpc://", "FCGI": "fastcgi_pass"}.get(protocol, "proxy_pass http://")
    if protocol != "HTTP":
        return scheme
    extra = ", so proxy-ssl settings have no effect" if location.annotations.proxy_ssl.secret else ""
    return f"{scheme}, because backend-protocol is HTTP unless annotated{extra}"


def _tls_upstream(server: Server, location: Location, context: Context, protocol: str) -> Judged:
    own, inherited = location.annotations.proxy_ssl, server.proxy_ssl
    trust = own if own.has_ca else inherited
    credential = own if own.has_pair else inherited
    verified = trust.has_ca and trust.verify
    presents = credential.has_pair
    source = server.proxy_ssl_from if trust is inherited and inherited.has_ca else location.owner
    found = annotation_evidence(source, context, "proxy-ssl-verify", "proxy-ssl-secret", "backend-protocol")
    shown = credential.secret if presents else ""
    side = UpstreamSide("tls", verified, presents, shown, _expects_tls(location, context), protocol)
    words = _tls_words(own, inherited, verified, presents, server, location)
    return (Mode.OFFERED if verified and presents else Mode.SERVER_TLS), side, words, found


def _tls_words(
    own: ProxySsl, inherited: ProxySsl, verified: bool, presents: bool, server: Server, location: Location
) -> str:
    first = (
        "proxy_pass https://, the server is verified"
        if verified
        else "proxy_pass https:// without proxy_ssl_verify: any certificate of the server is accepted"
    )
    second = "a certificate is presented" if presents else "no certificate is presented"
    if own.secret and not own.has_ca and not inherited.has_ca:
        return f"{first}, {second}: the Secret {own.secret} has no ca.crt, so neither is written"
    other = server.proxy_ssl_from
    if (verified or presents) and not own.has_ca and other is not None and other is not location.owner:
        return f"{first}, {second}: proxy-ssl settings of the Ingress {other.ingress.key} stand for the whole host"
    return f"{first}, {second}"


def _missing_service(location: Location, context: Context) -> str:
    """No Service or no such port means no endpoint, so 503; only a world that shows Services can say so."""
    backend, owner = location.backend, location.owner
    if backend is None or owner is None:
        return "the controller's own default backend answers"
    service = context.service(owner.ingress.namespace, backend.service)
    if service is None:
        hidden = context.world.gap("", "Service", f"{owner.ingress.namespace}/{backend.service}")
        return "" if hidden else f"the Service {backend.service} does not exist: no endpoint, 503"
    if service.external_name:
        off = context.controller.switch("disable-svc-external-name", False)
        return "the controller runs with --disable-svc-external-name: no endpoint, 503" if off else ""
    if not any(str(backend.port) in (str(p.port), str(p.target), p.name) for p in service.ports):
        return f"the Service {backend.service} has no port {backend.port}: no endpoint, 503"
    return ""


_TLS_PORTS = frozenset({443, 6443, 8443, 9443})
_TLS_NAME = re.compile(r"^(?:https|tls|grpcs|ssl)(?:-|$)")


def _expects_tls(location: Location, context: Context) -> bool:
    """Does the Service's port look like one that speaks TLS?"""
    backend, owner = location.backend, location.owner
    if backend is None or owner is None:
        return False
    return _port_expects_tls(backend, context.service(owner.ingress.namespace, backend.service))


def _port_expects_tls(backend: Backend, service: Service | None) -> bool:
    """By number (443, 8443 …) or by name (`https…`, `tls…`) of the Service's port or of the pod's port."""
    port = service.port(backend.port) if service else None
    numbers = {backend.port, *((port.port, port.target) if port else ())}
    names = {str(backend.port), *((port.name, str(port.target)) if port else ())}
    return bool(numbers & _TLS_PORTS) or any(_TLS_NAME.match(n) for n in names)
