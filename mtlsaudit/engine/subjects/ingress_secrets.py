"""The Secrets behind an Ingress: a CA kept with its key, and hosts that the default certificate answers for."""

from __future__ import annotations

from collections.abc import Mapping

from mtlsaudit.engine.subject import Missing
from mtlsaudit.engine.subjects.view import missing
from mtlsaudit.model.secret import Part, Presence
from mtlsaudit.platforms.cert_manager.objects import CertificateSpec
from mtlsaudit.platforms.core.estate import Estate
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.ingress_nginx.names import covers, matches, tls_secret


def is_ca_key_pair(secret: str, ca_secrets: set[str], estate: Estate) -> bool | Missing:
    """Does the Secret hold a CA with its key? `ca_secrets` are those that an Issuer signs with."""
    if not secret:
        return False
    if secret in ca_secrets:
        return True
    view = estate.secret(secret)
    if view.presence is Presence.UNKNOWN:
        return Missing((view.gap,)) if view.gap is not None else False
    return view.pair is Part.GOOD and view.leaf is not None and view.leaf.is_ca


def default_certificate_hosts(
    ingress: Ingress, makers: Mapping[str, CertificateSpec], estate: Estate
) -> tuple[str, ...] | Missing:
    """Hosts with a tls section that the controller serves with its own certificate: theirs is missing or does not fit.

    `makers` are the Certificates by Secret; where one was not read, it fits if it was made for the host.
    """
    hosts = []
    for rule in ingress.rules if ingress.tls else ():
        if not rule.host:
            continue
        key = tls_secret(ingress, rule.host, estate)
        if not key:
            hidden = [estate.secret(f"{ingress.namespace}/{e.secret}") for e in ingress.tls if e.secret and not e.hosts]
            unseen = next((v.gap for v in hidden if v.gap is not None), None)
            if unseen is not None:
                return Missing((unseen,))
            hosts.append(rule.host)
            continue
        view = estate.secret(key)
        if view.presence is Presence.INFERRED:
            gap = estate.world.gap("", "Secret", key) if estate.world.closed else None
            if gap is not None and not any(matches(name, rule.host) for name in makers[key].dns):
                return Missing((gap,))
            continue
        if not view.is_known:
            return Missing((view.gap,)) if view.gap else missing("not-known", key, f"the Secret {key} is not known")
        if view.leaf is None or view.pair is not Part.GOOD or not covers(view.leaf, rule.host):
            hosts.append(rule.host)
    return tuple(hosts)
