"""Whom a location serves over TLS: whether nginx asks for a client certificate, and what it makes of it."""

from __future__ import annotations

from mtlsaudit.model.hop import ClientAuth
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.ingress_nginx.context import Context, annotation_evidence
from mtlsaudit.platforms.ingress_nginx.paths import uses_regex
from mtlsaudit.platforms.ingress_nginx.regexp import matches_nothing
from mtlsaudit.platforms.ingress_nginx.servers import CATCH_ALL, Location, Server, Taken

Judged = tuple[ClientAuth, str, tuple[Evidence, ...]]


def judge_client_auth(server: Server, location: Location, context: Context) -> Judged:
    """What is asked of a client on port 443, in which words to say so, and the fields behind it."""
    controller = context.controller
    denied = denial(server, location, context)
    if denied is not None:
        return ClientAuth.REFUSED, *denied
    if server.host == CATCH_ALL and controller.setting("ssl-reject-handshake", False):
        return ClientAuth.REFUSED, "ssl-reject-handshake is true", controller.option_evidence("ssl-reject-handshake")
    auth = server.auth_tls
    decided = annotation_evidence(
        server.auth_tls_from, context, "auth-tls-verify-client", "auth-tls-secret", "auth-tls-match-cn"
    )
    if auth.has_ca and auth.verify != "off":
        return _verified(server, location, context, decided)
    words = _no_verification(server, location)
    if checks_common_name(server):
        return ClientAuth.REFUSED, f"{words}, so auth-tls-match-cn refuses every request", decided
    here = annotation_evidence(location.owner, context, "auth-tls-secret", "auth-tls-verify-client")
    return ClientAuth.NONE, words, decided or here


def denial(server: Server, location: Location, context: Context) -> tuple[str, tuple[Evidence, ...]] | None:
    """Why every request is refused on both ports: what an annotation refers to cannot be used. None if it can."""
    if server.denied:
        found = annotation_evidence(server.denied_by, context, "auth-tls-secret")
        return f"{server.denied}: the whole host answers 403 on both ports", found
    if location.annotations.denied:
        named = location.annotations.denied.split(" ", 1)[0]
        found = annotation_evidence(location.owner, context, named, "proxy-ssl-secret", "auth-tls-secret")
        return f"{location.annotations.denied}: the location answers 503 on both ports", found
    return None


def checks_common_name(server: Server) -> bool:
    """Does auth-tls-match-cn refuse whoever has no subject that it matches?"""
    pattern = server.auth_tls.match_cn
    return bool(pattern) and not matches_nothing(pattern)


def _verified(server: Server, location: Location, context: Context, decided: tuple[Evidence, ...]) -> Judged:
    """Nginx asks for a certificate: what becomes of a client without a good one."""
    auth, checks_cn = server.auth_tls, checks_common_name(server)
    who = "" if server.auth_tls_from is location.owner else f" (decided by the Ingress {_name(server.auth_tls_from)})"
    words = f"ssl_verify_client {auth.verify} with the CA of {auth.secret}{who}"
    if auth.verify == "optional_no_ca":
        return ClientAuth.UNVERIFIED, f"{words}: a certificate of any CA is accepted", decided
    if _lands_here(server, location):
        found = (*decided, *annotation_evidence(server.auth_tls_from, context, "auth-tls-error-page"))
        words = f"{words}, but error_page {auth.error_page}"
        if checks_cn:
            return ClientAuth.UNVERIFIED, f"{words} serves a certificate of any CA with that name", found
        return ClientAuth.OPTIONAL, f"{words} passes a request without a certificate to the Service", found
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
    if uses_regex(server.locations):
        return True
    return _matching(server.locations, page) is location


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
