"""Values for which an Ingress's locations answer 503: access control that the controller cannot set up.

Read from the parsers ipallowlist, ipdenylist, auth and authreq of the controller. Only what the value itself shows is
judged: whether a password file's Secret can be used is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_interface
from urllib.parse import urlsplit

_RANGES = (("allowlist-source-range", "whitelist-source-range"), ("denylist-source-range",))

Text = Callable[[str], str]
"""A value by short name, trimmed."""


def why_denied(raw: Mapping[str, str], text: Text, namespace: str, cross_namespace: bool) -> str:
    """Why the locations of an Ingress answer 503, the annotation's short name first; empty where they do not.

    `raw` has its annotations by short name, of which an old name with an empty value counts as absent.
    `cross_namespace` is allow-cross-namespace-resources.
    """
    for names in _RANGES:
        name = next((n for n in names if raw.get(n)), names[0])
        if name in raw and not all(_is_range(part.strip()) for part in text(name).split(",")):
            return f"{name} {text(name)!r} is not a list of addresses and networks"
    if text("auth-type"):
        parts = text("auth-secret").split("/")
        if not text("auth-secret") or len(parts) > 2:
            return f"auth-secret {text('auth-secret')!r} does not name a Secret"
        if len(parts) == 2 and parts[0] not in ("", namespace) and not cross_namespace:
            return f"auth-secret {text('auth-secret')!r} is in another namespace"
    if text("auth-url") and not _is_url(text("auth-url")):
        return f"auth-url {text('auth-url')!r} is not a URL with a scheme and a host"
    return ""


def _is_range(value: str) -> bool:
    try:
        ip_interface(value)
    except ValueError:
        return False
    return True


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc) and not any(bad in parts.netloc for bad in ("..", " "))
