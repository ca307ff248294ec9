"""proxy-ssl-*: how an Ingress asks for TLS towards its Services."""

from __future__ import annotations

import re

from mtlsaudit.model.secret import Part
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.ingress_nginx.validation import is_server_name
from mtlsaudit.platforms.ingress_nginx.values import Values

_NEEDING_SECRET = ("proxy-ssl-verify", "proxy-ssl-name", "proxy-ssl-server-name", "proxy-ssl-verify-depth")
_VERIFY = re.compile(r"on|off")


@dataclass(frozen=True, slots=True)
class ProxySsl:
    """proxy-ssl-* of one Ingress; `has_pair` is true only when the certificate will really be presented."""

    secret: str = ""
    has_ca: bool = False
    has_pair: bool = False
    verify: bool = False
    name: str = ""


def parse_proxy_ssl(values: Values) -> ProxySsl:
    """What the controller takes of it. Raises Denied where the Secret cannot be used, Dropped for a name that is not valid."""
    view = values.secret("proxy-ssl-secret")
    if view is None:
        values.ignore("without proxy-ssl-secret it is ignored", *_NEEDING_SECRET)
        return ProxySsl()
    verify = values.text("proxy-ssl-verify")
    if not _VERIFY.fullmatch(verify) or not values.passes("proxy-ssl-verify", _VERIFY):
        values.ignore("neither on nor off, so it is off", "proxy-ssl-verify")
        verify = "off"
    name = values.text("proxy-ssl-name")
    if values.validates and not is_server_name(name):
        values.ignore("not a server name, so it is empty", "proxy-ssl-name")
        name = ""
    has_ca = view.ca is Part.GOOD
    return ProxySsl(
        secret=view.key, has_ca=has_ca, has_pair=has_ca and view.pair is Part.GOOD, verify=verify == "on", name=name
    )
