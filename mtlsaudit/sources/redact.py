"""The collector's edge: what of a Secret may go further.

Certificates, trust bundles and CRLs do; of every other value only that it is there, and of a private key
additionally the digest of its public half. The document's text, kept to find lines in, is blanked alike.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from mtlsaudit.pki.pem import blocks, holds_private_key

WITHHELD = "$withheld"
"""Under this key the redacted body lists what was kept back: data key → `private-key:<digest>`, `opaque` or `encrypted`."""

_PUBLIC_LABELS = frozenset({"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CRL"})
_PUBLIC_KEYS = frozenset({"tls.crt", "ca.crt", "ca.crl", "cacert", "crl", "tls.ca"})
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_LINE = re.compile(r"[^\s].{7,}")


def redact(body: Mapping[str, object], text: str) -> tuple[Mapping[str, object], str]:
    """A Secret's body and text without anything secret."""
    data: dict[str, object] = {}
    withheld: dict[str, str] = {}
    for field in ("data", "stringData"):
        entries = body.get(field)
        for key, value in entries.items() if isinstance(entries, dict) else ():
            if not isinstance(value, str):
                data[key] = "" if value is None else value
                continue
            plain = _decoded(value) if field == "data" else value.encode()
            kept, kind = _judge(key, plain, value)
            withheld.pop(key, None)
            data[key] = kept
            if kind:
                withheld[key] = kind
                text = _blank(text, value)
    cleaned = {k: v for k, v in body.items() if k not in ("data", "stringData")}
    cleaned["data"] = data
    cleaned[WITHHELD] = withheld
    metadata = body.get("metadata")
    if isinstance(metadata, dict):
        cleaned["metadata"], text = _without_last_applied(metadata, text)
    return cleaned, text


def _decoded(value: str) -> bytes | None:
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _judge(key: str, plain: bytes | None, raw: str) -> tuple[str, str]:
    """(what may be kept, why the rest may not)."""
    if raw.startswith("ENC["):
        return "", "encrypted"
    if plain is None:
        return ("not base64", "") if key in _PUBLIC_KEYS else ("", "opaque")
    shown = plain.decode("utf-8", "replace")
    if holds_private_key(shown):
        from mtlsaudit.pki.keys import public_half

        public = "\n".join(_armour(shown)) if key in _PUBLIC_KEYS else ""
        return public, f"private-key:{public_half(plain)}"
    if key in _PUBLIC_KEYS:
        return shown, ""
    found = blocks(shown) if "-----BEGIN " in shown else []
    if found and all(b.label in _PUBLIC_LABELS for b in found):
        return shown, ""
    return "", "opaque" if plain else ""


def _armour(text: str) -> list[str]:
    """The public blocks of a mixed bundle, written anew."""
    out = []
    for block in blocks(text):
        if block.label in _PUBLIC_LABELS and block.der is not None:
            body = base64.encodebytes(block.der).decode()
            out.append(f"-----BEGIN {block.label}-----\n{body}-----END {block.label}-----")
    return out


def _blank(text: str, value: str) -> str:
    for line in value.splitlines():
        if stripped := line.strip():
            text = text.replace(stripped, "x" * len(stripped)) if len(stripped) >= 8 else text
    return text


def _without_last_applied(metadata: Mapping[str, object], text: str) -> tuple[dict[str, object], str]:
    annotations = metadata.get("annotations")
    if not isinstance(annotations, dict) or _LAST_APPLIED not in annotations:
        return dict(metadata), text
    value = annotations[_LAST_APPLIED]
    if isinstance(value, str):
        text = _blank(text, value)
    return {**metadata, "annotations": {**annotations, _LAST_APPLIED: "withheld"}}, text
