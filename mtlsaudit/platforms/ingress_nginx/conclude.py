"""What a location does: to a client on port 80, to a client on port 443, and towards its Service."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from mtlsaudit.model.hop import ClientAuth, ClientSide, Mode, Plaintext, UpstreamSide, client_mode
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.core.ingresses import Backend
from mtlsaudit.platforms.core.services import Service
from mtlsaudit.platforms.ingress_nginx.annotations import ProxySsl
from mtlsaudit.platforms.ingress_nginx.regexp import matches_nothing
from mtlsaudit.platforms.ingress_nginx.servers import CATCH_ALL, Location, Server, Taken
from mtlsaudit.platforms.ingress_nginx.settings import Controller

Pieces = dict[str, tuple[Evidence, ...]]


@dataclass(frozen=True, slots=True)
class Context:
    """What a location's fate depends on beside its server."""

    controller: Controller
    registered: bool
    """Is a certificate registered for the name that the client asks for (the condition of ssl-redirect)?"""

    is_alias: bool
    service: Callable[[str, str], Service | None]
    closed: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Conclusion:
    """One location in one possible world."""

    client_mode: Mode
    client: ClientSide
    client_because: str
    upstream_mode: Mode
    upstream: UpstreamSide | None
    upstream_because: str
    evidence: Pieces

    def client_key(self) -> tuple[object, ...]:
        """What must be equal in all worlds for the client hop to be known."""
        return self.client_mode, self.client.plaintext, self.client.client_auth

    def upstream_key(self) -> tuple[object, ...]:
        """The same for the hop to the Service."""
        up = self.upstream
        return self.upstream_mode, up and (up.encryption, up.server_verified, up.client_certificate)


def conclude(server: Server, location: Location, context: Context) -> Conclusion:
    """The fate of one location of one server."""
    plaintext, cause, plain_words, plain_evidence = _plaintext(server, location, context)
    auth, auth_words, auth_evidence = _client_auth(server, location, context)
    if auth is ClientAuth.REFUSED and plaintext is Plaintext.REDIRECTED:
        plaintext, plain_words = Plaintext.REFUSED, auth_words
    client = ClientSide(
        plaintext=plaintext,
        client_auth=auth,
        plaintext_cause=cause,
        plaintext_because=plain_words,
        trust=server.auth_tls.secret if server.auth_tls.has_ca else "",
        decided_by=server.auth_tls_from.ingress.key if server.auth_tls_from else "",
        match_cn=server.auth_tls.match_cn,
        certificate=server.certificate_from.ingress.key if server.certificate_from else "",
    )
    mode = client_mode(plaintext, auth)
    because = _joined(auth_words, plain_words)
    through = _passed_through(server, context)
    if through and mode is not Mode.REFUSED:
        client = replace(client, client_auth=ClientAuth.NONE)
        mode = Mode.PLAINTEXT if plaintext is Plaintext.SERVED else Mode.PASSTHROUGH
        because = f"ssl-passthrough: TLS for the host goes to the Service unopened and auth-tls has no effect on it; {plain_words}"
    up_mode, upstream, up_words, up_evidence = _upstream(server, location, context, mode, plaintext, through)
    evidence: Pieces = {
        "client_auth": auth_evidence,
        "plaintext": plain_evidence,
        "upstream": up_evidence,
        "path": _at(location.owner, *location.field),
        "service": _service_evidence(location),
        "match_cn": _auth_annotation(server, context, "auth-tls-match-cn"),
        "error_page": _auth_annotation(server, context, "auth-tls-error-page"),
        "pass_certificate": _auth_annotation(server, context, "auth-tls-pass-certificate-to-upstream"),
    }
    return Conclusion(mode, client, because, up_mode, upstream, up_words, evidence)


def _service_evidence(location: Location) -> tuple[Evidence, ...]:
    owner, backend = location.owner, location.backend
    if owner is None or backend is None:
        return ()
    field = "number" if isinstance(backend.port, int) else "name"
    return (owner.ingress.resource.evidence(backend.port, *backend.path, "port", field),)


def _joined(first: str, second: str) -> str:
    return first if first == second else f"{first}; {second}"


def _at(owner: Taken | None, *path: str | int) -> tuple[Evidence, ...]:
    return (owner.ingress.resource.evidence("present", *path),) if owner else ()


def annotation_evidence(taken: Taken | None, controller: Controller, *names: str) -> tuple[Evidence, ...]:
    """The annotations of an Ingress by short name; those that are absent are left out unless all are."""
    if taken is None:
        return ()
    resource = taken.ingress.resource
    full = [f"{controller.prefix}/{name}" for name in names]
    present = tuple(resource.annotation(name) for name in full if name in resource.annotations)
    return present or (resource.evidence(None, "metadata", "annotations", full[0]),)


def _auth_annotation(server: Server, context: Context, name: str) -> tuple[Evidence, ...]:
    return annotation_evidence(server.auth_tls_from, context.controller, name)


# The TLS side.


def _client_auth(server: Server, location: Location, context: Context) -> tuple[ClientAuth, str, tuple[Evidence, ...]]:
    controller = context.controller
    here = annotation_evidence(location.owner, controller, "auth-tls-secret", "auth-tls-verify-client")
    if server.denied:
        found = annotation_evidence(server.denied_by, controller, "auth-tls-secret")
        return ClientAuth.REFUSED, f"{server.denied}: the whole host answers 403 on both ports", found
    if location.annotations.denied:
        found = annotation_evidence(location.owner, controller, "proxy-ssl-secret", "auth-tls-secret")
        return ClientAuth.REFUSED, f"{location.annotations.denied}: the location answers 503 on both ports", found
    if server.host == CATCH_ALL and controller.setting("ssl-reject-handshake", False):
        return ClientAuth.REFUSED, "ssl-reject-handshake is true", controller.option_evidence("ssl-reject-handshake")
    auth = server.auth_tls
    decided = annotation_evidence(
        server.auth_tls_from, controller, "auth-tls-verify-client", "auth-tls-secret", "auth-tls-match-cn"
    )
    checks_cn = bool(auth.match_cn) and not matches_nothing(auth.match_cn)
    if not auth.has_ca or auth.verify == "off":
        words = _no_verification(server, location)
        if checks_cn:
            return ClientAuth.REFUSED, f"{words}, so auth-tls-match-cn refuses every request", decided
        return ClientAuth.NONE, words, decided or here
    who = "" if server.auth_tls_from is location.owner else f" (decided by the Ingress {_name(server.auth_tls_from)})"
    words = f"ssl_verify_client {auth.verify} with the CA of {auth.secret}{who}"
    if auth.verify == "optional_no_ca":
        return ClientAuth.UNVERIFIED, f"{words}: a certificate of any CA is accepted", decided
    if _lands_here(server, location):
        found = (*decided, *annotation_evidence(server.auth_tls_from, controller, "auth-tls-error-page"))
        if checks_cn:
            return (
                ClientAuth.UNVERIFIED,
                f"{words}, but error_page {auth.error_page} serves a certificate of any CA with that name",
                found,
            )
        return (
            ClientAuth.OPTIONAL,
            f"{words}, but error_page {auth.error_page} passes a request without a certificate to the Service",
            found,
        )
    if auth.verify == "optional" and not checks_cn:
        return ClientAuth.OPTIONAL, f"{words}: no certificate is served as well", decided
    return ClientAuth.REQUIRED, f"{words}{' and a check of the CN' if checks_cn else ''}", decided


def _name(taken: Taken | None) -> str:
    return taken.ingress.key if taken else ""


def _no_verification(server: Server, location: Location) -> str:
    auth = server.auth_tls
    if auth.has_ca:
        return f"auth-tls-verify-client is off (decided by the Ingress {_name(server.auth_tls_from)})"
    if auth.secret:
        return f"the Secret {auth.secret} has no ca.crt: it is accepted and no ssl_verify_client is written"
    own = location.annotations.auth_tls
    if own.is_set:
        return "auth-tls is only read from rules with paths: no ssl_verify_client is written"
    return "no ssl_verify_client: auth-tls-secret is not set"


def _lands_here(server: Server, location: Location) -> bool:
    """Does the error page, a path on the same host, lead into this location without a certificate?"""
    page = server.auth_tls.error_page
    if not page.startswith("/"):
        return False
    if any(_uses_regex(loc) for loc in server.locations):
        return True
    return _matching(server.locations, page) is location


def _uses_regex(location: Location) -> bool:
    if location.owner is None:
        return False
    annotations = location.owner.ingress.resource.annotations
    return any(n.endswith(("/use-regex", "/rewrite-target")) for n in annotations)


def _matching(locations: list[Location], path: str) -> Location | None:
    """Nginx's choice: an exact location, else the longest prefix."""
    best: Location | None = None
    for location in locations:
        prefix = location.path
        if location.path_type == "Exact":
            if path == prefix:
                return location
            continue
        whole = path == prefix or prefix.endswith("/") or path.startswith(prefix + "/")
        if not path.startswith(prefix) or (location.path_type == "Prefix" and not whole):
            continue
        if best is None or len(prefix) > len(best.path):
            best = location
    return best


# The plaintext side.


def _plaintext(
    server: Server, location: Location, context: Context
) -> tuple[Plaintext, str, str, tuple[Evidence, ...]]:
    controller = context.controller
    if server.denied or location.annotations.denied:
        refused = _client_auth(server, location, context)
        return Plaintext.REFUSED, "", refused[1], refused[2]
    match_cn = server.auth_tls.match_cn
    if match_cn and not matches_nothing(match_cn):
        found = annotation_evidence(server.auth_tls_from, controller, "auth-tls-match-cn")
        return Plaintext.REFUSED, "", "port 80 has no subject for auth-tls-match-cn and gets 403", found
    exempt = controller.option("no-tls-redirect-locations", "/.well-known/acme-challenge")
    if any(location.path.startswith(p.strip()) for p in exempt.split(",") if p.strip()):
        found = (
            *_at(location.owner, *location.field, "path"),
            *controller.option_evidence("no-tls-redirect-locations"),
        )
        return Plaintext.SERVED, "acme-path", "port 80 serves the path, which no-tls-redirect-locations exempts", found
    return _redirect(server, location, context)


def _redirect(server: Server, location: Location, context: Context) -> tuple[Plaintext, str, str, tuple[Evidence, ...]]:
    controller, owner = context.controller, location.owner
    forced = location.annotations.force_ssl_redirect
    if not forced and not (location.annotations.ssl_redirect and context.registered):
        return _served(server, location, context)
    for option, header in (
        ("use-forwarded-headers", "an X-Forwarded-Proto: https"),
        ("use-proxy-protocol", "a PROXY protocol"),
    ):
        if controller.setting(option, False):
            cause = "forwarded-headers" if option == "use-forwarded-headers" else "proxy-protocol"
            words = f"port 80 redirects, but {option} is true: a request with {header} header is served without TLS"
            return Plaintext.SERVED, cause, words, controller.option_evidence(option)
    if forced:
        found = annotation_evidence(owner, controller, "force-ssl-redirect")
        if owner is None or f"{controller.prefix}/force-ssl-redirect" not in owner.ingress.resource.annotations:
            found = controller.option_evidence("force-ssl-redirect") or found
        return Plaintext.REDIRECTED, "", "force-ssl-redirect redirects port 80", found
    return Plaintext.REDIRECTED, "", "port 80 redirects", _at(server.certificate_from, "spec", "tls")


def _served(server: Server, location: Location, context: Context) -> tuple[Plaintext, str, str, tuple[Evidence, ...]]:
    controller, owner = context.controller, location.owner
    if server.host == CATCH_ALL:
        field = ("spec", "defaultBackend") if location.field == ("spec",) else location.field
        words = "port 80 serves it: a tls section does not make the catch-all host redirect"
        return Plaintext.SERVED, "catch-all", words, _at(owner, *field)
    if not location.annotations.ssl_redirect:
        found = annotation_evidence(owner, controller, "ssl-redirect")
        if owner is None or f"{controller.prefix}/ssl-redirect" not in owner.ingress.resource.annotations:
            found = controller.option_evidence("ssl-redirect") or found
        return Plaintext.SERVED, "ssl-redirect-off", "port 80 serves it, because ssl-redirect is false", found
    if context.is_alias:
        found = annotation_evidence(owner, controller, "server-alias")
        return Plaintext.SERVED, "alias", "port 80 serves the alias, which the certificate does not cover", found
    found = tuple([owner.ingress.resource.evidence(None, "spec", "tls")] if owner else [])
    return (
        Plaintext.SERVED,
        "no-certificate",
        "port 80 serves it: no tls section registers a certificate for the host, so nothing redirects",
        found,
    )


# Towards the Service.


def _passed_through(server: Server, context: Context) -> bool:
    if server.passthrough is None or not context.controller.switch("enable-ssl-passthrough", False):
        return False
    return any(loc.path == "/" and not loc.is_default for loc in server.locations)


_Upstream = tuple[Mode, UpstreamSide | None, str, tuple[Evidence, ...]]


def _upstream(
    server: Server, location: Location, context: Context, client: Mode, plaintext: Plaintext, through: bool
) -> _Upstream:
    controller = context.controller
    here = annotation_evidence(location.owner, controller, "backend-protocol")
    if client is Mode.REFUSED:
        return Mode.REFUSED, None, "nothing reaches the Service: the entry refuses", here
    missing = _missing_service(location, context)
    if missing:
        return Mode.REFUSED, None, missing, _at(location.owner, *(location.backend.path if location.backend else ()))
    protocol = location.annotations.backend_protocol
    expects_tls = _expects_tls(location, context)
    if through and location.path == "/" and plaintext is not Plaintext.SERVED:
        side = UpstreamSide("passthrough", False, False, port_expects_tls=expects_tls, protocol=protocol)
        found = annotation_evidence(server.passthrough, controller, "ssl-passthrough")
        return Mode.PASSTHROUGH, side, "the TLS connection of the client is passed through", found
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


def _plaintext_words(location: Location, protocol: str) -> str:
    if protocol == "AUTO_HTTP":
        return "proxy_pass $scheme://: a request that comes in on port 80 goes out in plaintext"
    scheme = {"GRPC": "grpc_pass grpc://", "FCGI": "fastcgi_pass"}.get(protocol, "proxy_pass http://")
    if protocol != "HTTP":
        return scheme
    extra = ", so proxy-ssl settings have no effect" if location.annotations.proxy_ssl.secret else ""
    return f"{scheme}, because backend-protocol is HTTP unless annotated{extra}"


def _tls_upstream(server: Server, location: Location, context: Context, protocol: str) -> _Upstream:
    own, inherited = location.annotations.proxy_ssl, server.proxy_ssl
    trust = own if own.has_ca else inherited
    credential = own if own.has_pair else inherited
    verified = trust.has_ca and trust.verify
    presents = credential.has_pair
    source = server.proxy_ssl_from if trust is inherited and inherited.has_ca else location.owner
    found = annotation_evidence(source, context.controller, "proxy-ssl-verify", "proxy-ssl-secret", "backend-protocol")
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
    """No Service or no such port means no endpoint, so 503; only a closed world can say so."""
    backend, owner = location.backend, location.owner
    if backend is None or owner is None:
        return "the controller's own default backend answers"
    service = context.service(owner.ingress.namespace, backend.service)
    if service is None:
        return f"the Service {backend.service} does not exist: no endpoint, 503" if context.closed else ""
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
    return port_expects_tls(backend, context.service(owner.ingress.namespace, backend.service))


def port_expects_tls(backend: Backend, service: Service | None) -> bool:
    """By number (443, 8443 …) or by name (`https…`, `tls…`) of the Service's port or of the pod's port."""
    port = service.port(backend.port) if service else None
    numbers = {backend.port, *((port.port, port.target) if port else ())}
    names = {str(backend.port), *((port.name, str(port.target)) if port else ())}
    return bool(numbers & _TLS_PORTS) or any(_TLS_NAME.match(n) for n in names)
