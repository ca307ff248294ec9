"""Bundles that a person writes, held against the CAs they are to follow: a CA with a new key is missing until it is added.

A bundle follows a CA whose key it holds, the present or an earlier one. Earlier keys are those of the CertificateRequests
of the CA, and those that have signed what its issuers are to renew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime

from mtlsaudit.graph.build import Graph
from mtlsaudit.graph.chains import issued_by
from mtlsaudit.graph.trust.chains import Judge
from mtlsaudit.graph.trust.handshakes import likeness
from mtlsaudit.graph.trust.hierarchy import Hierarchy
from mtlsaudit.graph.trust.readers import readers
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Defect, Purpose
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.trust import Authority, Credential, Followed, Handshake, TrustBundle, Verifier, Verifies

_LACKING = frozenset({"issuer-not-found", "name-encoding-differs", "self-signed-not-trusted", "signature-invalid"})
"""Defects that say that no anchor carries the certificate. The others are faults that a new anchor does not mend."""


class Followers:
    """One for a scan."""

    def __init__(
        self,
        graph: Graph,
        hierarchy: Hierarchy,
        judge: Judge,
        credentials: Sequence[Credential],
        handshakes: Sequence[Handshake],
        at: datetime,
    ) -> None:
        self._graph, self._hierarchy, self._judge, self._at = graph, hierarchy, judge, at
        self._issued: dict[str, list[Credential]] = defaultdict(list)
        for credential in credentials:
            if credential.authority is not None and credential.secret != credential.authority.secret:
                self._issued[credential.authority.secret].append(credential)
        self._known: dict[Hashable, tuple[bool, tuple[Credential, ...]]] = {}
        self._met: dict[Hashable, list[Handshake]] = defaultdict(list)
        for handshake in handshakes:
            self._met[_told_for(handshake.verifier)].append(handshake)
        self._requested: dict[str, set[str]] = defaultdict(set)
        for request in graph.inventory.requests:
            self._requested[request.certificate].update(c.spki_sha256 for c in request.chain[:1])

    def of(
        self,
        bundles: Sequence[TrustBundle],
        verifiers: Sequence[Verifier],
        spread: Mapping[str, tuple[TrustBundle, ...]],
    ) -> dict[str, tuple[Followed, ...]]:
        """Bundle id → the CAs it follows. `spread` has the sources of each Bundle of trust-manager."""
        users = readers(bundles, verifiers, spread)
        held = [b for b in bundles if b.anchors and not b.follows and users[b.id]]
        named: dict[bytes, list[Certificate]] = defaultdict(list)
        for anchor in {a.sha256: a for b in held for a in b.anchors or ()}.values():
            named[anchor.subject_raw].append(anchor)
        by_key: dict[str, dict[str, TrustBundle]] = defaultdict(dict)
        for bundle in held:
            for anchor in bundle.anchors or ():
                by_key[anchor.spki_sha256][bundle.id] = bundle
        found: dict[str, list[Followed]] = defaultdict(list)
        for authority in self._hierarchy.declared() if held else ():
            present = self._hierarchy.present(authority)
            signers = self._signers(authority, present, named)
            keys = {*signers, *self._earlier(authority), *(c.spki_sha256 for c in present[:1])}
            for bundle in {b.id: b for key in sorted(keys & by_key.keys()) for b in by_key[key].values()}.values():
                found[bundle.id].append(self._follow(authority, present, bundle, users[bundle.id], signers))
        return {name: tuple(some) for name, some in found.items()}

    def _earlier(self, authority: Authority) -> set[str]:
        maker = self._graph.lookup.makers.get(authority.secret)
        return self._requested[maker.key] if maker else set()

    def _signers(
        self, authority: Authority, present: Sequence[Certificate], named: Mapping[bytes, Sequence[Certificate]]
    ) -> dict[str, dict[str, Credential]]:
        """Key of an anchor, not the present one → the certificates of the CA that it has signed."""
        out: dict[str, dict[str, Credential]] = defaultdict(dict)
        for credential in self._issued[authority.secret]:
            leaf = credential.leaf
            for anchor in named.get(leaf.issuer_raw, ()) if leaf else ():
                if present and anchor.spki_sha256 == present[0].spki_sha256:
                    continue
                if not present and anchor.spki_sha256 in out:
                    continue  # one is enough to know whose CA it is
                if leaf is not None and issued_by(leaf, anchor):
                    out[anchor.spki_sha256][credential.id] = credential
        return out

    def _follow(
        self,
        authority: Authority,
        present: tuple[Certificate, ...],
        bundle: TrustBundle,
        users: Sequence[Verifier],
        signers: Mapping[str, Mapping[str, Credential]],
    ) -> Followed:
        if not present:
            gap = Gap("not-in-input", f"Secret {authority.secret}", _UNSEEN.format(secret=authority.secret))
            return Followed(authority, None, None, gaps=(gap,))
        verdicts = {v.id: self._accepts(v, present) for v in users}
        refusing = [v for v in users if verdicts[v.id] is False]
        if not refusing:
            open_ = [v for v in users if verdicts[v.id] is None]
            gaps = tuple(dict.fromkeys(g for v in open_ for g in v.all_gaps)) or tuple(
                Gap("undecided", bundle.id, f"whether {v.place} accepts what {present[0].label} signs is not known")
                for v in open_[:1]
            )
            return Followed(authority, present[0], None if open_ else False, gaps=gaps)
        held = frozenset(a.spki_sha256 for a in bundle.anchors or ())
        told, waiting = self._affected(authority, present[0], held, refusing, signers)
        told = told or all(a.not_after < self._at for a in bundle.anchors or ())
        places = tuple(sorted({v.place for v in refusing}))
        return Followed(authority, present[0], not told, places, waiting)

    def _affected(
        self,
        authority: Authority,
        present: Certificate,
        held: frozenset[str],
        refusing: Sequence[Verifier],
        signers: Mapping[str, Mapping[str, Credential]],
    ) -> tuple[bool, tuple[Credential, ...]]:
        """Is it told already, and who waits? Worked out once for all bundles of one content and one company."""
        company = frozenset(_told_for(v) for v in refusing)
        all_ = any(v.verifies is Verifies.PEERS for v in refusing)
        key = (authority.secret, held, company, all_)
        if key not in self._known:
            meetings = [h for one in company for h in self._met[one]]
            told = any(self._told(h, authority, present) for h in meetings)
            met = {h.credential.id for h in meetings}
            old = {c.id: c for spki in held for c in signers.get(spki, {}).values()}
            waiting = tuple(c for name, c in sorted(old.items()) if all_ or c.is_ca or name in met)
            self._known[key] = told, waiting
        return self._known[key]

    def _accepts(self, verifier: Verifier, present: tuple[Certificate, ...]) -> bool | None:
        """Will it accept what the CA issues now, as far as its anchors go? A CA under the same name and key is the same to it."""
        if any(_same(present[0], anchor) for anchor in verifier.anchors):
            return True
        chains = [self._judge.chain(verifier, e, Purpose.NONE, present) for e in verifier.engines]
        holds = {c.holds if c.holds is not False or _lacks(c.defects) else True for c in chains}
        if holds == {False} and not verifier.is_known:
            return None
        return holds.pop() if len(holds) == 1 else None

    def _told(self, handshake: Handshake, authority: Authority, present: Certificate) -> bool:
        """Is a certificate of the new key refused already? Then the rules on chains say why."""
        credential = handshake.credential
        mine = credential.authority is not None and credential.authority.secret == authority.secret
        if not mine or handshake.holds is not False:
            return False
        return credential.leaf is None or issued_by(credential.leaf, present) is True


def _told_for(verifier: Verifier) -> Hashable:
    """Where clients are many, those of the first of the verifiers that are alike are told for all."""
    return likeness(verifier) if verifier.verifies is Verifies.CLIENTS else verifier.id


_UNSEEN = (
    "whether the CA of the Secret {secret} still has the key that is trusted is not known: its certificate was not read"
)


def _same(present: Certificate, anchor: Certificate) -> bool:
    identifiers = {present.subject_key_id, anchor.subject_key_id} - {""}
    same = present.spki_sha256 == anchor.spki_sha256 and present.subject_raw == anchor.subject_raw
    return same and len(identifiers) < 2


def _lacks(defects: Sequence[Defect]) -> bool:
    return any(d.fatal and d.code in _LACKING for d in defects)
