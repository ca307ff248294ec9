"""The collector's edge: what of a Secret may go further.

Certificates, trust bundles and CRLs do; of every other value only that it is there, and of a private key
additionally the digest of its public half. The document's text, kept to find lines in, is blanked alike.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from yaml.nodes import MappingNode, Node, ScalarNode

from mtlsaudit.decode.yamltree import YamlError, compose
from mtlsaudit.pki.pem import blocks, holds_private_key

WITHHELD = "$withheld"
"""Under this key the redacted body lists what was kept back: data key → `private-key:<digest>`, `opaque` or `encrypted`."""

_PUBLIC_LABELS = frozenset({"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CRL"})
_PUBLIC_KEYS = frozenset({"tls.crt", "ca.crt", "ca.crl", "cacert", "crl", "tls.ca"})
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_PROPERTIES = re.compile(r"(?:[!&]\S*\s+)*")
_KEY_BODY = re.compile(
    r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----).*?(?=-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_KNOWN_FIELDS = frozenset({"apiVersion", "kind", "type", "immutable", "metadata"})
_SHORTEST = 8
"""A value shorter than this may stand in the text for other reasons, so it is blanked by its place, not by its letters."""


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
            plain = _decoded(value) if field == "data" else value.encode()
            kept, kind = _judge(key, plain, value)
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
    return cleaned, _blank(text, hidden)


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
    return cleaned, _blank(text, hidden)


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


def _scalars(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _scalars(item)]
    if isinstance(value, list):
        return [text for item in value for text in _scalars(item)]
    return [] if value is None else [str(value)]


def _blank(text: str, hidden: list[str]) -> str:
    """The text with every hidden value as x, of the same length and lines: by its letters, or else by its place."""
    by_place: set[str] = set()
    blanked = text
    for value in hidden:
        for line in value.splitlines():
            stripped = line.strip()
            if len(stripped) >= _SHORTEST and stripped in text:
                blanked = blanked.replace(stripped, "x" * len(stripped))
            elif stripped:
                by_place.add(value)
    return _blank_nodes(text, blanked, by_place) if by_place else blanked


def _blank_nodes(text: str, blanked: str, values: set[str]) -> str:
    """Escapes, folding and short values: found as the parser reads them. Lengths stay, so places in both texts agree."""
    try:
        root = compose(text)
    except YamlError:  # blanked before in an unlucky place: rather no lines than a secret
        return re.sub(r"\S", "x", text)
    waiting: list[Node] = [root] if root is not None else []
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, ScalarNode):
            if node.value in values:
                blanked = _blank_span(blanked, node)
        elif node.__class__ is MappingNode:
            waiting += [value for _, value in node.value]
        else:
            waiting += node.value
    return blanked


def _blank_span(text: str, node: ScalarNode) -> str:
    begin, end = node.start_mark.index, node.end_mark.index
    properties = _PROPERTIES.match(text, begin, end)
    begin = properties.end() if properties else begin
    if node.style in ("|", ">"):
        begin = text.find("\n", begin, end) + 1 or end
    elif node.style in ("'", '"'):
        begin, end = begin + 1, end - 1
    return text[:begin] + re.sub(r"\S", "x", text[begin:end]) + text[end:]


def _without_last_applied(metadata: object, hidden: list[str]) -> object:
    """The metadata without the annotation that repeats the whole object; its value is hidden too."""
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not isinstance(annotations, dict) or _LAST_APPLIED not in annotations:
        return metadata
    hidden += _scalars(annotations[_LAST_APPLIED])
    assert isinstance(metadata, dict)
    return {**metadata, "annotations": {**annotations, _LAST_APPLIED: "withheld"}}
