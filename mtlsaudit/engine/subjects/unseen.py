"""Facts that rest on what a cluster did not show: the best that could be is no fact there.

In the open world a scan of files says what holds as far as the input goes. A cluster was read to be told whole: where a
right was missing, only what is bad in every case is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mtlsaudit.engine.subject import Missing, Plain
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import ClientAuth, Hop, Mode, Plaintext
from mtlsaudit.platforms.core.estate import Estate
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.ingress_nginx.annotations import secret_references
from mtlsaudit.platforms.ingress_nginx.review import may_be_let_in
from mtlsaudit.platforms.ingress_nginx.settings import Controller

Facts = Mapping[str, Plain | Missing]


def of_hop(hop: Hop, *, classes_hidden: bool) -> dict[str, Plain | Missing]:
    """What replaces the facts of a hop of unknown mode: of its best case nothing is kept.

    `classes_hidden`: objects that say whose an Ingress is were not all read.
    """
    if hop.mode is not Mode.UNKNOWN or not hop.gaps:
        return {}
    out: dict[str, Plain | Missing] = {}
    if classes_hidden and hop.platform == "unknown" and all(gap.kind != "not-modelled" for gap in hop.gaps):
        out["platform"] = Missing(hop.gaps)
    if hop.client is None:
        return out
    if hop.client.plaintext is not Plaintext.SERVED:
        out["plaintext"] = out["plaintext_cause"] = Missing(hop.gaps)
    if hop.client.client_auth is not ClientAuth.NONE:
        out["client_auth"] = Missing(hop.gaps)
    return out


def of_ingress(
    facts: Facts,
    ingress: Ingress,
    controller: Controller,
    hops: Sequence[Hop],
    wildcards: Mapping[str, tuple[Gap, ...]],
    estate: Estate,
) -> dict[str, Plain | Missing]:
    """What replaces the facts of an Ingress that say "nothing wrong" while a Secret or a hop is not known.

    `hops` are its own; `wildcards` are the wildcard hosts whose mode is not known, each with the reason.
    """
    out: dict[str, Plain | Missing] = {}
    views = [estate.secret(key) for key in sorted(secret_references(ingress, controller))]
    if controller.gaps and (not facts["dropped"] or may_be_let_in(ingress, controller, estate)):
        out["dropped"] = Missing(controller.gaps)
    if secrets := tuple(v.gap for v in views if not v.is_known and v.gap):
        for name in ("denied", "proxy_ssl_inert", "auth_tls_not_read"):
            if not facts[name]:
                out[name] = Missing(secrets)
    if gaps := not_known(hops):
        for name in ("overruled_hosts", "inherits_credential", "auth_tls_not_read"):
            if not facts[name]:
                out[name] = Missing(gaps)
    parents = (wildcards.get(f"*.{hop.host.partition('.')[2]}", ()) for hop in hops)
    if not facts["shadowing_hosts"] and (above := tuple(gap for gaps in parents for gap in gaps)):
        out["shadowing_hosts"] = Missing(tuple(dict.fromkeys(above)))
    return out


def not_known(hops: Iterable[Hop]) -> tuple[Gap, ...]:
    """Why some of these client hops may verify nobody; empty where that is known of each."""
    return tuple(dict.fromkeys(gap for hop in hops if hop.client and hop.mode is Mode.UNKNOWN for gap in hop.gaps))
