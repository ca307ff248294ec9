"""Trust in the table for terminals: who verifies, whom, and which handshakes fail."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator

from mtlsaudit.model.report import Report
from mtlsaudit.model.trust import Trust, Verifier, Verifies
from mtlsaudit.output.counting import count

_WIDTH = 110
_SHOWN = 15


def trust_lines(report: Report) -> Iterator[str]:
    """A line for each verifier of clients or servers; nothing where nothing verifies."""
    trust = report.trust
    named = [v for v in trust.verifiers if v.verifies is not Verifies.PEERS]
    if not trust.handshakes and not named:
        return
    verdicts = Counter(h.holds for h in trust.handshakes)
    parts = [f"{verdicts[True]} hold", f"{verdicts[False]} fail", f"{verdicts[None]} unknown or differing"]
    yield f"TRUST  {count(len(trust.verifiers), 'verifier')}, {count(len(trust.handshakes), 'handshake')}: {', '.join(parts)}"
    yield ""
    for verifier in named[:_SHOWN]:
        words = f"{verifier.id} verifies {verifier.verifies.value}: accepts {accepted_words(trust, verifier)}"
        yield from textwrap.wrap(
            words, _WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
        )
    if len(named) > _SHOWN:
        yield f"  … and {len(named) - _SHOWN} more verifiers (all are in the other formats)"
    yield ""


def accepted_words(trust: Trust, verifier: Verifier, most: int = 4) -> str:
    """The issuers that a verifier accepts, or why they are not known."""
    rows = trust.accepts.get(verifier.id, ())
    names = [f"{r.name}{' (public)' if r.public else ''}" for r in rows[:most]]
    if verifier.system:
        names.insert(0, "the public roots of the system")
    if len(rows) > most:
        names.append(f"{len(rows) - most} more")
    if not verifier.is_known and not verifier.authorities and not verifier.system:
        names.append(f"not known: {'; '.join(g.reason for g in verifier.all_gaps[:2])}")
    return ", ".join(names) or "nobody"
