"""The entries of `trust` in the JSON report: a verifier each, with its anchors, whom it accepts, and the handshakes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from mtlsaudit.engine.subjects.chains import draw
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Chain, Defect
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.trust import Accepted, Handshake, Trust, TrustBundle, Verifier
from mtlsaudit.model.verdict import Evidence

Show = Callable[[Evidence], dict[str, object]]
Tell = Callable[[Gap], dict[str, object]]


def handshakes_by_verifier(trust: Trust) -> Mapping[str, Sequence[Handshake]]:
    """Verifier id → its handshakes, in the order of the report."""
    found: dict[str, list[Handshake]] = defaultdict(list)
    for handshake in trust.handshakes:
        found[handshake.verifier.id].append(handshake)
    return found


def verifier_row(
    verifier: Verifier, trust: Trust, met: Sequence[Handshake], show: Show, tell: Tell
) -> dict[str, object]:
    """One entry of the list; field by field as docs/report-v1.schema.json says."""
    return {
        "id": verifier.id,
        "kind": verifier.kind,
        "place": verifier.place,
        "field": verifier.field,
        "verifies": verifier.verifies.value,
        "engines": [e.value for e in verifier.engines],
        "depth": verifier.depth,
        "targets": list(verifier.targets),
        "names": list(verifier.names),
        "bundles": [_bundle(b) for b in verifier.bundles],
        "accepts": [_accepted(a) for a in trust.accepts.get(verifier.id, ())],
        "same_as": trust.same_as.get(verifier.id),
        "handshakes": [_handshake(h, tell) for h in met],
        "gaps": [tell(g) for g in verifier.all_gaps],
        "evidence": [show(e) for e in verifier.evidence],
    }


def _bundle(bundle: TrustBundle) -> dict[str, object]:
    anchors = None if bundle.anchors is None else [_anchor(a) for a in bundle.anchors]
    return {
        "id": bundle.id,
        "basis": bundle.basis.value,
        "anchors": anchors,
        "authorities": [a.secret for a in bundle.authorities],
        "system_roots": bundle.system,
        "follows": list(bundle.follows),
    }


def _anchor(certificate: Certificate) -> dict[str, object]:
    return {
        "subject": certificate.subject,
        "sha256": certificate.sha256,
        "not_after": certificate.not_after.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "self_signed": certificate.self_signed,
    }


def _accepted(row: Accepted) -> dict[str, object]:
    return {
        "name": row.name,
        "sha256": row.sha256 or None,
        "anchor": row.anchor,
        "public": row.public,
        "issuers": list(row.issuers),
        "certificates": row.certificates,
    }


def _handshake(handshake: Handshake, tell: Tell) -> dict[str, object]:
    return {
        "certificate": handshake.credential.id,
        "purpose": handshake.purpose.value,
        "because": handshake.because,
        "basis": handshake.basis.value,
        "holds": {e.value: holds for e, holds in handshake.verdicts().items()},
        "chains": [_chain(c) for c in handshake.chains],
        "gaps": [tell(g) for g in handshake.gaps],
    }


def _chain(chain: Chain) -> dict[str, object]:
    broken = next((d for d in chain.defects if d.fatal), None)
    return {
        "engine": chain.engine.value,
        "holds": chain.holds,
        "drawn": draw(chain, broken),
        "path": [c.sha256 for c in chain.path],
        "defects": [_defect(d) for d in chain.defects],
    }


def _defect(defect: Defect) -> dict[str, object]:
    return {
        "code": defect.code,
        "depth": defect.depth,
        "sha256": defect.sha256,
        "words": defect.words,
        "fatal": defect.fatal,
    }
