"""The collector's edge: what of a Secret may go further.

Certificates, trust bundles and CRLs do; of every other value only that it is there, and of a private key
additionally the digest of its public half. The document's text, kept to find lines in, is blanked alike.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from mtlsaudit.decode.blank import blank
from mtlsaudit.pki.pem import blocks, holds_private_key

WITHHELD = "$withheld"
"""Under this key the redacted body lists what was kept back: data key → `private-key:<digest>`, `opaque` or `encrypted`."""

_PUBLIC_LABELS = frozenset({"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CRL"})
_PUBLIC_KEYS = frozenset({"tls.crt", "ca.crt", "ca.crl", "cacert", "crl", "tls.ca"})
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_KEY_BODY = re.compile(
    r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----).*?(?=-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_OUTSIDE = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_MOST_OUTSIDE = 4096
_KNOWN_FIELDS = frozenset({"apiVersion", "kind", "type", "immutable", "metadata"})


def redact(body: Mapping[str, object], text: str) -> tuple[Mapping[str, object], str]:
    """A Secret's body and text without anything secret."""
    data: dict[str, object] = {}
    withheld: dict[str, str] = {}
    hidden: list[str] = []
    for field in ("data", "stringData"):
        entries = body.get(field)
        for key, value in entries.items() if isinstance(entries, dict) else ():
            if not isinstance(value, str):
                data[key] = "" if value is None else type(value)()  # of the same wrong type, and empty
                hidden += _scalars(value)
                continue
            kept, kind = _judge_encoded(key, value) if field == "data" else _judge(key, value.encode(), value)
            withheld.pop(key, None)
            data[key] = kept
            if kind:
                withheld[key] = kind
                hidden.append(value)
    cleaned: dict[str, object] = {k: v for k, v in body.items() if k in _KNOWN_FIELDS}
    if body.get("sops") is not None:
        cleaned["sops"] = {}
    for key, value in body.items():  # fields of no Secret, such as the anchors that a merge takes its entries from
        if key not in _KNOWN_FIELDS and key not in ("data", "stringData", "sops"):
            hidden += _scalars(value)
    cleaned["data"] = data
    cleaned[WITHHELD] = withheld
    cleaned["metadata"] = _without_last_applied(body.get("metadata"), hidden)
    return cleaned, blank(text, hidden)


def redact_config_map(body: Mapping[str, object], text: str) -> tuple[Mapping[str, object], str]:
    """A ConfigMap without the bodies of private keys; that there is one can still be told."""
    hidden: list[str] = []
    cleaned = dict(body)
    for field in ("data", "binaryData"):
        entries = body.get(field)
        if not isinstance(entries, dict):
            continue
        kept: dict[str, object] = {}
        for key, value in entries.items():
            kept[key] = value
            shown = value if isinstance(value, str) else ""
            if field == "binaryData":
                shown = (_decoded(shown) or b"").decode("utf-8", "replace")
            if holds_private_key(shown):
                kept[key] = _KEY_BODY.sub(r"\1\nwithheld\n", shown) if field == "data" else ""
                hidden.append(str(value))
        cleaned[field] = kept
    if not hidden:
        return body, text
    cleaned["metadata"] = _without_last_applied(body.get("metadata"), hidden)
    return cleaned, blank(text, hidden)


_ENCODED_KEY = ("UFJJVkFURSBLRVkt", "BSSVZBVEUgS0VZ", "QUklWQVRFIEtFW")
"""`PRIVATE KEY-` in base64, at each of the three places where it can begin."""
_ENCODED_KEY_BYTES = tuple(word.encode() for word in _ENCODED_KEY)


def redact_other(body: Mapping[str, object], text: str) -> tuple[Mapping[str, object], str]:
    """An object of another kind without the bodies of private keys, in PEM or in base64 of it (`caBundle`, `inLine`)."""
    if not holds_private_key(text) and not any(word in text for word in _ENCODED_KEY):
        return body, text
    hidden: list[str] = []
    cleaned = _without_keys(body, hidden)
    assert isinstance(cleaned, dict)
    return cleaned, blank(text, hidden) if hidden else text


def may_hold_private_key(text: bytes) -> bool:
    """Does a private key stand in this text, as PEM or in base64? Cheap, so that most objects need not be searched."""
    return b"PRIVATE KEY-----" in text or any(word in text for word in _ENCODED_KEY_BYTES)


def without_private_keys(body: Mapping[str, object]) -> Mapping[str, object]:
    """An object without the bodies of private keys, wherever they stand."""
    cleaned = _without_keys(body, [])
    assert isinstance(cleaned, dict)
    return cleaned


def without_last_applied(metadata: object) -> object:
    """Metadata without the annotation in which kubectl repeats the whole object."""
    return _without_last_applied(metadata, [])


def _without_keys(value: object, hidden: list[str]) -> object:
    if isinstance(value, dict):
        return {key: _without_keys(item, hidden) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_keys(item, hidden) for item in value]
    if not isinstance(value, str):
        return value
    if holds_private_key(value):
        hidden.append(value)
        return _KEY_BODY.sub(r"\1\nwithheld\n", value)
    if any(word in value for word in _ENCODED_KEY):
        plain = (_decoded(value) or b"").decode("utf-8", "replace")
        if holds_private_key(plain):
            hidden.append(value)
            return base64.b64encode(_KEY_BODY.sub(r"\1\nwithheld\n", plain).encode()).decode()
    return value


def _decoded(value: str) -> bytes | None:
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


_public_before: dict[str, str] = {}
"""What was found to be public alone, as encoded: every Secret of a CA holds the same ca.crt."""

_MOST_BEFORE = 256


def _judge_encoded(key: str, value: str) -> tuple[str, str]:
    """As `_judge`, of base64."""
    if value in _public_before:
        return _public_before[value], ""
    kept, kind = _judge(key, _decoded(value), value)
    if kept and not kind:
        if len(_public_before) >= _MOST_BEFORE:
            _public_before.clear()
        _public_before[value] = kept
    return kept, kind


def _judge(key: str, plain: bytes | None, raw: str) -> tuple[str, str]:
    """(what may be kept, why the rest may not). What is no certificate or CRL is kept nowhere, whatever its key is named."""
    if raw.startswith("ENC["):
        return "", "encrypted"
    if plain is None:
        return ("not base64" if key in _PUBLIC_KEYS else ""), "opaque"
    shown = plain.decode("utf-8", "replace")
    if holds_private_key(shown):
        from mtlsaudit.pki.keys import public_half

        return (_public(shown) if key in _PUBLIC_KEYS else ""), f"private-key:{public_half(plain)}"
    found = blocks(shown) if "-----BEGIN " in shown else ()
    if found and all(b.label in _PUBLIC_LABELS and b.der is not None for b in found):
        return (shown, "") if _armoured(shown) else (_public(shown), "opaque")
    if key in _PUBLIC_KEYS and plain:
        return _public(shown) or "no PEM block", "opaque"
    return "", "opaque" if plain else ""


def _armoured(text: str) -> bool:
    """Is there little beside the PEM blocks? Comments are fine, a page of something else is not passed on."""
    return len(_OUTSIDE.sub("", text).strip()) <= _MOST_OUTSIDE


def _public(text: str) -> str:
    """The public blocks, written anew; of one that does not decode only that it is there."""
    out = []
    for block in blocks(text):
        if block.label in _PUBLIC_LABELS:
            body = base64.encodebytes(block.der).decode() if block.der is not None else "(withheld)\n"
            out.append(f"-----BEGIN {block.label}-----\n{body}-----END {block.label}-----")
        elif "PRIVATE KEY" not in block.label:
            out.append(f"-----BEGIN {block.label}-----\n(withheld)\n-----END {block.label}-----")
    return "\n".join(out)


def _scalars(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _scalars(item)]
    if isinstance(value, list):
        return [text for item in value for text in _scalars(item)]
    return [] if value is None else [str(value)]


def _without_last_applied(metadata: object, hidden: list[str]) -> object:
    """The metadata without the annotation that repeats the whole object; its value is hidden too."""
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not isinstance(annotations, dict) or _LAST_APPLIED not in annotations:
        return metadata
    hidden += _scalars(annotations[_LAST_APPLIED])
    assert isinstance(metadata, dict)
    return {**metadata, "annotations": {**annotations, _LAST_APPLIED: "withheld"}}
