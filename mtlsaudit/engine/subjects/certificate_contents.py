"""What stands in a certificate, or will by its spec, and where that breaks the profile that it is of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mtlsaudit.engine.subject import Missing, Plain
from mtlsaudit.engine.subjects.certificate_schedule import not_issued
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.certificate_entry import CertificateEntry

SCHEMA: dict[str, type] = {
    "is_ca": bool,
    "self_signed": bool,
    "key_algorithm": str,
    "key_size": int,
    "curve": str,
    "signature_hash": str,
    "common_name": str,
    "has_names": bool,
    "has_eku": bool,
    "server_auth": bool,
    "client_auth": bool,
    "any_eku": bool,
    "has_key_usage": bool,
    "digital_signature": bool,
    "parse_problems": list,
    "version": int,
    "misplaced_wildcards": list,
    "spiffe_ids": list,
    "spiffe_problems": list,
    "form_problems": list,
    "must_staple": bool,
    "has_responder": bool,
}
_KEY_USAGE, _NAMES = "2.5.29.15", "2.5.29.17"
_MOST_SERIAL = 20 * 8
_WILDCARD = re.compile(r"\*\.[^*]+")
_SPIFFE = re.compile(r"spiffe://[a-z0-9._-]+(?P<path>(/[A-Za-z0-9._-]+)*)")
"""SPIFFE-ID, 2: the trust domain is lower case, the path has no empty segment."""


def contents(entry: CertificateEntry, leaf: Certificate | None) -> dict[str, Plain | Missing]:
    """The facts of SCHEMA. `leaf` is the certificate itself, where it was seen."""
    key_usage = _strings(entry.usages.get("key_usage"))
    extended = _strings(entry.usages.get("ext_key_usage"))
    subject = entry.subject
    common_name = leaf.common_name if leaf else subject.removeprefix("CN=") if subject.startswith("CN=") else ""
    is_ca = entry.usages.get("is_ca") is True
    return {
        "is_ca": is_ca,
        "self_signed": leaf.self_signed if leaf else not_issued(entry),
        "key_algorithm": entry.key.algorithm,
        "key_size": entry.key.size or 0,
        "curve": entry.key.curve,
        "signature_hash": leaf.signature_hash if leaf else not_issued(entry),
        "common_name": common_name,
        "has_names": bool(entry.names),
        "has_eku": bool(extended),
        "server_auth": "server auth" in extended or "any" in extended,
        "client_auth": "client auth" in extended or "any" in extended,
        "any_eku": "any" in extended,
        "has_key_usage": bool(key_usage),
        "digital_signature": "digital signature" in key_usage,
        "parse_problems": leaf.problems if leaf else (),
        "version": leaf.version if leaf else 3,
        "misplaced_wildcards": tuple(n for n in entry.names.dns if "*" in n and not _WILDCARD.fullmatch(n)),
        "spiffe_ids": () if is_ca else tuple(u for u in entry.names.uri if u.startswith("spiffe:")),
        "spiffe_problems": tuple(_spiffe(entry, leaf, key_usage, extended)),
        "form_problems": tuple(_form(leaf)) if leaf else (),
        "must_staple": leaf is not None and leaf.must_staple,
        "has_responder": bool(entry.revocation.ocsp),
    }


def _strings(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else []


def _spiffe(
    entry: CertificateEntry, leaf: Certificate | None, key_usage: list[str], extended: list[str]
) -> Iterator[str]:
    """Where a leaf with a SPIFFE ID is no X.509-SVID (X509-SVID, 2, 4.1, 4.3 and 4.4; SPIFFE-ID, 2)."""
    ids = [u for u in entry.names.uri if u.startswith("spiffe:")]
    if not ids:
        return
    if len(entry.names.uri) > 1:
        yield f"{len(entry.names.uri)} URI names, where one is allowed"
    for name in ids:
        match = _SPIFFE.fullmatch(name)
        if match is None:
            yield f"{name} is no SPIFFE ID"
        elif not match["path"]:
            yield f"{name} has no path"
    if "digital signature" not in key_usage:
        yield "no key usage of digital signature"
    elif leaf is not None and _KEY_USAGE not in leaf.critical:
        yield "a key usage that is not critical"
    if extended and not {"server auth", "client auth"} <= set(extended):
        yield "extended key usages without both server auth and client auth"


def _form(leaf: Certificate) -> Iterator[str]:
    """RFC 5280, 4.1.2.2 and 4.2.1.6."""
    serial = int(leaf.serial, 16)
    if serial == 0:
        yield "its serial number is 0"
    elif serial.bit_length() >= _MOST_SERIAL:
        yield "its serial number is longer than 20 octets"
    elif serial < 0:
        yield "its serial number is negative"
    if not leaf.subject_raw.removeprefix(b"\x30\x00") and _NAMES in leaf.extensions and _NAMES not in leaf.critical:
        yield "its subject is empty, and the alternative names are not critical"
