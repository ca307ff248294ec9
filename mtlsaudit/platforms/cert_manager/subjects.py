"""The subject that cert-manager puts into a request, as text (RFC 4514): Go's pkix.Name.ToRDNSequence, and DER's order of a set."""

from __future__ import annotations

import re
from collections.abc import Mapping

PARTS = {
    "countries": "C",
    "provinces": "ST",
    "localities": "L",
    "streetAddresses": "STREET",
    "postalCodes": "2.5.4.17",
    "organizations": "O",
    "organizationalUnits": "OU",
    "commonName": "CN",
    "serialNumber": "2.5.4.5",
}
"""Fields of a Certificate in the order of the encoded name; texts show it backwards. What has no short name shows its OID."""

_PRINTABLE = re.compile(r"[A-Za-z0-9 '()+,\-./:=?]*")
_ESCAPED = re.compile(r'[\\"+,;<>]')


def subject_of(values: Mapping[str, tuple[str, ...]]) -> str:
    """`CN=shop,O=a+O=b`; several values of a field are one set, which DER sorts."""
    shown = []
    for field, name in reversed(PARTS.items()):
        ordered = sorted(values.get(field, ()), key=_encoded)
        if ordered:
            shown.append("+".join(f"{name}={_escape(value)}" for value in ordered))
    return ",".join(shown)


def _encoded(value: str) -> tuple[int, bool, bytes]:
    """What DER compares, as the OIDs are the same: the length, UTF8String before PrintableString, the bytes."""
    raw = value.encode()
    return len(raw), _PRINTABLE.fullmatch(value) is not None, raw


def _escape(value: str) -> str:
    text = _ESCAPED.sub(r"\\\g<0>", value).replace("\0", "\\00")
    if text[:1] in ("#", " "):
        text = "\\" + text
    return text[:-1] + "\\ " if text.endswith(" ") and len(text) > 1 else text
