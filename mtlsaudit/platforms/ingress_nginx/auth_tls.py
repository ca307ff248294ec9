"""auth-tls-*: whose certificates clients must have, as one Ingress asks for it."""

from __future__ import annotations

import re

from mtlsaudit.model.secret import Part
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.ingress_nginx.regexp import compiles_in_go
from mtlsaudit.platforms.ingress_nginx.values import Dropped, Values

_NEEDING_SECRET = ("auth-tls-verify-client", "auth-tls-match-cn", "auth-tls-verify-depth", "auth-tls-error-page")
_VERIFY = re.compile(r"on|off|optional|optional_no_ca")
_ERROR_PAGE = re.compile(r"((https?://)?[A-Za-z0-9\-.]*(:\d+)?/[A-Za-z0-9\-.]*)?")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AuthTls:
    """auth-tls-* of one Ingress. `denied` is the reason for 403; otherwise `secret` loaded, with or without a CA."""

    secret: str = ""
    has_ca: bool = False
    verify: str = "on"
    depth: int = 1
    error_page: str = ""
    pass_certificate: bool = False
    match_cn: str = ""
    denied: str = ""

    @property
    def is_set(self) -> bool:
        return bool(self.secret or self.denied)


def parse_auth_tls(values: Values) -> AuthTls:
    """What the controller takes of it. Raises Denied where the Secret cannot be used, Dropped for a value that is not valid."""
    view = values.secret("auth-tls-secret")
    if view is None:
        values.ignore("without auth-tls-secret it is ignored", *_NEEDING_SECRET)
        return AuthTls()
    verify = values.text("auth-tls-verify-client")
    if not _VERIFY.fullmatch(verify) or not values.passes("auth-tls-verify-client", _VERIFY):
        values.ignore("not one of on, off, optional, optional_no_ca, so it is on", "auth-tls-verify-client")
        verify = "on"
    error_page = values.text("auth-tls-error-page")
    if not values.passes("auth-tls-error-page", _ERROR_PAGE):
        raise Dropped(f"auth-tls-error-page {error_page!r} is not a URL or path")
    pass_certificate = values.flag("auth-tls-pass-certificate-to-upstream", False, drops=True)
    return AuthTls(
        secret=view.key,
        has_ca=view.ca is Part.GOOD,
        verify=verify,
        depth=_depth(values, "auth-tls-verify-depth"),
        error_page=error_page,
        pass_certificate=pass_certificate,
        match_cn=_match_cn(values),
    )


def _match_cn(values: Values) -> str:
    raw = values.raw.get("auth-tls-match-cn", "")
    if raw and values.validates:
        if not raw.startswith("CN="):
            raise Dropped(f"auth-tls-match-cn {raw!r} does not start with CN=")
        if not compiles_in_go(raw[3:]):
            raise Dropped(f"auth-tls-match-cn {raw!r} is not a valid regular expression")
    if raw and values.searches_names and "CN=" not in raw:
        values.ignore("it holds no CN=, so no name is checked", "auth-tls-match-cn")
        return ""
    return raw.strip()


def _depth(values: Values, name: str) -> int:
    raw = values.raw.get(name)
    if raw is None:
        return 1
    if not re.fullmatch(r"[-+]?[0-9]+", raw) or int(raw) == 0:
        values.ignore("not a depth, so it is 1", name)
        return 1
    return int(raw)
