"""Aliases that several hosts have: nginx serves such a name from the first of its servers, and the last says whether it has
a certificate (nginx.tmpl, configureCertificates). Servers are in the order of their names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.core.estate import Estate
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.ingress_nginx.annotations import Annotations
from mtlsaudit.platforms.ingress_nginx.names import host_certificate
from mtlsaudit.platforms.ingress_nginx.order import in_order, is_known
from mtlsaudit.platforms.ingress_nginx.servers import CATCH_ALL, server_name


@dataclass(frozen=True, slots=True)
class Shared:
    """Who serves an alias of several hosts, and is a certificate registered for it? `gap` where that is not known."""

    host: str
    registered: bool
    gap: Gap | None = None


def find_shared(ingresses: Sequence[Ingress], parsed: Mapping[str, Annotations], estate: Estate) -> dict[str, Shared]:
    """By alias, of the Ingresses of one controller that it neither drops nor takes for canaries."""
    if not any(parsed[i.key].aliases for i in ingresses):
        return {}
    members: dict[str, list[Ingress]] = defaultdict(list)
    for ingress in in_order(ingresses):
        for host in dict.fromkeys(server_name(rule) for rule in ingress.rules):
            members[host].append(ingress)
    claims: dict[str, list[str]] = defaultdict(list)
    for host in sorted(members):
        for alias in sorted({a for i in members[host] for a in parsed[i.key].aliases} - members.keys()):
            claims[alias].append(host)
    found = {}
    for alias, claimants in claims.items():
        if len(claimants) < 2:
            continue
        if not all(_tells(members[host], parsed) for host in claimants):
            words = f"more than one host has the alias {alias}, and which one serves it depends on the older Ingress"
            found[alias] = Shared("", False, Gap("order-unknown", alias, words))
            continue
        having = [host for host in claimants if alias in _first(members[host], parsed)]
        if len(having) > 1:
            found[alias] = _settled(alias, having, members, estate)
    return found


def _tells(members: Sequence[Ingress], parsed: Mapping[str, Annotations]) -> bool:
    """Is it known which aliases, and which certificate, the host has?"""
    aliases = {parsed[i.key].aliases for i in members if parsed[i.key].aliases}
    tls = {(i.namespace, i.tls) for i in members if i.tls}
    return is_known(members) or (len(aliases) == 1 and len(tls) < 2)


def _first(members: Sequence[Ingress], parsed: Mapping[str, Annotations]) -> tuple[str, ...]:
    """The aliases of a host are those of the oldest Ingress that has any."""
    return next((parsed[i.key].aliases for i in members if parsed[i.key].aliases), ())


def _settled(alias: str, having: Sequence[str], members: Mapping[str, Sequence[Ingress]], estate: Estate) -> Shared:
    last = having[-1]
    owner = next((i for i in members[last] if i.tls), None) if last != CATCH_ALL else None
    certificate = host_certificate(last, owner, estate)
    words = f"more than one host has the alias {alias}, and the certificate of {last} is not known"
    gap = None if certificate.known else Gap("not-in-input", alias, words)
    return Shared(having[0], certificate.covers(alias, guess=False), gap)
