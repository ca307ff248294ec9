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
from mtlsaudit.output.inventory.rows import Row, rows_of

Json = dict[str, object]

_NAMESPACE = uuid.UUID("6d6b1f0c-8a3e-5f0e-9c39-5a1c3c1f7e21")
_STATES = {"valid": "active", "expired": "deactivated", "not yet valid": "pre-activation"}
# Key algorithm → (family, curve) in CycloneDX's words (cryptography-defs, 1.7).
_FAMILY = {"ECDSA": "ECDSA", "Ed25519": "EdDSA", "Ed448": "EdDSA", "DSA": "DSA"}
_SIGNATURE_FAMILY = (
    ("rsa-with-", "RSASSA-PKCS1"),
    ("rsassa-pss", "RSASSA-PSS"),
    ("ecdsa-with-", "ECDSA"),
    ("dsa-with-", "DSA"),
    ("ed25519", "EdDSA"),
    ("ed448", "EdDSA"),
)
_CURVE = {
    "secp256r1": "nist/P-256",
    "secp384r1": "nist/P-384",
    "secp521r1": "nist/P-521",
    "secp256k1": "secg/secp256k1",
    "Ed25519": "other/Ed25519",
    "Ed448": "other/Ed448",
}
# Comparable strengths in bits: NIST SP 800-57 Part 1 rev. 5, table 2.
_RSA_STRENGTH = ((15360, 256), (7680, 192), (3072, 128), (2048, 112), (1024, 80))
_CURVE_STRENGTH = {"secp256r1": 128, "secp384r1": 192, "secp521r1": 256, "Ed25519": 128, "Ed448": 224}


def render(report: Report) -> str:
    """The BOM as JSON text; the same report gives the same bytes, its serial number included."""
    rows: dict[str, list[Row]] = {}
    for row in rows_of(report):
        if row.entry.sha256:
            rows.setdefault(row.entry.sha256, []).append(row)
    keys = {r[0].entry.spki_sha256: r[0].entry.key for r in rows.values() if r[0].entry.spki_sha256}
    algorithms = {_algorithm_ref(key): key for key in keys.values()}
    components = [_certificate(same, report) for _, same in sorted(rows.items())]
    components += [_public_key(digest, key) for digest, key in sorted(keys.items())]
    components += [_algorithm(ref, key) for ref, key in sorted(algorithms.items())]
    components += [_signature(name) for name in sorted({r[0].entry.signature_algorithm for r in rows.values()} - {""})]
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
        needs = [*([_key_ref(spki)] if spki else ()), *([_signature_ref(name)] if name else ())]
        yield {"ref": _certificate_ref(digest), "dependsOn": needs}
    for spki, key in sorted(keys.items()):
        yield {"ref": _key_ref(spki), "dependsOn": [_algorithm_ref(key)]}


def _certificate_ref(sha256: str) -> str:
    return f"certificate/{sha256}"


def _key_ref(spki_sha256: str) -> str:
    return f"public-key/{spki_sha256}"


def _algorithm_ref(key: KeyInfo) -> str:
    return f"algorithm/{_algorithm_name(key)}"


def _signature_ref(name: str) -> str:
    return f"algorithm/signature/{name}"


def _algorithm_name(key: KeyInfo) -> str:
    return "-".join(part for part in (key.algorithm, str(key.size or ""), key.curve) if part)


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
        related.append({"type": "publicKey", "ref": _key_ref(entry.spki_sha256)})
    if entry.signature_algorithm:
        related.append({"type": "algorithm", "ref": _signature_ref(entry.signature_algorithm)})
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


def _public_key(digest: str, key: KeyInfo) -> Json:
    material: Json = {
        "type": "public-key",
        "id": digest,
        "fingerprint": {"alg": "SHA-256", "content": digest},
        "relatedCryptographicAssets": [{"type": "algorithm", "ref": _algorithm_ref(key)}],
    }
    if key.size:
        material["size"] = key.size
    return {
        "type": "cryptographic-asset",
        "bom-ref": _key_ref(digest),
        "name": f"{_algorithm_name(key)} public key {digest[:16]}",
        "cryptoProperties": {"assetType": "related-crypto-material", "relatedCryptoMaterialProperties": material},
    }


def _algorithm(ref: str, key: KeyInfo) -> Json:
    properties: Json = {"primitive": "pke" if key.algorithm == "RSA" else "signature"}
    curve = _CURVE.get(key.curve or key.algorithm)
    strength = _strength(key)
    if key.algorithm in _FAMILY:
        properties["algorithmFamily"] = _FAMILY[key.algorithm]
    if key.size:
        properties["parameterSetIdentifier"] = str(key.size)
    if curve:
        properties["ellipticCurve"] = curve
    if strength is not None:
        properties["classicalSecurityLevel"] = strength
        properties["nistQuantumSecurityLevel"] = 0
    return {
        "type": "cryptographic-asset",
        "bom-ref": ref,
        "name": _algorithm_name(key),
        "cryptoProperties": {"assetType": "algorithm", "algorithmProperties": properties},
    }


def _signature(name: str) -> Json:
    """What a certificate was signed with; its hash is in the name."""
    properties: Json = {"primitive": "signature", "cryptoFunctions": ["verify"]}
    family = next((f for prefix, f in _SIGNATURE_FAMILY if name.startswith(prefix)), "")
    if family:
        properties["algorithmFamily"] = family
        properties["nistQuantumSecurityLevel"] = 0
    return {
        "type": "cryptographic-asset",
        "bom-ref": _signature_ref(name),
        "name": name,
        "cryptoProperties": {"assetType": "algorithm", "algorithmProperties": properties},
    }


def _strength(key: KeyInfo) -> int | None:
    if key.algorithm in ("RSA", "DSA"):
        return next((bits for size, bits in _RSA_STRENGTH if (key.size or 0) >= size), 0)
    return _CURVE_STRENGTH.get(key.curve or key.algorithm)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
