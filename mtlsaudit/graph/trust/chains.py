"""Handshakes judged: by the path builder where both sides are known, by the declared CAs where they are not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from mtlsaudit.graph.trust.handshakes import Meeting
from mtlsaudit.graph.trust.hierarchy import Hierarchy
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Chain, Engine, Purpose
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.trust import Authority, Credential, Handshake, Verifier

if TYPE_CHECKING:
    from mtlsaudit.pki.path import Verifier as Prepared


class Judge:
    """One for a scan: what is asked twice (the same anchors, depth and CRL) is prepared once."""

    def __init__(self, hierarchy: Hierarchy, at: datetime) -> None:
        self._hierarchy = hierarchy
        self._at = at
        self._prepared: dict[object, Prepared] = {}

    def judge(self, meeting: Meeting) -> Handshake:
        """The verdict of every engine that the place may run."""
        credential, verifier = meeting.credential, meeting.verifier
        if credential.path and verifier.anchors and (verifier.is_known or self._holds_already(meeting)):
            chains = tuple(self.chain(verifier, e, meeting.purpose, credential.path) for e in verifier.engines)
            return Handshake(credential, verifier, meeting.purpose, meeting.because, chains)
        inferred = {e: self.infer(credential, verifier, e, meeting.purpose) for e in verifier.engines}
        gaps = verifier.all_gaps
        if not credential.path:
            reason = f"the certificate of {credential.id} is not issued, or not in the input"
            gaps = (*gaps, Gap("not-issued", credential.id, reason))
        return Handshake(credential, verifier, meeting.purpose, meeting.because, (), inferred, gaps)

    def _holds_already(self, meeting: Meeting) -> bool:
        """Anchors that are not known can only make more certificates hold: all engines say yes without them."""
        path = meeting.credential.path
        return all(
            self.chain(meeting.verifier, e, meeting.purpose, path).holds is True for e in meeting.verifier.engines
        )

    def chain(
        self,
        verifier: Verifier,
        engine: Engine,
        purpose: Purpose,
        path: Sequence[Certificate],
        anchors: tuple[Certificate, ...] | None = None,
    ) -> Chain:
        """What an engine says of a certificate and the ones that are sent with it; `anchors` stand in for the verifier's."""
        from mtlsaudit.pki.path import verify

        trusted = (*verifier.anchors, *verifier.extra) if anchors is None else anchors
        return verify(self._prepare(verifier, engine, purpose, trusted), path[0], path[1:])

    def _prepare(
        self, verifier: Verifier, engine: Engine, purpose: Purpose, anchors: tuple[Certificate, ...]
    ) -> Prepared:
        from mtlsaudit.pki.crl import crls_in
        from mtlsaudit.pki.path import Verifier as Made

        lists = tuple(b.crl for b in verifier.bundles if b.crl)
        key = (engine, purpose, tuple(a.sha256 for a in anchors), verifier.depth, lists)
        if key not in self._prepared:
            self._prepared[key] = Made(
                engine=engine,
                purpose=purpose,
                anchors=anchors,
                at=self._at,
                max_depth=verifier.depth,
                crls=tuple(crl for text in lists for crl in crls_in(text)[0]),
            )
        return self._prepared[key]

    def infer(self, credential: Credential, verifier: Verifier, engine: Engine, purpose: Purpose) -> bool | None:
        """By the CAs that declared objects name. Only a root is an anchor for OpenSSL; Go takes any CA as one."""
        usages = credential.usages
        if usages is not None and purpose is not Purpose.NONE and not {purpose.value, "any"} & set(usages):
            return False
        if credential.authority is None:
            return None
        above = list(self._hierarchy.upwards(credential.authority))
        trusted = {a.secret: a for a in verifier.authorities}
        shared = [trusted[a.secret] for a in above if a.secret in trusted]
        if shared:
            return True if engine is Engine.GO or any(a.is_root for a in shared) else _unless_known(shared)
        signer = self._hierarchy.chain_of(credential.authority)
        if signer and verifier.anchors and verifier.is_known:
            # A certificate that is still to be issued fares as its CA does, which is there.
            return self.chain(verifier, engine, Purpose.NONE, signer).holds
        known = all(b.authorities or b.anchors is not None for b in verifier.bundles) and bool(verifier.bundles)
        return False if known and not verifier.system and all(a.is_root is not None for a in above) else None


def _unless_known(shared: list[Authority]) -> bool | None:
    return None if any(a.is_root is None for a in shared) else False
