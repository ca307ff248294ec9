"""The table of hops, worst mode first."""

from __future__ import annotations

from collections.abc import Mapping

from mtlsaudit.model.hop import Hop, UpstreamSide
from mtlsaudit.model.report import Report
from mtlsaudit.model.values import dataclass
from mtlsaudit.output.html_evidence import evidence_text
from mtlsaudit.output.html_words import BADNESS, KIND_WORDS, enumeration, location

# What a hop of the other kind has no say in; a screen reader reads it as a pause.
_NOTHING = "–"


@dataclass(frozen=True, slots=True)
class HopRow:
    """One hop in words. `evidence` is plain text, a line a field."""

    anchor: str
    mode: str
    kind: str
    platform: str
    entry: str
    location: str
    service: str
    plaintext: str
    client_auth: str
    trust: str
    encryption: str
    because: str
    possible: str
    basis: str
    evidence: str
    fields: int


def hop_rows(report: Report, anchors: Mapping[str, str]) -> tuple[HopRow, ...]:
    """Hops of the same mode keep the order of the report."""
    return tuple(_row(report, hop, anchors[hop.id]) for hop in sorted(report.hops, key=lambda hop: BADNESS[hop.mode]))


def _row(report: Report, hop: Hop, anchor: str) -> HopRow:
    pieces = hop.all_evidence()
    return HopRow(
        anchor=anchor,
        mode=hop.mode.value,
        kind=KIND_WORDS.get(hop.kind, hop.kind.value),
        platform=hop.platform,
        entry=hop.entry,
        location=location(hop),
        service=hop.service or _NOTHING,
        plaintext=hop.client.plaintext.value if hop.client else _NOTHING,
        client_auth=hop.client.client_auth.value if hop.client else _client_certificate(hop.upstream),
        trust=hop.client.trust if hop.client else "",
        encryption=_encryption(hop.upstream),
        because=hop.because,
        possible=enumeration(tuple(mode.value for mode in hop.possible)),
        basis=hop.basis.value,
        evidence="\n".join(evidence_text(report, piece) for piece in pieces),
        fields=len(pieces),
    )


def _client_certificate(side: UpstreamSide | None) -> str:
    if side is None:
        return _NOTHING
    words = {True: "presented", False: "none presented", None: "unknown"}
    return words[side.client_certificate]


def _encryption(side: UpstreamSide | None) -> str:
    if side is None:
        return _NOTHING
    if side.encryption is None:
        return "unknown"
    if side.encryption != "tls":
        return side.encryption
    words = {True: "server verified", False: "server not verified", None: "verification unknown"}
    return f"tls, {words[side.server_verified]}"
