"""Ingresses of one host become one nginx server: who decides what (controller.go createServers, getBackendServers)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from mtlsaudit.model.origin import FieldPath
from mtlsaudit.model.values import dataclass, field, replace
from mtlsaudit.platforms.core.ingresses import Backend, Ingress, IngressRule
from mtlsaudit.platforms.ingress_nginx.annotations import Annotations
from mtlsaudit.platforms.ingress_nginx.auth_tls import AuthTls
from mtlsaudit.platforms.ingress_nginx.backends import Upstreams
from mtlsaudit.platforms.ingress_nginx.proxy_ssl import ProxySsl

CATCH_ALL = "_"


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """An Ingress that the controller stored, with what its annotations came to."""

    ingress: Ingress
    annotations: Annotations


@dataclass(slots=True, eq=False)
class Location:
    """A location block. `owner` is the Ingress whose path-level annotations apply; None is the controller's own."""

    path: str
    path_type: str
    backend: Backend | None
    owner: Taken | None
    annotations: Annotations
    field: FieldPath
    is_default: bool = False


@dataclass(slots=True, eq=False)
class Server:
    """A server block. `certificate` is the Ingress whose tls section registered one, `certificate_secret` its Secret."""

    host: str
    locations: list[Location] = field(default_factory=list)
    auth_tls: AuthTls = field(default_factory=AuthTls)
    auth_tls_from: Taken | None = None
    denied: str = ""
    denied_by: Taken | None = None
    proxy_ssl: ProxySsl = field(default_factory=ProxySsl)
    proxy_ssl_from: Taken | None = None
    certificate_from: Taken | None = None
    passthrough: Taken | None = None
    aliases: tuple[str, ...] = ()
    snippet: Taken | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """Controller-wide settings that the merge depends on."""

    proxy_ssl_location_only: bool
    upstreams: Upstreams


def server_name(rule: IngressRule) -> str:
    """A rule without a host belongs to the catch-all server."""
    return rule.host or CATCH_ALL


def build_server(host: str, taken: Sequence[Taken], homes: Collection[str], options: Options) -> Server:
    """The server of `host` from all Ingresses in the controller's order.

    `homes` are the hosts that have a server; a rule of another host (a canary alone) falls to the catch-all.
    """
    server = Server(host)
    if host == CATCH_ALL:
        server.locations.append(_catch_all_location(taken))
    for one in taken:
        if one.annotations.canary:
            continue
        for rule in _rules_of(one, host):
            _create(server, one, rule)
    for one in taken:
        for rule in one.ingress.rules:
            name = server_name(rule)
            if name == host or (host == CATCH_ALL and name not in homes):
                _apply(server, one, rule, options)
    return server


def _rules_of(one: Taken, host: str) -> Iterator[IngressRule]:
    return (rule for rule in one.ingress.rules if server_name(rule) == host)


def _catch_all_location(taken: Sequence[Taken]) -> Location:
    """`/` of the catch-all server: a defaultBackend lands here; of an Ingress without rules also its annotations.

    The oldest such Ingress has it. Its redirect settings are not taken over, so this location never redirects.
    """
    location = Location("/", "Prefix", None, None, Annotations(ssl_redirect=False), (), is_default=True)
    for one in taken:
        backend = one.ingress.default_backend
        if one.annotations.canary or backend is None or one.ingress.rules:
            continue
        location.backend, location.field, location.owner = backend, ("spec",), one
        location.is_default = False
        location.annotations = _without_redirect(one.annotations)
        break
    return location


def _without_redirect(annotations: Annotations) -> Annotations:
    return replace(annotations, ssl_redirect=False, force_ssl_redirect=False, redirect="")


def _create(server: Server, one: Taken, rule: IngressRule) -> None:
    """The root location, the certificate, aliases and passthrough (createServers)."""
    annotations = one.annotations
    if not server.locations:
        backend = one.ingress.default_backend
        server.locations.append(Location("/", "Prefix", backend, one, annotations, rule.field, is_default=True))
        server.passthrough = one if annotations.ssl_passthrough else None
    if not server.aliases and annotations.aliases:
        server.aliases = annotations.aliases
    if annotations.server_snippet and server.snippet is None:
        server.snippet = one
    if server.certificate_from is None and one.ingress.tls and server.host != CATCH_ALL:
        server.certificate_from = one


def _apply(server: Server, one: Taken, rule: IngressRule, options: Options) -> None:
    """Client verification, upstream TLS and locations (getBackendServers)."""
    annotations = one.annotations
    if rule.paths is None and server_name(rule) != CATCH_ALL:
        return
    auth_tls = annotations.auth_tls
    if auth_tls.denied and not server.denied:
        server.denied, server.denied_by = auth_tls.denied, one
    if not server.auth_tls.has_ca:
        server.auth_tls = auth_tls
        server.auth_tls_from = one if auth_tls.is_set else None
    if not options.proxy_ssl_location_only and not server.proxy_ssl.has_ca:
        server.proxy_ssl = annotations.proxy_ssl
        server.proxy_ssl_from = one if annotations.proxy_ssl.secret else None
    for path in rule.paths or ():
        if path.backend is None:
            continue
        if not options.upstreams.writes(one.ingress.namespace, path.backend, annotations.canary):
            continue
        kind = "Exact" if path.type == "Exact" else "Prefix"  # ImplementationSpecific is Prefix to the controller
        same = next((loc for loc in server.locations if loc.path == path.path), None)
        if same is None or same.path_type != kind:  # only the first of a path is looked at, so one may come twice
            server.locations.append(Location(path.path, kind, path.backend, one, annotations, path.field))
        elif same.is_default:
            same.backend, same.owner, same.annotations, same.field = path.backend, one, annotations, path.field
            same.is_default = False
