"""The inventory as a cryptography bill of materials (CycloneDX 1.7, ECMA-424).

Each issued certificate, public key and algorithm is one component, however often it is found; where it was found are
its occurrences. Certificates that are only declared are no assets yet and are left out. Nothing but public content.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from mtlsaudit.model.certificate import KeyInfo
from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.model.report import Report
from mtlsaudit.output.certificate_words import all_names, is_authority
from mtlsaudit.output.inventory.cyclonedx_keys import (
    Json,
    algorithm,
    algorithm_ref,
    key_ref,
    public_key,
    signature,
    signature_ref,
)
from mtlsaudit.output.inventory.rows import Row, rows_of

_NAMESPACE = uuid.UUID("6d6b1f0c-8a3e-5f0e-9c39-5a1c3c1f7e21")
_STATES = {"valid": "active", "expired": "deactivated", "not yet valid": "pre-activation"}


def render(report: Report) -> str:
    """The BOM as JSON text; the same report gives the same bytes, its serial number included."""
    rows: dict[str, list[Row]] = {}
    for row in rows_of(report):
        if row.entry.sha256:
            rows.setdefault(row.entry.sha256, []).append(row)
    keys = {r[0].entry.spki_sha256: r[0].entry.key for r in rows.values() if r[0].entry.spki_sha256}
    algorithms = {algorithm_ref(key): key for key in keys.values()}
    components = [_certificate(same, report) for _, same in sorted(rows.items())]
    components += [public_key(digest, key) for digest, key in sorted(keys.items())]
    components += [algorithm(ref, key) for ref, key in sorted(algorithms.items())]
    components += [signature(name) for name in sorted({r[0].entry.signature_algorithm for r in rows.values()} - {""})]
    dependencies = list(_dependencies(rows, keys))
    body: Json = {
        "metadata": {
            "timestamp": _time(report.scan.now),
            "lifecycles": [{"phase": "discovery"}],
            "tools": {"components": [{"type": "application", "name": "mtlsaudit", "version": report.tool_version}]},
            **({"component": {"type": "platform", "name": report.scan.cluster}} if report.scan.cluster else {}),
        },
        "components": components,
        "dependencies": dependencies,
    }
    serial = uuid.uuid5(_NAMESPACE, json.dumps(body, sort_keys=True))
    head: Json = {
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
    }
    return json.dumps(head | body, ensure_ascii=False, indent=1) + "\n"


def _dependencies(rows: dict[str, list[Row]], keys: dict[str, KeyInfo]) -> Iterator[Json]:
    for digest, same in sorted(rows.items()):
        spki = same[0].entry.spki_sha256
        name = same[0].entry.signature_algorithm
        needs = [*([key_ref(spki)] if spki else ()), *([signature_ref(name)] if name else ())]
        yield {"ref": _certificate_ref(digest), "dependsOn": needs}
    for spki, key in sorted(keys.items()):
        yield {"ref": key_ref(spki), "dependsOn": [algorithm_ref(key)]}


def _certificate_ref(sha256: str) -> str:
    return f"certificate/{sha256}"


def _certificate(same: list[Row], report: Report) -> Json:
    row, entry = same[0], same[0].entry
    properties: Json = {
        "serialNumber": entry.serial,
        "subjectName": entry.subject,
        "issuerName": entry.issuer,
        "certificateFormat": "X.509",
        "fingerprint": {"alg": "SHA-256", "content": entry.sha256},
        "certificateExtensions": list(_extensions(entry)),
    }
    if entry.not_before is not None and entry.not_after is not None:
        properties["notValidBefore"] = _time(entry.not_before)
        properties["notValidAfter"] = _time(entry.not_after)
        properties["certificateState"] = [{"state": _STATES[row.state.word], "reason": row.state.remaining}]
    related: list[Json] = []
    if entry.spki_sha256:
        related.append({"type": "publicKey", "ref": key_ref(entry.spki_sha256)})
    if entry.signature_algorithm:
        related.append({"type": "algorithm", "ref": signature_ref(entry.signature_algorithm)})
    properties["relatedCryptographicAssets"] = related
    return {
        "type": "cryptographic-asset",
        "bom-ref": _certificate_ref(entry.sha256),
        "name": entry.subject or next(iter(all_names(entry.names)), "") or entry.sha256,
        "cryptoProperties": {"assetType": "certificate", "certificateProperties": properties},
        "evidence": {"occurrences": [o for r in same for o in _occurrences(r.entry, report)]},
        "properties": [p for r in same for p in _properties(r)],
    }


def _occurrences(entry: CertificateEntry, report: Report) -> Iterator[Json]:
    for piece in entry.evidence:
        position = report.positions.get(piece.site)
        where: Json = {"location": piece.site.origin.file, "symbol": entry.id}
        if position:
            where["line"] = position.line
        yield where


def _extensions(entry: CertificateEntry) -> Iterator[Json]:
    values = (
        ("basicConstraints", "CA:TRUE" if is_authority(entry) else ""),
        ("keyUsage", _joined(entry.usages.get("key_usage"))),
        ("extendedKeyUsage", _joined(entry.usages.get("ext_key_usage"))),
        ("subjectAlternativeName", ", ".join(all_names(entry.names))),
    )
    for name, value in values:
        if value:
            yield {"commonExtensionName": name, "commonExtensionValue": value}


def _joined(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else ""


def _properties(row: Row) -> Iterator[Json]:
    entry = row.entry
    values = [
        ("managed-by", entry.managed_by),
        ("next-renewal", _time(row.renewal) if row.renewal else ""),
        ("renew-after-days", f"{entry.renew_after_days:g}" if entry.renew_after_days is not None else ""),
        ("key-rotates", {True: "true", False: "false", None: ""}[entry.key_rotates]),
        *(("used-by", user) for user in row.users),
    ]
    for name, value in values:
        if value:
            yield {"name": f"mtlsaudit:{name}", "value": f"{entry.id}: {value}"}


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
