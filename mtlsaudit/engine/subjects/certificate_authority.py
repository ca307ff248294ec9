"""A certificate among its CAs: what is above it, and, for a CA, what is below."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from mtlsaudit.engine.subject import Missing, Plain
from mtlsaudit.engine.subjects.bundle_renewals import waiting
from mtlsaudit.engine.subjects.hidden import CERTIFICATE, INGRESS, ISSUERS
from mtlsaudit.engine.subjects.links import refused_for_key
from mtlsaudit.engine.subjects.view import View, missing
from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.platforms.cert_manager.objects import CertificateSpec, Issuer

SCHEMA: dict[str, type] = {
    "ca_crt": str,
    "chain_error": str,
    "signed_by_current_ca": bool,
    "refused_for_key": bool,
    "waits_for_bundle": bool,
    "outlives_issuer_days": float,
    "is_root": bool,
    "feeds_issuers": list,
    "child_lifetime_days": float,
    "child_renew_after_days": float,
    "renew_before_days": float,
    "longest_child": str,
    "children_seen": bool,
}


_CHILDLESS: Mapping[str, Plain | Missing] = {
    "child_lifetime_days": 0.0,
    "child_renew_after_days": 0.0,
    "longest_child": "",
}


class Families:
    """CAs and the Certificates that they sign, by the Secrets that issuers name."""

    def __init__(self, view: View) -> None:
        self._entries = {e.certificate: e for e in view.certificates if e.certificate}
        self._by_secret = {e.secret: e for e in view.certificates}
        self._refused = refused_for_key(view.trust)
        self._waiting = waiting(view.trust)
        self._world = view.graph.estate.world
        hidden = view.graph.estate.world.gaps_of(CERTIFICATE, INGRESS, *ISSUERS)
        self._children_seen: bool | Missing = Missing(hidden) if hidden else True
        self._file_issuers = view.file_issuers
        self._filed = {e.id: e for e in view.certificates if e.source} if view.file_issuers else {}
        lookup = view.graph.lookup
        issuers: dict[str, list[Issuer]] = defaultdict(list)
        for issuer in view.graph.inventory.issuers.values():
            secret = lookup.authorities.secret_of(issuer)
            if secret:
                issuers[secret].append(issuer)
        self._feeds = {secret: tuple(sorted(str(i.resource.id) for i in some)) for secret, some in issuers.items()}
        self._children: dict[str, list[CertificateEntry]] = defaultdict(list)
        self._parent: dict[str, CertificateEntry] = {}
        for spec in view.graph.specs:
            issuer_of = lookup.issuer_of(spec)
            secret = lookup.authorities.secret_of(issuer_of) if issuer_of else None
            if secret and secret != spec.secret_key:
                self._children[secret].append(self._entries[spec.key])
                if secret in self._by_secret:
                    self._parent[spec.key] = self._by_secret[secret]

    def facts(self, entry: CertificateEntry, spec: CertificateSpec | None) -> dict[str, Plain | Missing]:
        """The facts of SCHEMA."""
        chain = entry.chain
        broken = chain is not None and chain.verifies is False and not chain.with_partial_chain
        current = chain.signed_by_current_ca if chain else None
        return {
            "ca_crt": chain.ca_crt if chain else "",
            "chain_error": chain.error if chain and broken else "",
            "signed_by_current_ca": _not_known(entry) if current is None else current,
            "refused_for_key": entry.id in self._refused,
            "waits_for_bundle": entry.id in self._waiting,
            "outlives_issuer_days": self._outlives(entry),
            "is_root": _is_root(entry, spec, self._parent),
            "feeds_issuers": self._feeds.get(entry.secret, ()),
            "renew_before_days": _renew_before(entry),
            "children_seen": self._children_seen,
            **self._below(entry),
        }

    def _below(self, entry: CertificateEntry) -> Mapping[str, Plain | Missing]:
        """Of the certificates that the CA signs now."""
        children = [
            c for c in self._children.get(entry.secret, ()) if not (c.chain and c.chain.signed_by_current_ca is False)
        ]
        if not children:
            return _CHILDLESS
        lives = max(children, key=lambda c: c.lifetime_days or 0)
        found: dict[str, Plain | Missing] = {
            "child_lifetime_days": lives.lifetime_days or 0.0,
            "child_renew_after_days": max(_longest_stay(c) for c in children),
            "longest_child": lives.id,
        }
        return {**found, **self._not_seen(children, found)}

    def _not_seen(
        self, children: Sequence[CertificateEntry], found: Mapping[str, Plain | Missing]
    ) -> Mapping[str, Plain | Missing]:
        """What is not known where the Secrets of some were not read: they may live longer than those that were seen."""
        unread = [c for c in children if not c.sha256 and self._world.closed]
        hidden = [(c, gap) for c in unread if (gap := self._world.gap("", "Secret", c.secret)) is not None]
        if not hidden:
            return {}
        child, gap = hidden[0]
        more = f"; {len(hidden) - 1} others under it are not known either" if len(hidden) > 1 else ""
        unknown = Missing((gap._replace(reason=f"how long {child.id} lives is not known: {gap.reason}{more}"),))
        return {"children_seen": unknown, **{name: unknown for name in _CHILDLESS if not found[name]}}

    def _outlives(self, entry: CertificateEntry) -> float | Missing:
        """Seen on the certificates; from the specs alone, when the two are made at the same time."""
        if entry.chain is not None:
            if entry.chain.outlives_issuer is None:
                return _not_known(entry)
            return entry.chain.outlives_issuer_by_days or 0.0
        above = self._filed.get(self._file_issuers.get(entry.id, ""))
        if above is not None and above.not_after is not None and entry.not_after is not None:
            return max(0.0, (entry.not_after - above.not_after).total_seconds() / 86400)
        parent = self._parent.get(entry.certificate)
        if parent is None or parent.lifetime_days is None or entry.lifetime_days is None:
            return _not_known(entry)
        if parent.not_after is not None:
            reason = f"when {entry.id} will be issued is open, and so is what is left of {parent.id} then"
            return missing("not-known", entry.id, reason)
        return max(0.0, entry.lifetime_days - parent.lifetime_days)


def _not_known(entry: CertificateEntry) -> Missing:
    """Certificates of one CA that was not seen have one reason."""
    if entry.sha256 and entry.issuer:
        return missing("not-known", entry.id, f"no CA in the input is known to have signed as {entry.issuer}")
    return missing("not-known", entry.id, f"the CA above {entry.id} is not in the input")


def _is_root(entry: CertificateEntry, spec: CertificateSpec | None, parents: dict[str, CertificateEntry]) -> bool:
    if entry.sha256:
        return entry.subject == entry.issuer
    return spec is not None and entry.certificate not in parents


def _longest_stay(child: CertificateEntry) -> float:
    """Until a child is renewed at the latest: its whole life where nothing renews it."""
    if not child.renews:
        return child.lifetime_days or 0.0
    return child.renew_after_days or 0.0


def _renew_before(entry: CertificateEntry) -> float | Missing:
    if entry.lifetime_days is None or entry.renew_after_days is None or not entry.renews:
        return missing("not-known", entry.id, f"when {entry.id} is renewed is not known")
    return entry.lifetime_days - entry.renew_after_days
