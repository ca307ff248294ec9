"""Which names a certificate covers, as the controller asks (RFC 6125 §6.4.3, Go's VerifyHostname, certificate.CN)."""

from __future__ import annotations

from collections.abc import Sequence

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.origin import object_key
from mtlsaudit.model.secret import Part, Presence
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.core.estate import Estate
from mtlsaudit.platforms.core.ingresses import Ingress


def covers(certificate: Certificate, host: str, *, with_common_name: bool = True) -> bool:
    """Does a DNS name of the certificate match the host? A wildcard stands for one whole left-most label."""
    names = [*certificate.names.dns]
    if with_common_name and certificate.common_name:
        names.append(certificate.common_name)
    return any(matches(name, host) for name in names)


def matches(pattern: str, host: str) -> bool:
    """`*.example.com` matches `a.example.com`, not `example.com` and not `a.b.example.com`."""
    pattern, host = pattern.lower().rstrip("."), host.lower().rstrip(".")
    if pattern == host:
        return True
    first, _, rest = pattern.partition(".")
    return first == "*" and bool(rest) and host.partition(".")[2] == rest and bool(host.partition(".")[0])


def tls_secret(ingress: Ingress, host: str, estate: Estate) -> str:
    """The Secret that the controller picks for a host (extractTLSSecretName), as `namespace/name`, or empty."""
    for entry in ingress.tls:
        if any(h.lower() == host.lower() for h in entry.hosts):
            return object_key(ingress.namespace, entry.secret) if entry.secret else ""
    for entry in ingress.tls:
        if not entry.secret:
            continue
        key = object_key(ingress.namespace, entry.secret)
        leaf = estate.secret(key).leaf
        if leaf is not None and covers(leaf, host, with_common_name=False):
            return key
    return ""


@dataclass(frozen=True, slots=True)
class HostCertificate:
    """The certificate that a host's server registers: `leaf` is None for the controller's own; `known` says if it is certain."""

    leaf: Certificate | None
    known: bool

    def covers(self, alias: str, guess: bool) -> bool:
        """Is the alias registered with it? `guess` answers where the certificate is not known."""
        if not self.known:
            return guess
        return self.leaf is not None and covers(self.leaf, alias)


def host_certificate(host: str, owner: Ingress | None, estate: Estate) -> HostCertificate:
    """What createServers registers: a Secret of the owner's tls section, or the default certificate where none fits.

    `owner` is the Ingress that decides, the oldest with a tls section; None where there is none.
    """
    if owner is None or not owner.tls:
        return HostCertificate(None, True)
    key = tls_secret(owner, host, estate)
    if not key:
        hidden = any(e.secret and not estate.secret(f"{owner.namespace}/{e.secret}").is_known for e in owner.tls)
        return HostCertificate(None, not hidden)
    view = estate.secret(key)
    if view.presence in (Presence.UNKNOWN, Presence.INFERRED) and view.leaf is None:
        return HostCertificate(None, False)
    fits = view.leaf is not None and view.pair is Part.GOOD and covers(view.leaf, host)
    return HostCertificate(view.leaf if fits else None, True)


def has_aliases(members: Sequence[Ingress]) -> bool:
    """Does any Ingress of the host ask for a server-alias?"""
    return any(name.endswith("/server-alias") for i in members for name in i.resource.annotations)
