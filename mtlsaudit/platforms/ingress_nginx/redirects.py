"""temporal-redirect and permanent-redirect: a location that answers every request with a redirect, on both ports.

Its `return` runs before the controller's Lua code, so port 80 gets this redirect and not the one to https (parser
redirect, nginx.tmpl). The client's certificate is asked for all the same: that is a matter of the server.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from mtlsaudit.platforms.ingress_nginx.settings import parse_bool
from mtlsaudit.platforms.ingress_nginx.values import Values

_NUMBER = re.compile(r"[-+]?[0-9]+")


def redirecting(values: Values) -> str:
    """The annotation that takes effect, by short name, or empty. A bad value of one can keep the others from it."""
    raw = values.raw
    if "from-to-www-redirect" in raw and parse_bool(raw["from-to-www-redirect"]) is None:
        return ""
    if "temporal-redirect" in raw:
        return "temporal-redirect" if _is_web(values.text("temporal-redirect")) else ""
    if not values.text("permanent-redirect"):
        return ""
    return "permanent-redirect" if _NUMBER.fullmatch(raw.get("permanent-redirect-code", "0")) else ""


def _is_web(value: str) -> bool:
    """Would Go's url.Parse take it, with a scheme that begins with `http`?"""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return False
    return parts.scheme.startswith("http") and " " not in parts.netloc and value.isprintable()
