"""What a change of a CA breaks: a new key, or its removal from the bundles. Nothing is changed; handshakes are judged anew."""

from __future__ import annotations

import re
from datetime import datetime

from mtlsaudit.graph.build import Graph
from mtlsaudit.graph.trust.chains import Judge
from mtlsaudit.graph.trust.hierarchy import Hierarchy
from mtlsaudit.graph.trust.weighing import Broken, Target, Weighing
from mtlsaudit.model.trust import Credential, Trust, TrustBundle
from mtlsaudit.model.values import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """`bundles` hold the CA: `by_hand` those that somebody must edit. `leaves` are the certificates under it."""

    target: Target
    broken: tuple[Broken, ...]
    bundles: tuple[TrustBundle, ...]
    leaves: tuple[Credential, ...]
    open_places: tuple[str, ...]

    @property
    def by_hand(self) -> tuple[TrustBundle, ...]:
        return tuple(b for b in self.bundles if not b.follows)


def find_target(name: str, graph: Graph, trust: Trust) -> Target | None:
    """The CA of a Certificate or Secret (`namespace/name`), or of an issuer (`[Kind ]namespace/name`, a ClusterIssuer's name).

    Else one of a bundle, by the first digits (8 or more) of its fingerprint or of its key's: an earlier key of a CA that has
    a new one has no other name.
    """
    hierarchy = Hierarchy(graph)
    secret = ""
    for key, issuer in graph.inventory.issuers.items():
        if name in (key, key.partition(" ")[2]) and issuer.type == "ca":
            secret = hierarchy.secret_of(issuer)
    bare = name.partition(" ")[2] if name.startswith(("Certificate ", "Secret ")) else name
    credential = next((c for c in trust.credentials if bare in (c.certificate, c.secret) and c.is_ca), None)
    bundle = next((b for b in trust.bundles if bare == b.object.partition(" ")[2]), None)
    if not secret and credential is not None:
        secret = credential.secret
    if secret:
        authority = hierarchy.authority(secret)
        keys = frozenset(c.spki_sha256 for c in hierarchy.chain_of(authority)[:1])
        return Target(name, secret, keys, authority.issuers)
    if bundle is not None and bundle.anchors:
        return Target(name, "", frozenset(c.spki_sha256 for c in bundle.anchors if c.is_ca), ())
    keys = _by_digest(name.lower(), trust)
    return Target(name, "", keys, ()) if len(keys) == 1 else None


def _by_digest(digits: str, trust: Trust) -> frozenset[str]:
    if not re.fullmatch(r"[0-9a-f]{8,64}", digits):
        return frozenset()
    held = (a for b in trust.bundles for a in b.anchors or () if a.is_ca)
    return frozenset(a.spki_sha256 for a in held if digits in (a.sha256[: len(digits)], a.spki_sha256[: len(digits)]))


def weigh(target: Target, graph: Graph, trust: Trust, at: datetime, *, rotating: bool) -> Change:
    """Every handshake that leans on the CA.

    A new key breaks what a removal breaks, as long as only one side has it: what chains to another anchor with the CA sent
    along does so with its successor too. It breaks more where a verifier cannot tell the two CAs of one name apart, and
    what was issued by an earlier key and is still to be renewed.
    """
    hierarchy = Hierarchy(graph)
    judge = Judge(hierarchy, at)
    weighing = Weighing(target, hierarchy, judge, rotating)
    broken = [b for h in trust.handshakes if (b := weighing.of(h))]
    bundles = tuple(b for b in trust.bundles if _holds(b, target))
    leaves = tuple(c for c in trust.credentials if _under(c, target, hierarchy))
    unknown = {v.place for v in trust.verifiers if not v.is_known and not v.authorities}
    return Change(target, tuple(broken), bundles, leaves, tuple(sorted(unknown)))


def _holds(bundle: TrustBundle, target: Target) -> bool:
    if any(a.spki_sha256 in target.keys for a in bundle.anchors or ()):
        return True
    return bool(target.secret) and any(a.secret == target.secret for a in bundle.authorities)


def _under(credential: Credential, target: Target, hierarchy: Hierarchy) -> bool:
    """Signed by the CA, or by one below it."""
    if credential.authority is not None and target.secret:
        return credential.secret != target.secret and target.secret in {
            a.secret for a in hierarchy.upwards(credential.authority)
        }
    if credential.leaf is None or credential.leaf.spki_sha256 in target.keys:
        return False
    return any(c.spki_sha256 in target.keys for c in credential.path[1:]) or _named(credential, target, hierarchy)


def _named(credential: Credential, target: Target, hierarchy: Hierarchy) -> bool:
    chain = hierarchy.chain_of(hierarchy.authority(target.secret)) if target.secret else ()
    last = credential.path[-1]
    return any(last.issuer_raw == c.subject_raw and last.authority_key_id in ("", c.subject_key_id) for c in chain[:1])
