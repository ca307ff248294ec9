"""Values for which the controller drops an Ingress whole: those whose parser hands its own validation error on.

Of other annotations a bad value only leaves the default (backend-protocol, canary, ssl-redirect …). Read from the
parsers under internal/ingress/annotations of the controller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from mtlsaudit.platforms.ingress_nginx.denials import is_range
from mtlsaudit.platforms.ingress_nginx.settings import parse_bool

SERVER_NAME = re.compile(r"[/\-._~a-zA-Z0-9:^$\[\](){}*+?|&=\\]*")
_TRUTH = frozenset({"1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"})
_NUMBER = re.compile(r"[-+]?[0-9]+")

_Check = tuple[Callable[[str], bool], str]


def is_server_name(value: str) -> bool:
    """A name or regular expression as nginx takes it in server_name."""
    return SERVER_NAME.fullmatch(value.strip()) is not None


def _pattern(pattern: str, *, spaces: bool = True) -> Callable[[str], bool]:
    """A whole match; where `spaces` says so blanks do not count."""
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value.replace(" ", "") if spaces else value) is not None


def _one_of(*options: str) -> Callable[[str], bool]:
    return lambda value: value.strip() in options


_BOOLEAN: _Check = (lambda value: value in _TRUTH, "not a boolean")
_OPERATION = re.compile(r"[A-Za-z0-9_\-]*")
_HASHING = (
    ("upstream-hash-by", re.compile(r"[A-Za-z0-9\-_${}]*"), "not a variable"),
    ("upstream-hash-by-subset", re.compile("|".join(sorted(_TRUTH))), "not a boolean"),
    ("upstream-hash-by-subset-size", _NUMBER, "not a number"),
)
_INTEGER: _Check = (lambda value: _NUMBER.fullmatch(value) is not None, "not a number")

_CHECKS: Mapping[str, _Check] = {
    "server-alias": (lambda value: all(is_server_name(v) for v in value.split(",")), "not a list of server names"),
    "ssl-passthrough": _BOOLEAN,
    "http2-push-preload": _BOOLEAN,
    "limit-rpm": _INTEGER,
    "limit-rps": _INTEGER,
    "limit-connections": _INTEGER,
    "custom-http-errors": (_pattern(r"(?:[4,5][0-9]{2},?)*"), "not a list of HTTP errors"),
    "client-body-buffer-size": (_pattern(r"(?i:[0-9]+[bkmg]?)"), "not a size"),
    "upstream-vhost": (is_server_name, "not a server name"),
    "x-forwarded-prefix": (_pattern(r"/?[\-._~a-zA-Z0-9/:$]*"), "not a path"),
    "load-balance": (
        _one_of("round_robin", "chash", "chashsubset", "sticky_balanced", "sticky_persistent", "ewma"),
        "not a load-balancing algorithm",
    ),
    "ssl-ciphers": (_pattern(r"(?:[A-Za-z0-9!:+\-]|@STRENGTH|@SECLEVEL=[0-5])*"), "not a list of ciphers"),
    "connection-proxy-header": (_pattern(r"close|keep-alive"), "neither close nor keep-alive"),
    "default-backend": (_pattern(r"[a-z](?:[\-a-z0-9]{0,61}[a-z0-9])?", spaces=False), "not the name of a Service"),
    "fastcgi-index": (_pattern(r"[A-Za-z0-9.\-_]+"), "not a file"),
    "fastcgi-params-configmap": (_pattern(r"[/\-._~a-zA-Z0-9:]*"), "not a name"),
    "auth-type": (lambda value: re.search(r"basic|digest", value.replace(" ", "")) is not None, "not a type"),
    "auth-url": (_pattern(r"[\-._~a-zA-Z0-9/:,?&=$]*"), "not a URL"),
}


def why_invalid(raw: Mapping[str, str]) -> str:
    """The first annotation, by short name, whose value drops the Ingress, and why; empty where all are valid.

    An empty value is never looked at.
    """
    for name, (is_valid, complaint) in _CHECKS.items():
        value = raw.get(name, "")
        if value and not is_valid(value):
            return f"{name} {value!r} is {complaint}"
    return _why_dependent(raw)


def _why_dependent(raw: Mapping[str, str]) -> str:
    """Annotations that are only looked at where others are there, or make sense."""
    allowed = raw.get("limit-allowlist", "") or raw.get("limit-whitelist", "")
    if allowed and not all(is_range(part.strip()) for part in allowed.split(",")):
        return f"limit-allowlist {allowed!r} is not a list of addresses and networks"
    operation = raw.get("opentelemetry-operation-name", "")
    if parse_bool(raw.get("enable-opentelemetry", "")) and not _OPERATION.fullmatch(operation.replace(" ", "")):
        return f"opentelemetry-operation-name {operation!r} is not a name"
    for name, valid, complaint in _HASHING:
        value = raw.get(name)
        if value is not None and not value.strip():
            break
        if value and not valid.fullmatch(value.replace(" ", "") if name == "upstream-hash-by" else value):
            return f"{name} {value!r} is {complaint}"
    kind = raw.get("auth-secret-type", "")
    if raw.get("auth-type", "").strip() and kind and not re.search(r"auth-file|auth-map", kind.replace(" ", "")):
        return f"auth-secret-type {kind!r} is neither auth-file nor auth-map"
    return ""
