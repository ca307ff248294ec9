"""The text of one entry of each long list of the JSON report."""

from __future__ import annotations

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import ClientAuth, Hop, HopKind, Mode, Plaintext
from mtlsaudit.model.verdict import Assessment
from mtlsaudit.output.json_text import Citations, encode, quoted


def gap_fields(gap: Gap) -> dict[str, object]:
    """What was not known, with the line where it has one."""
    out: dict[str, object] = {"kind": gap.kind, "subject": gap.subject, "reason": gap.reason}
    if gap.file:
        out |= {"file": gap.file, "line": gap.line or None}
    return out


def hop_text(hop: Hop, cite: Citations) -> str:
    out: dict[str, object] = {
        "id": hop.id,
        "hop": hop.kind.value,
        "platform": hop.platform,
        "entry": hop.entry,
        "host": hop.host,
        "path": hop.path,
        "mode": hop.mode.value,
    }
    if hop.client is not None:
        plain, auth = hop.client.plaintext, hop.client.client_auth
        out["plaintext"] = None if plain is Plaintext.UNKNOWN else plain.value
        out["client_auth"] = None if auth is ClientAuth.UNKNOWN else auth.value
        out["trust"] = hop.client.trust or None
    if hop.kind is HopKind.ENTRY_TO_SERVICE:
        upstream = hop.upstream
        out["service"] = hop.service
        out["encryption"] = upstream.encryption if upstream else None
        out["server_verified"] = upstream.server_verified if upstream else None
        out["client_certificate"] = upstream.client_certificate if upstream else None
    out["basis"] = hop.basis.value
    out["because"] = hop.because
    if hop.mode is Mode.UNKNOWN:
        out["possible"] = [m.value for m in hop.possible]
        out["gaps"] = [gap_fields(g) for g in hop.gaps]
    return f'{encode(out)[:-1]},"evidence":{cite.list(hop.all_evidence())}}}'


def assessment_text(assessment: Assessment, cite: Citations) -> str:
    verdict = assessment.verdict
    gaps = encode([gap_fields(g) for g in verdict.gaps]) if verdict.gaps else "[]"
    return (
        f'{{"rule":{quoted(assessment.rule)},"severity":"{assessment.severity.value}",'
        f'"outcome":"{assessment.outcome.value}","subject":{quoted(assessment.subject)},'
        f'"message":{quoted(verdict.message)},"evidence":{cite.list(verdict.evidence)},"gaps":{gaps},'
        f'"fingerprint":"{assessment.fingerprint}","waiver":null}}'
    )
