"""The inventory as a cryptography bill of materials (CycloneDX 1.7, ECMA-424).

Each issued certificate, public key and algorithm is one component, however often it is found; where it was found are
its occurrences. Certificates that are only declared are no assets yet and are left out. Nothing but public content.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

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
from mtlsaudit.output.inventory.rows import Row, Rows, listed

_NAMESPACE = uuid.UUID("6d6b1f0c-8a3e-5f0e-9c39-5a1c3c1f7e21")
_AT_ONCE = 256
_STATES = {"valid": "active", "expired": "deactivated", "not yet valid": "pre-activation"}


def render(report: Report) -> str:
    """The BOM as JSON text; the same report gives the same bytes, its serial number included."""
    return "".join(pieces(report))


def pieces(report: Report) -> Iterator[str]:
    """The same text in pieces: as values all at once, a large estate would take a gigabyte."""
    bill = _Bill(report)
    head: Json = {
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": f"urn:uuid:{_serial(bill)}",
        "version": 1,
        "metadata": bill.metadata(),
    }
    yield json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    for name, entries in (("components", bill.components()), ("dependencies", bill.dependencies())):
        yield f',\n "{name}": '
        yield from _listed(entries)
    yield "\n}\n"


def _listed(entries: Iterator[Json]) -> Iterator[str]:
    """A list below a key of the document; some entries at a time, because the encoder leaves garbage each time it is called."""
    before = "["
    while some := list(islice(entries, _AT_ONCE)):
        yield before + json.dumps(some, ensure_ascii=False, indent=1)[1:-2].replace("\n", "\n ")
        before = ","
    yield "[]" if before == "[" else "\n ]"


def _serial(bill: _Bill) -> uuid.UUID:
    """That of all the rest of the document (a UUID of version 5, of its text as JSON with sorted keys)."""
    digest = hashlib.sha1(_NAMESPACE.bytes, usedforsecurity=False)
    digest.update(b"{")
    for name, entries in (("components", bill.components()), ("dependencies", bill.dependencies())):
        digest.update(f'"{name}": ['.encode())
        for number, entry in enumerate(entries):
            digest.update(f"{', ' if number else ''}{json.dumps(entry, sort_keys=True)}".encode())
        digest.update(b"], ")
    digest.update(f'"metadata": {json.dumps(bill.metadata(), sort_keys=True)}}}'.encode())
    return uuid.UUID(bytes=digest.digest()[:16], version=5)


class _Bill:
    """The parts of the document, made each time they are asked for."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._rows = Rows(report)
        self._entries: dict[str, list[CertificateEntry]] = {}
        for entry in listed(report):
            if entry.sha256:
                self._entries.setdefault(entry.sha256, []).append(entry)
        first = [same[0] for same in self._entries.values()]
        self._keys = {entry.spki_sha256: entry.key for entry in first if entry.spki_sha256}
        self._signatures = sorted({entry.signature_algorithm for entry in first} - {""})

    def metadata(self) -> Json:
        """When and by what the document was made, and of what."""
        report = self._report
        return {
            "timestamp": _time(report.scan.now),
            "lifecycles": [{"phase": "discovery"}],
            "tools": {"components": [{"type": "application", "name": "mtlsaudit", "version": report.tool_version}]},
            **({"component": {"type": "platform", "name": report.scan.cluster}} if report.scan.cluster else {}),
        }

    def components(self) -> Iterator[Json]:
        """Certificates, public keys, and algorithms of keys and of signatures."""
        for _, same in sorted(self._entries.items()):
            yield _certificate([self._rows.of(entry) for entry in same], self._report)
        for digest, key in sorted(self._keys.items()):
            yield public_key(digest, key)
        algorithms = {algorithm_ref(key): key for key in self._keys.values()}
        for ref, key in sorted(algorithms.items()):
            yield algorithm(ref, key)
        yield from map(signature, self._signatures)

    def dependencies(self) -> Iterator[Json]:
        """Certificate → its key and the algorithm of its signature; key → its algorithm."""
        for digest, same in sorted(self._entries.items()):
            spki, name = same[0].spki_sha256, same[0].signature_algorithm
            needs = [*([key_ref(spki)] if spki else ()), *([signature_ref(name)] if name else ())]
            yield {"ref": _certificate_ref(digest), "dependsOn": needs}
        for spki, key in sorted(self._keys.items()):
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
