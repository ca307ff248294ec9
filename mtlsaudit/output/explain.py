"""One entry in words: what each hop comes to, what decided, what could still change it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from mtlsaudit.model.hop import ClientAuth, Hop, Plaintext
from mtlsaudit.model.origin import render_path
from mtlsaudit.model.report import Report
from mtlsaudit.model.verdict import Outcome
from mtlsaudit.output.explain_trust import verifier_lines
from mtlsaudit.output.shown import shown_lines

_ASPECTS = {
    "class": "who serves it",
    "client_auth": "what TLS asks of a client",
    "plaintext": "what port 80 does",
    "upstream": "how the Service is spoken to",
    "match_cn": "the check of the CN",
    "error_page": "the error page",
    "pass_certificate": "the certificate as a header",
    "path": "the path",
    "service": "which Service",
}


_OF_CLIENTS = frozenset({"client_auth", "plaintext", "match_cn", "error_page"})
_OF_THE_SERVICE = frozenset({"upstream", "service"})


def explain(report: Report, entry: str) -> str | None:
    """The explanation of an entry (`namespace/name`, or a host), or None when there is none of it."""
    hops = [h for h in report.hops if entry in (h.entry, h.host)]
    if not hops:
        return None
    lines: list[str] = []
    for hop in hops:
        lines += [*_hop(hop, report), ""]
    places = {f"Ingress {hop.entry}" for hop in hops}
    for verifier in report.trust.verifiers:
        if verifier.place in places:
            lines += [*verifier_lines(report.trust, verifier), ""]
    return "\n".join(shown_lines(lines))


def _hop(hop: Hop, report: Report) -> Iterator[str]:
    yield f"{hop.kind.value}: {hop.host}{hop.path} of {hop.entry}" + (f" → {hop.service}" if hop.service else "")
    yield f"  mode       {hop.mode.value}" + (f": could be {' or '.join(hop.possible)}" if hop.possible else "")
    yield f"  basis      {hop.basis.value}"
    if hop.client is not None:
        plain, auth = hop.client.plaintext, hop.client.client_auth
        yield f"  plaintext  {plain.value if plain is not Plaintext.UNKNOWN else 'not known'}"
        yield f"  client     {auth.value if auth is not ClientAuth.UNKNOWN else 'not known'}"
        if hop.client.decided_by:
            loser = "" if hop.client.decided_by == hop.entry else f", which wins over {hop.entry}"
            yield f"  decided by Ingress {hop.client.decided_by}{loser}"
    yield from textwrap.wrap(f"because    {hop.because}", 110, initial_indent="  ", subsequent_indent="             ")
    of_another = _OF_CLIENTS if hop.client is None else _OF_THE_SERVICE
    for aspect, pieces in hop.evidence.items():
        for piece in pieces if aspect not in of_another else ():
            position = report.positions.get(piece.site)
            line = f":{position.line}" if position else ""
            name = _ASPECTS.get(aspect, aspect)
            yield f"    {name:<28} {piece.site.origin.place}{line}  {render_path(piece.site.path)} = {piece.value}"
    for gap in hop.gaps:
        yield f"    missing                      {gap.reason}"
    for assessment in report.assessments:
        if assessment.subject == hop.id and assessment.outcome is Outcome.FAIL:
            yield f"    finding                      {assessment.severity.value} {assessment.rule}"
