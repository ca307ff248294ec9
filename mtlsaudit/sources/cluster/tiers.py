"""How much of the Secrets is read: RBAC has no field level, so reading a certificate is the right to read its key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.world import EVERYWHERE, GroupKind

SECRET: GroupKind = ("", "Secret")


class Tier(StrEnum):
    """`none`: no Secret. `named`: those that an Ingress, Issuer … names, one by one. `list`: besides, all of type kubernetes.io/tls."""

    NONE = "none"
    NAMED = "named"
    LIST = "list"


def listing_query(kind: GroupKind) -> Mapping[str, str]:
    """Of Secrets only the type that holds a certificate: Helm's releases alone can be gigabytes."""
    return {"fieldSelector": "type=kubernetes.io/tls"} if kind == SECRET else {}


_UNREAD = {
    Tier.NONE: "Secrets were not read (--secrets none)",
    Tier.NAMED: "only Secrets that an Ingress, an Issuer or a bundle names were read (--secrets named)",
    Tier.LIST: "only Secrets of the type kubernetes.io/tls, and those that something names, were read (--secrets list)",
}


def unread(tier: Tier, namespaces: Sequence[str]) -> Iterator[tuple[str, Gap]]:
    """Which Secrets a tier leaves out: (namespace, why)."""
    gap = Gap("not-read", "Secrets", _UNREAD[tier])
    yield EVERYWHERE, gap
    for namespace in namespaces:
        yield namespace, gap


def told(tier: Tier) -> str:
    """The sentence that stands at the top of every report."""
    return f"{_UNREAD[tier]}: what the others hold is not known"
