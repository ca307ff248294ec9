"""The entries of `trust` in the JSON report: a verifier each, with its anchors, whom it accepts, and the handshakes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from mtlsaudit.engine.subjects.drawn_chains import draw
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Chain, Defect
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.trust import Accepted, Handshake, Trust, TrustBundle, Verifier
from mtlsaudit.output.json_text import Citations, array, encode, quoted

Tell = Callable[[Gap], dict[str, object]]


def handshakes_by_verifier(trust: Trust) -> Mapping[str, Sequence[Handshake]]:
    """Verifier id → its handshakes, in the order of the report."""
    found: dict[str, list[Handshake]] = defaultdict(list)
    for handshake in trust.handshakes:
        found[handshake.verifier.id].append(handshake)
    return found


class TrustRows:
    """The text of each entry; what verifiers share (a bundle, a row of the matrix) is encoded once."""

    def __init__(self, trust: Trust, cite: Citations, tell: Tell) -> None:
        self._trust, self._cite, self._tell = trust, cite, tell
        self._met = handshakes_by_verifier(trust)
        self._bundles: dict[str, str] = {}
        self._accepts: dict[int, str] = {}

    def row(self, verifier: Verifier) -> str:
        """One entry of the list; field by field as docs/report-v1.schema.json says."""
        head: dict[str, object] = {
            "id": verifier.id,
            "kind": verifier.kind,
            "place": verifier.place,
            "field": verifier.field,
            "verifies": verifier.verifies.value,
            "engines": [e.value for e in verifier.engines],
            "depth": verifier.depth,
            "targets": list(verifier.targets),
            "names": list(verifier.names),
        }
        handshakes = [self._handshake(h) for h in self._met.get(verifier.id, ())]
        return (
            f'{encode(head)[:-1]},"bundles":{array(map(self._bundle, verifier.bundles))},'
            f'"accepts":{self._accepted(verifier)},"same_as":{encode(self._trust.same_as.get(verifier.id))},'
            f'"handshakes":{array(handshakes)},"gaps":{self._gaps(verifier.all_gaps)},'
            f'"evidence":{self._cite.list(verifier.evidence)}}}'
        )

    def _bundle(self, bundle: TrustBundle) -> str:
        if bundle.id not in self._bundles:
            self._bundles[bundle.id] = encode(_bundle(bundle))
        return self._bundles[bundle.id]

    def _accepted(self, verifier: Verifier) -> str:
        rows = self._trust.accepts.get(verifier.id, ())
        if id(rows) not in self._accepts:
            self._accepts[id(rows)] = encode([_accepted(row) for row in rows])
        return self._accepts[id(rows)]

    def _gaps(self, gaps: Sequence[Gap]) -> str:
        return encode([self._tell(g) for g in gaps]) if gaps else "[]"

    def _handshake(self, handshake: Handshake) -> str:
        holds = {e.value: holds for e, holds in handshake.verdicts().items()}
        return (
            f'{{"certificate":{quoted(handshake.credential.id)},"purpose":"{handshake.purpose.value}",'
            f'"because":{quoted(handshake.because)},"basis":"{handshake.basis.value}","holds":{encode(holds)},'
            f'"chains":{array([_chain(handshake, c) for c in handshake.chains])},"gaps":{self._gaps(handshake.gaps)}}}'
        )


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


_HOLDS = {True: "true", False: "false", None: "null"}


def _chain(handshake: Handshake, chain: Chain) -> str:
    broken = next((d for d in chain.defects if d.fatal), None)
    path = array([f'"{c.sha256}"' for c in chain.path])
    return (
        f'{{"engine":"{chain.engine.value}","holds":{_HOLDS[chain.holds]},"drawn":{quoted(draw(handshake, chain, broken))},'
        f'"path":{path},"defects":{array(map(_defect, chain.defects))}}}'
    )


def _defect(defect: Defect) -> str:
    return (
        f'{{"code":"{defect.code}","depth":{defect.depth},"sha256":"{defect.sha256}",'
        f'"words":{quoted(defect.words)},"fatal":{_HOLDS[defect.fatal]}}}'
    )
