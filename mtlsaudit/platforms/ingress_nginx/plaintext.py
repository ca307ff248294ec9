"""What a location does with a request on port 80: refused, redirected or served, and why."""

from __future__ import annotations

from mtlsaudit.model.hop import Plaintext
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.ingress_nginx.client_auth import checks_common_name, denial
from mtlsaudit.platforms.ingress_nginx.context import Context, annotation_evidence, evidence_at
from mtlsaudit.platforms.ingress_nginx.servers import CATCH_ALL, Location, Server, Taken

Judged = tuple[Plaintext, str, str, tuple[Evidence, ...]]


def judge_plaintext(server: Server, location: Location, context: Context) -> Judged:
    """What becomes of a request without TLS, and the fields behind it.

    The second value is the cause where it is served, a word that rules read; the third says it to people.
    """
    controller = context.controller
    denied = denial(server, location, context)
    if denied is not None:
        return Plaintext.REFUSED, "", *denied
    if checks_common_name(server):
        found = annotation_evidence(server.auth_tls_from, context, "auth-tls-match-cn")
        return Plaintext.REFUSED, "", "port 80 has no subject for auth-tls-match-cn and gets 403", found
    if location.annotations.redirect:
        found = annotation_evidence(location.owner, context, location.annotations.redirect)
        return Plaintext.REDIRECTED, "", f"{location.annotations.redirect} answers every request on port 80", found
    exempt = controller.option("no-tls-redirect-locations", "/.well-known/acme-challenge")
    if any(location.path.startswith(p.strip()) for p in exempt.split(",") if p.strip()):
        found = (
            *evidence_at(location.owner, *location.field, "path"),
            *controller.option_evidence("no-tls-redirect-locations"),
        )
        return Plaintext.SERVED, "acme-path", "port 80 serves the path, which no-tls-redirect-locations exempts", found
    return _redirect(server, location, context)


def _redirect(server: Server, location: Location, context: Context) -> Judged:
    controller = context.controller
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
        found = _setting_evidence(location.owner, context, "force-ssl-redirect")
        return Plaintext.REDIRECTED, "", "force-ssl-redirect redirects port 80", found
    return Plaintext.REDIRECTED, "", "port 80 redirects", evidence_at(server.certificate_from, "spec", "tls")


def _served(server: Server, location: Location, context: Context) -> Judged:
    owner = location.owner
    if server.host == CATCH_ALL:
        field = ("spec", "defaultBackend") if location.field == ("spec",) else location.field
        words = "port 80 serves it: a tls section does not make the catch-all host redirect"
        return Plaintext.SERVED, "catch-all", words, evidence_at(owner, *field)
    if not location.annotations.ssl_redirect:
        found = _setting_evidence(owner, context, "ssl-redirect")
        return Plaintext.SERVED, "ssl-redirect-off", "port 80 serves it, because ssl-redirect is false", found
    if context.is_alias:
        found = annotation_evidence(owner, context, "server-alias")
        return Plaintext.SERVED, "alias", "port 80 serves the alias, which the certificate does not cover", found
    found = (owner.ingress.resource.evidence(None, "spec", "tls"),) if owner else ()
    words = "port 80 serves it: no tls section registers a certificate for the host, so nothing redirects"
    return Plaintext.SERVED, "no-certificate", words, found


def _setting_evidence(owner: Taken | None, context: Context, name: str) -> tuple[Evidence, ...]:
    """The annotation where the Ingress has it, else the ConfigMap key of the same name."""
    controller = context.controller
    found = annotation_evidence(owner, context, name)
    if owner is None or f"{controller.prefix}/{name}" not in owner.ingress.resource.annotations:
        return controller.option_evidence(name) or found
    return found
