"""Trust bundles as rules see them: what is in them, and who verifies whom with it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects import anchor_faults, bundle_renewals
from mtlsaudit.engine.subjects.anchor_faults import AnchorFaults
from mtlsaudit.engine.subjects.bundle_renewals import BundleRenewals
from mtlsaudit.engine.subjects.links import collect
from mtlsaudit.engine.subjects.unbounded import unbounded
from mtlsaudit.engine.subjects.view import View
from mtlsaudit.graph.trust.public import is_public_root
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Engine
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.trust import Trust, TrustBundle, Verifier, Verifies
from mtlsaudit.model.verdict import Evidence

_NOTHING: dict[type, Plain] = {str: "", bool: False, int: 0, list: ()}

SCHEMA: dict[str, type] = {
    "key": str,
    "object": str,
    "field": str,
    "used": bool,
    "verifies_clients_of": list,
    "verifies_servers_of": list,
    "mounted_by": list,
    "nginx": list,
    "others": list,
    "anchors": int,
    "valid": int,
    "expired": list,
    "non_ca": list,
    "duplicates": list,
    "bad_blocks": list,
    "is_secret": bool,
    "holds_private_key": bool,
    "lone_intermediates": list,
    "public_roots": list,
    "crl": str,
    "crl_problem": str,
    "crl_ending": str,
    "without_name_constraints": list,
    "any_purpose_servers": list,
    **anchor_faults.SCHEMA,
    **bundle_renewals.SCHEMA,
}


def subjects(view: View) -> Iterator[Subject]:
    """One subject for each field that holds CA certificates, or will."""
    users: dict[str, list[Verifier]] = defaultdict(list)
    for verifier in view.trust.verifiers:
        for bundle in verifier.bundles:
            users[bundle.id].append(verifier)
    told = _told_by_links(view.trust)
    loose = _any_purpose(view.trust)
    faults = AnchorFaults(view.trust.bundles)
    renewals = BundleRenewals(view)
    mounted = {id_ for id_, mine in users.items() if any(v.verifies is Verifies.PEERS and v.targets for v in mine)}
    open_to_all = unbounded(view.trust.bundles, mounted)
    unread: list[TrustBundle] = []
    for bundle in view.trust.bundles:
        mine = users[bundle.id]
        facts = {
            **_use(bundle, mine),
            **_contents(bundle, view.now, told.get(bundle.id, set())),
            "non_ca": _no_authorities(bundle, mine),
            **_revocation(bundle, view.now),
            **faults.of(bundle),
            **renewals.of(bundle),
            "without_name_constraints": open_to_all.get(bundle.id, ()),
            "any_purpose_servers": tuple(sorted({n for v in mine for n in loose.get(v.id, ())})),
        }
        yield Subject("bundle", bundle.id, facts, partial(_evidence, bundle, mine))
        if view.graph.estate.world.closed and bundle.anchors is None and bundle.gaps and not bundle.system:
            unread.append(bundle)
    if unread:
        yield _not_read(unread)


def _not_read(bundles: Sequence[TrustBundle]) -> Subject:
    """Stands for all bundles that the cluster did not show: of what is in each the same is not known, and it is told once."""
    first = bundles[0]
    reason = f"what {len(bundles)} trust bundles hold is not known; of {first.id}, {first.gaps[0].reason}"
    gaps = Missing((Gap(first.gaps[0].kind, "trust bundles", reason),))
    facts: dict[str, Plain | Missing] = {name: _NOTHING[kind] for name, kind in SCHEMA.items()}
    facts |= {
        "key": f"{len(bundles)} bundles",
        "nginx": gaps,
        "anchors": gaps,
        "valid": gaps,
        "crl": gaps,
        "mounted_by": gaps,
    }
    evidence = {"": first.evidence}
    return Subject("bundle", "Trust bundles that were not read", facts, lambda: evidence)


def _use(bundle: TrustBundle, users: Sequence[Verifier]) -> dict[str, Plain | Missing]:
    def places(which: Verifies) -> tuple[str, ...]:
        return tuple(sorted({v.place for v in users if v.verifies is which}))

    return {
        "key": bundle.id,
        "object": bundle.object,
        "field": bundle.field,
        "used": bool(users),
        "verifies_clients_of": places(Verifies.CLIENTS),
        "verifies_servers_of": places(Verifies.SERVERS),
        "mounted_by": tuple(sorted({t for v in users if v.verifies is Verifies.PEERS for t in v.targets})),
        "nginx": tuple(sorted({v.place for v in users if v.engines == (Engine.OPENSSL,)})),
        "others": tuple(
            sorted({v.place for v in users if v.engines != (Engine.OPENSSL,) and v.engines != (Engine.GO,)})
        ),
        "is_secret": bundle.object.startswith(("Secret ", "ConfigMap ")),
        "holds_private_key": bundle.holds_private_key,
        "bad_blocks": bundle.bad_blocks,
    }


def _contents(bundle: TrustBundle, now: datetime, told: set[str]) -> dict[str, Plain | Missing]:
    anchors = bundle.anchors or ()
    unknown = Missing(bundle.gaps) if bundle.anchors is None and bundle.gaps else ()
    twice = [digest for digest, number in Counter(a.sha256 for a in anchors).items() if number > 1]
    public: Plain | Missing = tuple(_name(a) for a in anchors if is_public_root(a))
    if bundle.system:
        public = ("the public roots of the system",)
    elif bundle.anchors is None:
        # A CA of the cluster's own, which declared objects name, is no public root.
        public = () if bundle.authorities else unknown
    return {
        "anchors": len(anchors),
        "valid": sum(a.not_before <= now <= a.not_after for a in anchors),
        "expired": tuple(_name(a) for a in anchors if a.not_after < now and a.sha256 not in told),
        "duplicates": tuple(sorted({_name(a) for a in anchors if a.sha256 in twice})),
        "lone_intermediates": tuple(sorted(_lone(anchors))),
        "public_roots": public,
    }


def _no_authorities(bundle: TrustBundle, users: Sequence[Verifier]) -> tuple[str, ...]:
    """Anchors that are no CA. One that signed itself pins that one server, which every engine takes; as a client CA it is none."""
    pinned = all(v.verifies is not Verifies.CLIENTS for v in users) and bool(users)
    wrong = [a for a in bundle.anchors or () if not a.is_ca and not _old_root(a)]
    return tuple(sorted({_name(a) for a in wrong if not (pinned and a.self_signed)}))


def _old_root(certificate: Certificate) -> bool:
    """A version 1 root has no extensions to say that it is a CA."""
    return certificate.version < 3 and certificate.self_signed


def _lone(anchors: Sequence[Certificate]) -> set[str]:
    """Intermediates from which no certificate of the bundle leads up to a root."""
    by_name: dict[bytes, list[Certificate]] = defaultdict(list)
    for anchor in anchors:
        by_name[anchor.subject_raw].append(anchor)
    return {_name(a) for a in anchors if a.is_ca and not _reaches_root(a, by_name, set())}


def _reaches_root(certificate: Certificate, by_name: dict[bytes, list[Certificate]], seen: set[str]) -> bool:
    if certificate.self_signed:
        return True
    seen.add(certificate.sha256)
    above = [c for c in by_name[certificate.issuer_raw] if c.sha256 not in seen]
    return any(_reaches_root(c, by_name, seen) for c in above)


def _revocation(bundle: TrustBundle, now: datetime) -> dict[str, Plain | Missing]:
    if not bundle.crl:
        return {"crl": "", "crl_problem": "", "crl_ending": ""}
    from mtlsaudit.engine.subjects.revocation_lists import revocation  # few bundles have a list

    return revocation(bundle, now)


def _told_by_links(trust: Trust) -> dict[str, set[str]]:
    """Bundle → anchors whose end is already told, with what it breaks."""
    out: dict[str, set[str]] = defaultdict(set)
    for link in collect(trust).values():
        if "validity" in link.faults:
            for bundle in link.bundles:
                out[bundle].add(link.faults["identity"])
    return out


def _any_purpose(trust: Trust) -> dict[str, set[str]]:
    """Client verifier → server certificates without extended key usage that its CAs have issued: good as clients too.

    Those of an issuer in the input are told of at the issuer.
    """
    servers = [c for c in trust.credentials if c.path and not c.is_ca and c.usages is None and c.dns and not c.issuer]
    out: dict[str, set[str]] = defaultdict(set)
    for verifier in trust.verifiers:
        if verifier.verifies is Verifies.CLIENTS:
            names = {(a.subject_raw, a.subject_key_id) for a in verifier.anchors}
            for credential in servers:
                last = credential.path[-1]
                if (last.issuer_raw, last.authority_key_id) in names:
                    out[verifier.id].add(credential.id)
    return out


def _name(certificate: Certificate) -> str:
    return certificate.label


def _evidence(bundle: TrustBundle, users: Sequence[Verifier]) -> dict[str, tuple[Evidence, ...]]:
    def of(which: Verifies) -> tuple[Evidence, ...]:
        return tuple(dict.fromkeys(e for v in users if v.verifies is which for e in v.evidence))

    own = bundle.evidence or tuple(dict.fromkeys(e for v in users for e in v.evidence))
    clients, servers = of(Verifies.CLIENTS), of(Verifies.SERVERS)
    found = {"": own, "verifies_clients_of": clients, "verifies_servers_of": servers, "nginx": (*clients, *servers)}
    for name in SCHEMA:
        found.setdefault(name, own)
    return found
