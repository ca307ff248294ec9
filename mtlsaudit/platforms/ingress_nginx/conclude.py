"""What a location does: to a client on port 80, to a client on port 443, and towards its Service."""

from __future__ import annotations

from mtlsaudit.model.hop import ClientAuth, ClientSide, Mode, Plaintext, UpstreamSide, client_mode
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.ingress_nginx.client_auth import judge_client_auth
from mtlsaudit.platforms.ingress_nginx.context import Context, annotation_evidence, evidence_at
from mtlsaudit.platforms.ingress_nginx.passthrough import Through, passed_through
from mtlsaudit.platforms.ingress_nginx.plaintext import judge_plaintext
from mtlsaudit.platforms.ingress_nginx.servers import Location, Server
from mtlsaudit.platforms.ingress_nginx.upstream import judge_upstream

Pieces = dict[str, tuple[Evidence, ...]]


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
    plaintext, cause, plain_words, plain_evidence = judge_plaintext(server, location, context)
    auth, auth_words, auth_evidence = judge_client_auth(server, location, context)
    through = passed_through(server, context)
    if through is Through.NOWHERE:
        auth, auth_words = (
            ClientAuth.REFUSED,
            "ssl-passthrough: TLS for the host goes nowhere, as / has no Service with an address",
        )
    if through is Through.SERVICE:
        auth = ClientAuth.NONE
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
    if through is Through.SERVICE:
        mode = Mode.PLAINTEXT if plaintext is Plaintext.SERVED else Mode.PASSTHROUGH
        because = f"ssl-passthrough: TLS for the host goes to the Service unopened and auth-tls has no effect on it; {plain_words}"
    up_mode, upstream, up_words, up_evidence = judge_upstream(server, location, context, mode, plaintext, through)
    evidence: Pieces = (
        {}
        if not context.cites
        else {
            "client_auth": auth_evidence,
            "plaintext": plain_evidence,
            "upstream": up_evidence,
            "path": evidence_at(location.owner, *location.field),
            "service": _service_evidence(location),
            "match_cn": _auth_annotation(server, context, "auth-tls-match-cn"),
            "error_page": _auth_annotation(server, context, "auth-tls-error-page"),
            "pass_certificate": _auth_annotation(server, context, "auth-tls-pass-certificate-to-upstream"),
        }
    )
    return Conclusion(mode, client, because, up_mode, upstream, up_words, evidence)


def _service_evidence(location: Location) -> tuple[Evidence, ...]:
    owner, backend = location.owner, location.backend
    if owner is None or backend is None:
        return ()
    field = "number" if isinstance(backend.port, int) else "name"
    return (owner.ingress.resource.evidence(backend.port, *backend.path, "port", field),)


def _joined(first: str, second: str) -> str:
    return first if first == second else f"{first}; {second}"


def _auth_annotation(server: Server, context: Context, name: str) -> tuple[Evidence, ...]:
    return annotation_evidence(server.auth_tls_from, context, name)
