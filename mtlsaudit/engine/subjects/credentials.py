"""Credentials as rules see them: the chain that is presented, who may read its key, and who accepts it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import pairwise

from mtlsaudit.data import facts as outside
from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects.view import View, missing
from mtlsaudit.graph.trust.handshakes import for_clients
from mtlsaudit.graph.trust.public import public_root_above
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.trust import Credential, Trust, Verifies
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.core.workloads import Workload

SCHEMA: dict[str, type] = {
    "key": str,
    "secret": str,
    "is_ca": bool,
    "issued": bool,
    "root": bool,
    "for_clients": bool,
    "only_for_clients": bool,
    "out_of_order": list,
    "root_included": bool,
    "public_root": str,
    "issued_on": str,
    "lifetime_days": float,
    "public_limit_days": int,
    "client_auth_ends": str,
    "mounted_by": list,
    "named_by": list,
    "signs": list,
    "trusted_by": list,
    "complete_input": bool,
    "comparable": bool,
    "accepted_by": list,
}
_SIGNING_SOFTWARE = (
    "istio/pilot", "/pilot", "istiod", "linkerd", "cert-manager", "vault", "openbao", "step-ca", "step-certificates",
    "spire-server", "consul", "cfssl", "smallstep", "ejbca", "dogtag", "kuma-cp", "cilium", "certgen", "trust-manager",
)  # fmt: skip
"""Images that hold a CA's key because they sign with it."""


def subjects(view: View) -> Iterator[Subject]:
    """One subject for each certificate that somebody presents, issued or declared."""
    mounts = _mounts(view)
    named = _named(view.trust)
    trusting, signs = _trusting(view), _signs(view.trust)
    verifying_clients = [v for v in view.trust.verifiers if v.verifies is Verifies.CLIENTS]
    accepted = _accepting(view.trust)
    closed = view.graph.estate.world.closed
    unclear = tuple(dict.fromkeys(gap for v in verifying_clients if not v.is_known for gap in v.all_gaps))
    nowhere: tuple[str, ...] | Missing = Missing(unclear) if unclear else ()
    for credential in view.trust.credentials:
        readers = [w for w in mounts.get(credential.secret, ()) if not _signs_with_it(w)]
        facts: dict[str, Plain | Missing] = {
            "key": credential.id,
            "secret": credential.secret,
            "is_ca": credential.is_ca,
            "issued": bool(credential.path),
            "root": credential.leaf.self_signed if credential.leaf else False,
            "for_clients": not credential.is_ca and for_clients(credential),
            "only_for_clients": not credential.is_ca and credential.usages == ("client auth",),
            "out_of_order": out_of_order(credential.path),
            "root_included": len(credential.path) > 1 and credential.path[-1].self_signed and not credential.is_ca,
            **_public(credential),
            "mounted_by": tuple(sorted({str(w.resource.id) for w in readers})),
            "named_by": tuple(sorted(named.get(credential.secret, ()))),
            "signs": tuple(sorted(signs.get(credential.secret, ()))),
            "trusted_by": tuple(sorted(trusting.get(_key(credential), set()) - {f"Secret {credential.secret}"}))
            or nowhere,
            "complete_input": closed,
            "comparable": closed and bool(verifying_clients),
            "accepted_by": tuple(sorted(accepted.get(credential.id, ()))) or nowhere,
        }
        yield Subject("credential", credential.id, facts, partial(_evidence, credential, readers, view.trust))


def out_of_order(path: Sequence[Certificate]) -> tuple[str, ...]:
    """The certificates that do not certify the one before them (RFC 5246 7.4.2; RFC 8446 4.4.2 only tolerates it)."""
    wrong = []
    for child, above in pairwise(path):
        if child.issuer_raw != above.subject_raw and child.issuer != above.subject:
            wrong.append(above.label)
    return tuple(wrong)


def _public(credential: Credential) -> dict[str, Plain | Missing]:
    leaf = credential.leaf
    if leaf is None:
        reason = f"the certificate of {credential.id} is not issued, or not in the input"
        own = credential.authority is not None  # a CA of the cluster's own is none of the public's
        gap = missing("not-issued", credential.id, reason)
        return {
            "public_root": "" if own else gap,
            "issued_on": gap,
            "lifetime_days": gap,
            "public_limit_days": gap,
            "client_auth_ends": gap,
        }
    day = leaf.not_before.date()
    return {
        "public_root": public_root_above(credential.path),
        "issued_on": day.isoformat(),
        "lifetime_days": leaf.lifetime_days,
        "public_limit_days": _limit_on(day),
        "client_auth_ends": _end_of_client_auth(credential.path),
    }


def _limit_on(day: date) -> int:
    """The longest validity of a public certificate that is issued on that day, by the calendar; 0 without a limit."""
    rows = [(r.text("from") or "", r.number("days") or 0) for r in outside("public-ca").children("validity")]
    return next((days for start, days in sorted(rows, reverse=True) if start <= day.isoformat()), 0)


def _end_of_client_auth(path: Sequence[Certificate]) -> str:
    """The day on which this issuer, or every public one, stops to issue for clients."""
    issuers = " ".join(c.issuer for c in path)
    rows = outside("public-ca").children("client_auth_ends")
    dates = [r.text("from") or "" for r in rows if (r.text("issuer") or "") in issuers]
    own = [r.text("from") or "" for r in rows if r.text("issuer") and (r.text("issuer") or "") in issuers]
    return max(own) if own else min(dates)


def _mounts(view: View) -> Mapping[str, list[Workload]]:
    out: dict[str, list[Workload]] = defaultdict(list)
    for workload in view.graph.inventory.workloads:
        for name in workload.secrets:
            out[f"{workload.namespace}/{name}"].append(workload)
    return out


def _signs_with_it(workload: Workload) -> bool:
    """Does the pod run software that issues certificates, so that it needs the key?"""
    return any(word in c.image for c in workload.containers for word in _SIGNING_SOFTWARE)


def _named(trust: Trust) -> dict[str, set[str]]:
    """Secret → Gateways' policies that name it for its ca.crt, and so let their software read its key.

    `auth-tls-secret` has a rule of its own, and trust-manager reads the CA's Secret where cert-manager keeps it.
    """
    out: dict[str, set[str]] = defaultdict(set)
    for verifier in trust.verifiers:
        for bundle in verifier.bundles:
            if verifier.kind in ("backend-tls-policy", "ingress-upstream-ca") and bundle.object.startswith("Secret "):
                out[bundle.object.removeprefix("Secret ")].add(verifier.place)
    return out


def _key(credential: Credential) -> str:
    return credential.leaf.spki_sha256 if credential.leaf else f"Secret {credential.secret}"


def _trusting(view: View) -> dict[str, set[str]]:
    """CA (by key, or by Secret before it is issued) → the places that accept what it signs."""
    out: dict[str, set[str]] = defaultdict(set)
    keys = {c.sha256: c.spki_sha256 for b in view.trust.bundles for c in b.anchors or ()}
    keys |= {c.sha256: c.spki_sha256 for d in view.trust.credentials for c in d.path}
    places = {v.id: v.place for v in view.trust.verifiers}
    for name, rows in view.trust.accepts.items():
        for row in rows:
            out[keys.get(row.sha256, row.name)].add(places[name])
    return out


def _signs(trust: Trust) -> dict[str, set[str]]:
    """Secret of a CA → what it has signed, by name and key identifier as issued, or as declared."""
    by_name: dict[tuple[bytes, str], list[str]] = defaultdict(list)
    for credential in trust.credentials:
        for child in credential.path[:1]:
            by_name[child.issuer_raw, child.authority_key_id].append(credential.id)
    out: dict[str, set[str]] = defaultdict(set)
    for credential in trust.credentials:
        if credential.leaf is not None and credential.is_ca:
            leaf = credential.leaf
            found = (*by_name[leaf.subject_raw, leaf.subject_key_id], *by_name[leaf.subject_raw, ""])
            out[credential.secret].update(n for n in found if n != credential.id)
        if credential.authority is not None and credential.authority.secret != credential.secret:
            out[credential.authority.secret].add(credential.id)
    return out


def _accepting(trust: Trust) -> dict[str, set[str]]:
    """Credential → the verifiers that accept it, or where that cannot be told but may be so."""
    out: dict[str, set[str]] = defaultdict(set)
    for handshake in trust.handshakes:
        if handshake.holds is not False and handshake.purpose.value == "client auth":
            out[handshake.credential.id].add(handshake.verifier.place)
    return out


def _evidence(credential: Credential, readers: Sequence[Workload], trust: Trust) -> dict[str, tuple[Evidence, ...]]:
    mounts = tuple(w.resource.evidence(w.resource.id.name, "metadata", "name") for w in readers)
    secret = f"Secret {credential.secret}"
    naming = tuple(e for v in trust.verifiers if any(b.object == secret for b in v.bundles) for e in v.evidence)
    return {"": credential.evidence, "key": credential.evidence, "mounted_by": mounts, "named_by": naming}
