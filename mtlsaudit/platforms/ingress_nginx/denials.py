"""Values for which an Ingress's locations answer 503: access control that the controller cannot set up.

Read from the parsers ipallowlist, ipdenylist, auth and authreq of the controller. A password file's Secret that is not
known is taken to be there: without it the location only serves less.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_interface
from urllib.parse import urlsplit

from mtlsaudit.model.secret import Presence, SecretView

_RANGES = (("allowlist-source-range", "whitelist-source-range"), ("denylist-source-range",))

Text = Callable[[str], str]
"""A value by short name, trimmed."""

Lookup = Callable[[str], SecretView | None]


def password_secret(raw: Mapping[str, str], text: Text, namespace: str) -> str:
    """The `namespace/name` of the Secret with the password file that an Ingress asks for, or empty."""
    named = text("auth-secret")
    if not text("auth-type") or not named or named.count("/") > 1:
        return ""
    return named if named.partition("/")[0] and "/" in named else f"{namespace}/{named.removeprefix('/')}"


def why_denied(raw: Mapping[str, str], text: Text, namespace: str, cross_namespace: bool, secret: Lookup) -> str:
    """Why the locations of an Ingress answer 503, the annotation's short name first; empty where they do not.

    `raw` has its annotations by short name, of which an old name with an empty value counts as absent.
    `cross_namespace` is allow-cross-namespace-resources. `secret` gives a Secret that is known, else None.
    """
    for names in _RANGES:
        name = next((n for n in names if raw.get(n)), names[0])
        if name in raw and not all(is_range(part.strip()) for part in text(name).split(",")):
            return f"{name} {text(name)!r} is not a list of addresses and networks"
    if text("auth-type") and (reason := _no_passwords(raw, text, namespace, cross_namespace, secret)):
        return reason
    if text("auth-url") and not _is_url(text("auth-url")):
        return f"auth-url {text('auth-url')!r} is not a URL with a scheme and a host"
    return ""


def _no_passwords(raw: Mapping[str, str], text: Text, namespace: str, cross_namespace: bool, secret: Lookup) -> str:
    """Why there is no password file, where one is asked for."""
    if not re.search(r"basic|digest", text("auth-type")):
        return f"auth-type {text('auth-type')!r} is neither basic nor digest"
    key = password_secret(raw, text, namespace)
    shown = f"auth-secret {text('auth-secret')!r}"
    if not key:
        return f"{shown} does not name a Secret"
    if key.partition("/")[0] != namespace and not cross_namespace:
        return f"{shown} is in another namespace"
    view = secret(key)
    if view is not None and view.presence is Presence.ABSENT:
        return f"{shown}: the Secret {key} does not exist"
    kind = text("auth-secret-type") or "auth-file"
    if kind not in ("auth-file", "auth-map"):
        return f"auth-secret-type {kind!r} is neither auth-file nor auth-map"
    if kind == "auth-file" and view is not None and view.presence is Presence.PRESENT and "auth" not in view.data_keys:
        return f"{shown}: the Secret {key} has no key auth"
    return ""


def is_range(value: str) -> bool:
    """An address, or a network."""
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
