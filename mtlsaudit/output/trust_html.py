"""The trust section of the HTML report: a row a verifier, with its issuers and the handshakes that fail."""

from __future__ import annotations

from collections.abc import Sequence

from mtlsaudit.engine.subjects.drawn_chains import draw
from mtlsaudit.model.report import Report
from mtlsaudit.model.trust import Handshake
from mtlsaudit.model.values import dataclass
from mtlsaudit.output.trust_json import handshakes_by_verifier
from mtlsaudit.output.trust_text import accepted_words

_ROWS = 500
_BROKEN = 5


@dataclass(frozen=True, slots=True)
class TrustRow:
    """One verifier. `broken` has a line for each handshake that does not hold everywhere."""

    place: str
    field: str
    verifies: str
    targets: str
    engines: str
    accepts: str
    handshakes: str
    broken: tuple[str, ...]
    more: int


def trust_rows(report: Report) -> tuple[TrustRow, ...]:
    """The verifiers at which something fails first."""
    met = handshakes_by_verifier(report.trust)
    rows = []
    for verifier in report.trust.verifiers:
        mine = met.get(verifier.id, ())
        broken = [h for h in mine if h.holds is not True]
        shown = ", ".join(verifier.targets[:_BROKEN])
        hidden = len(verifier.targets) - _BROKEN
        rows.append(
            TrustRow(
                place=verifier.place,
                field=verifier.field,
                verifies=verifier.verifies.value,
                targets=shown + (f" and {hidden} more" if hidden > 0 else ""),
                engines=", ".join(verifier.engines),
                accepts=accepted_words(report.trust, verifier, 8),
                handshakes=_counted(mine),
                broken=tuple(_line(h) for h in broken[:_BROKEN]),
                more=max(0, len(broken) - _BROKEN),
            )
        )
    rows.sort(key=lambda r: not r.broken)
    return tuple(rows[:_ROWS])


def _counted(handshakes: Sequence[Handshake]) -> str:
    if not handshakes:
        return "none expected"
    holding = sum(h.holds is True for h in handshakes)
    return f"{holding} of {len(handshakes)} hold"


def _line(handshake: Handshake) -> str:
    refused = next((c for c in handshake.chains if c.holds is not True), None)
    if refused is None:
        word = "fails" if handshake.holds is False else "is not known"
        return f"{handshake.credential.id} {word}: {'; '.join(g.reason for g in handshake.gaps[:1])}"
    fault = next((d for d in refused.defects if d.fatal), None) or next(iter(refused.defects), None)
    return f"{refused.engine}: {draw(handshake, refused, fault)}: {fault.words if fault else 'not decided'}"
