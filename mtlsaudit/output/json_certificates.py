"""The entries of `certificates` in the JSON report. Fields that say nothing of an entry are left out, not null."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from mtlsaudit.model.certificate import Names, Revocation
from mtlsaudit.model.certificate_entry import Accepted, Admission, CertificateEntry, Issue, IssuedChain, Rotation


def certificate_fields(entry: CertificateEntry) -> dict[str, object]:
    """One entry, in the order of the schema."""
    out: dict[str, object] = {"id": entry.id}
    if entry.certificate:
        out["certificate"] = entry.certificate
    if entry.source:
        out["source"] = entry.source
    out |= {
        "secret": entry.secret or None,
        "issued": entry.issued,
        "lifetime_days": entry.lifetime_days,
        "renew_after_days": entry.renew_after_days,
        "declared": dict(entry.declared),
        "key_rotates": entry.key_rotates,
        "key": None if entry.pending else {"algorithm": entry.key.algorithm, "size": entry.key.size},
        "usages": None if entry.pending else dict(entry.usages),
        "subject": None if entry.pending else entry.subject,
        "issuer": entry.issuer,
        "sans": None if entry.pending else _names(entry.names),
    }
    if entry.revocation:
        out["revocation"] = _revocation(entry.revocation)
    out |= {"chain": _chain(entry.chain) if entry.chain else None, "status": dict(entry.status)}
    if len(entry.issues) > 1:
        out["issues"] = [{"revision": issue.revision, "new_key": issue.new_key} for issue in entry.issues]
    if entry.webhook:
        out["webhook"] = _admission(entry.webhook)
    out |= {
        "rotation": _rotation(entry.rotation, entry.issues) if entry.rotation else None,
        "not_before": time_text(entry.not_before),
        "not_after": time_text(entry.not_after),
        "renewal_time": time_text(entry.renewal_time),
        "serial": entry.serial or None,
        "sha256": entry.sha256 or None,
        "spki_sha256": entry.spki_sha256 or None,
        "managed_by": entry.managed_by or None,
        "basis": entry.basis,
        "used_by": list(entry.used_by),
    }
    return out


@lru_cache(maxsize=1024)
def time_text(value: datetime | None) -> str | None:
    """A moment in UTC, to the second."""
    return None if value is None else value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _names(names: Names) -> dict[str, object]:
    return {"dns": list(names.dns), "uri": list(names.uri), "ip": list(names.ip), "email": list(names.email)}


def _revocation(urls: Revocation) -> dict[str, object]:
    named = {"crl": urls.crl, "ocsp": urls.ocsp, "issuing": urls.issuer}
    return {name: list(found) for name, found in named.items() if found}


def _chain(chain: IssuedChain) -> dict[str, object]:
    out: dict[str, object] = {
        "issuer": chain.issuer,
        "in_tls_crt": chain.in_tls_crt,
        "ca_crt": chain.ca_crt,
        "verifies": chain.verifies,
    }
    if chain.error:
        out["error"] = chain.error
    if chain.with_partial_chain is not None:
        out["verifies_with_partial_chain"] = chain.with_partial_chain
    out |= {"as_server": _accepted(chain.as_server), "as_client": _accepted(chain.as_client)}
    optional = {
        "outlives_issuer": chain.outlives_issuer,
        "outlives_issuer_by_days": chain.outlives_issuer_by_days,
        "signed_by_current_ca": chain.signed_by_current_ca,
    }
    return out | {name: value for name, value in optional.items() if value is not None}


def _accepted(accepted: Accepted | None) -> dict[str, object] | None:
    return None if accepted is None else {"openssl": accepted.openssl, "go": accepted.go}


def _admission(admission: Admission) -> dict[str, object]:
    return {"admits": admission.admits, **({"errors": list(admission.errors)} if admission.errors else {})}


def _rotation(rotation: Rotation, issues: tuple[Issue, ...]) -> dict[str, object]:
    return {
        "declared_days": rotation.declared_days,
        "at_most_days": rotation.at_most_days,
        "observed_days": rotation.observed_days,
        "evidence": list(rotation.evidence),
        "seen": [_seen(issue) for issue in issues if issue.sha256],
    }


def _seen(issue: Issue) -> dict[str, object]:
    return {
        "revision": issue.revision,
        "source": issue.source,
        "not_before": time_text(issue.not_before),
        "not_after": time_text(issue.not_after),
        "sha256": issue.sha256,
        "spki_sha256": issue.spki_sha256 or None,
    }
