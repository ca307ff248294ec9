"""temporal-redirect and permanent-redirect: a location that answers every request with a redirect, on both ports.

Its `return` runs before the controller's Lua code, so port 80 gets this redirect and not the one to https (parser
redirect, nginx.tmpl). The client's certificate is asked for all the same: that is a matter of the server.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from mtlsaudit.platforms.ingress_nginx.values import Dropped, Values

_NUMBER = re.compile(r"[-+]?[0-9]+")
_URL = re.compile(r"[\-._~a-zA-Z0-9/:?&=]*")
_BOOLEAN = re.compile(r"1|t|T|TRUE|true|True|0|f|F|FALSE|false|False")


def redirecting(values: Values) -> str:
    """The annotation that takes effect, by short name, or empty. Raises Dropped for a value that is not valid.

    They are read one after the other: one that is empty or makes no sense keeps the later ones from being read.
    """
    if not _reads_on(values, "from-to-www-redirect", _BOOLEAN, "not a boolean"):
        return ""
    if not _reads_on(values, "temporal-redirect", _URL, "not a URL", any_value=True):
        return ""
    if target := values.text("temporal-redirect"):
        return "temporal-redirect" if _is_web(target) else ""
    if not _reads_on(values, "permanent-redirect", _URL, "not a URL", any_value=True):
        return ""
    if not _reads_on(values, "permanent-redirect-code", _NUMBER, "not a number"):
        return ""
    return "permanent-redirect" if values.text("permanent-redirect") else ""


def _reads_on(values: Values, name: str, valid: re.Pattern[str], complaint: str, *, any_value: bool = False) -> bool:
    """Is the next annotation read? `any_value`: without validation this one may be anything but empty."""
    if name not in values.raw:
        return True
    raw = values.raw[name]
    fits = valid.fullmatch(raw) is not None
    if raw and not fits and values.validates:
        raise Dropped(f"{name} {raw!r} is {complaint}")
    return bool(values.text(name)) and (fits or any_value)


def _is_web(value: str) -> bool:
    """Would Go's url.Parse take it, with a scheme that begins with `http`?"""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return False
    return parts.scheme.startswith("http") and " " not in parts.netloc and value.isprintable()
