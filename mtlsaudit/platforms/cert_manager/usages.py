"""Key usages by cert-manager's names (pkg/api/util/usages.go), in the order in which a certificate holds them."""

from __future__ import annotations

_KEY = {
    "digital signature": "digital signature",
    "signing": "digital signature",
    "content commitment": "content commitment",
    "key encipherment": "key encipherment",
    "data encipherment": "data encipherment",
    "key agreement": "key agreement",
    "cert sign": "cert sign",
    "crl sign": "crl sign",
    "encipher only": "encipher only",
    "decipher only": "decipher only",
}
_EXTENDED = {
    name: "email protection" if name == "s/mime" else name
    for name in (
        "any",
        "server auth",
        "client auth",
        "code signing",
        "email protection",
        "s/mime",
        "ipsec end system",
        "ipsec tunnel",
        "ipsec user",
        "timestamping",
        "ocsp signing",
        "microsoft sgc",
        "netscape sgc",
    )
}
KEY_USAGES = frozenset(_KEY) | frozenset(_EXTENDED)
"""Every name that `usages` may hold."""


def split_usages(names: tuple[str, ...], *, is_ca: bool) -> tuple[list[str], list[str]]:
    """Key usages and extended key usages of the certificate that comes of it; a CA may sign certificates besides."""
    asked = {_KEY[n] for n in names if n in _KEY} | ({"cert sign"} if is_ca else set())
    extended = dict.fromkeys(_EXTENDED[n] for n in names if n in _EXTENDED)
    return [n for n in dict.fromkeys(_KEY.values()) if n in asked], list(extended)
