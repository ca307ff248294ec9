"""One handshake, judged again as if a CA were not there, or had a new key."""

from __future__ import annotations

from collections.abc import Sequence

from mtlsaudit.graph.chains import issued_by
from mtlsaudit.graph.trust.chains import Judge
from mtlsaudit.graph.trust.hierarchy import Hierarchy
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Chain, Engine, Purpose
from mtlsaudit.model.trust import Credential, Handshake, TrustBundle, Verifier
from mtlsaudit.model.values import dataclass, replace
from mtlsaudit.pki.names import canonical


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A CA that was named: by its keys where it is in the input, and by its Secret."""

    name: str
    secret: str
    keys: frozenset[str]
    issuers: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Broken:
    """A handshake that holds today (`certain`), or may, and would not after the change."""

    handshake: Handshake
    certain: bool


@dataclass(frozen=True, slots=True, eq=False)
class Weighing:
    """One for a change. `rotating` says that the CA gets a new key, and is not only taken out."""

    target: Target
    hierarchy: Hierarchy
    judge: Judge
    rotating: bool

    def of(self, handshake: Handshake) -> Broken | None:
        """The handshake, if some engine accepts it now and would not after the change."""
        before = handshake.verdicts()
        left = self._left(handshake.verifier)
        lost = {}
        for engine, holds in before.items():
            if holds is False:
                continue
            then = self._after(handshake, left, engine)
            if then is False or (holds and then is None):
                lost[engine] = then
        certain = len(lost) == len(before) and all(before[e] and then is False for e, then in lost.items())
        return Broken(handshake, certain) if lost else None

    def _left(self, verifier: Verifier) -> Verifier:
        """The verifier without the CA."""
        bundles = tuple(self._without(b) for b in verifier.bundles)
        return replace(verifier, bundles=bundles, extra=self._others(verifier.extra))

    def _without(self, bundle: TrustBundle) -> TrustBundle:
        anchors = None if bundle.anchors is None else self._others(bundle.anchors)
        authorities = tuple(a for a in bundle.authorities if not self.target.secret or a.secret != self.target.secret)
        if anchors is None and bundle.authorities and not authorities:
            anchors = ()
        return replace(bundle, anchors=anchors, authorities=authorities)

    def _others(self, certificates: Sequence[Certificate]) -> tuple[Certificate, ...]:
        return tuple(c for c in certificates if c.spki_sha256 not in self.target.keys)

    def _after(self, handshake: Handshake, left: Verifier, engine: Engine) -> bool | None:
        credential = handshake.credential
        if not handshake.chains:
            return self.judge.infer(credential, left, engine, handshake.purpose)
        if not left.anchors and not left.extra:
            return False
        chain = self.judge.chain(left, engine, handshake.purpose, credential.path)
        if self.rotating and chain.holds is not False:
            if self._confused(handshake.verifier, engine, chain):
                return False
            if self._reissued(credential):
                present = self.hierarchy.present(self.hierarchy.authority(self.target.secret))
                return self.judge.chain(left, engine, Purpose.NONE, present).holds
        return chain.holds

    def _confused(self, verifier: Verifier, engine: Engine, chain: Chain) -> bool:
        """Will the anchor of the same name be taken, whose key is the other one?

        OpenSSL and BoringSSL take a trusted issuer before one that is sent, by name where key identifiers do not tell them
        apart, and never go back. Then neither the old certificate nor the new one fits the anchor of the other side.
        """
        if engine is Engine.GO:
            return False
        held = [a for a in (*verifier.anchors, *verifier.extra) if a.spki_sha256 in self.target.keys]
        for child, issuer in zip(chain.path, chain.path[1:], strict=False):
            if issuer.spki_sha256 in self.target.keys:
                alike = [a for a in held if canonical(a.subject_raw) == canonical(child.issuer_raw)]
                return any(not _told_apart(child, a) for a in alike)
        return False

    def _reissued(self, credential: Credential) -> bool:
        """Is it to be renewed by the CA, though an earlier key has signed it?"""
        mine = credential.authority is not None and credential.authority.secret == self.target.secret
        leaf = credential.leaf
        present = self.hierarchy.present(self.hierarchy.authority(self.target.secret)) if mine else ()
        return bool(present) and leaf is not None and issued_by(leaf, present[0]) is False


def _told_apart(child: Certificate, anchor: Certificate) -> bool:
    return bool(child.authority_serial) or bool(child.authority_key_id and anchor.subject_key_id)
