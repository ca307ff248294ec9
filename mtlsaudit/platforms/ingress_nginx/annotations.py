"""What one Ingress's annotations come to: values that took effect, values that did not, or the whole Ingress dropped.

Follows the annotation parsers of v1.15.1. Three things can happen to a bad value, and they differ by annotation:
the default is used, the location or host is denied, or the Ingress is dropped as a whole.
"""

from __future__ import annotations

import re
from sys import intern

from mtlsaudit.model.secret import SecretView
from mtlsaudit.model.values import dataclass, field
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.ingress_nginx.auth_tls import AuthTls, parse_auth_tls
from mtlsaudit.platforms.ingress_nginx.proxy_ssl import ProxySsl, parse_proxy_ssl
from mtlsaudit.platforms.ingress_nginx.redirects import redirecting
from mtlsaudit.platforms.ingress_nginx.risks import SNIPPETS
from mtlsaudit.platforms.ingress_nginx.settings import Controller
from mtlsaudit.platforms.ingress_nginx.values import Denied, Dropped, Ignored, Values, trimmed

_REWRITE = re.compile(r"/?[\-._~a-zA-Z0-9/:$]*")
_PROTOCOLS = frozenset({"AUTO_HTTP", "HTTP", "HTTPS", "GRPC", "GRPCS", "FCGI"})


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Annotations:
    """`dropped` is why the controller ignores the whole Ingress; `denied` why its locations answer 503.

    `redirect` is the annotation, by short name, for which they answer every request with a redirect.
    """

    dropped: str = ""
    denied: str = ""
    auth_tls: AuthTls = field(default_factory=AuthTls)
    proxy_ssl: ProxySsl = field(default_factory=ProxySsl)
    backend_protocol: str = "HTTP"
    ssl_redirect: bool = True
    force_ssl_redirect: bool = False
    redirect: str = ""
    use_regex: bool = False
    rewrite: str = ""
    ssl_passthrough: bool = False
    canary: bool = False
    access_log: bool = True
    aliases: tuple[str, ...] = ()
    server_snippet: str = ""
    location_snippet: str = ""
    ignored: tuple[Ignored, ...] = ()

    @property
    def dropped_by(self) -> str:
        """The annotation, by short name, for which the Ingress is dropped: every reason begins with it."""
        return self.dropped.partition(" ")[0]


def secret_references(ingress: Ingress, controller: Controller) -> tuple[str, ...]:
    """The `namespace/name` Secrets that an Ingress's annotations would have the controller load."""
    out = []
    for name in ("auth-tls-secret", "proxy-ssl-secret"):
        value = trimmed(ingress.resource.annotations.get(f"{controller.prefix}/{name}", ""))
        if value.count("/") == 1:
            out.append(value)
    return tuple(out)


def password_reference(ingress: Ingress, controller: Controller) -> str:
    """The `namespace/name` Secret with the password file that an Ingress's annotations ask for, or empty."""
    if f"{controller.prefix}/auth-type" not in ingress.resource.annotations:
        return ""
    return Values(ingress, controller, {}).password_secret


def parse_annotations(ingress: Ingress, controller: Controller, secrets: dict[str, SecretView]) -> Annotations:
    """All that the controller takes from an Ingress.

    `secrets` holds a decided view of every reference; of the Secret with the password file only where it is known.
    """
    values = Values(ingress, controller, secrets)
    if not values.raw:
        return Annotations(
            ssl_redirect=controller.setting("ssl-redirect", True),
            force_ssl_redirect=controller.setting("force-ssl-redirect", False),
        )
    try:
        values.check_risk_and_words()
        values.check_validity()
        return _parse(values, controller)
    except Dropped as reason:
        return Annotations(dropped=str(reason), ignored=tuple(values.ignored))


def _parse(values: Values, controller: Controller) -> Annotations:
    denied = ""
    try:
        auth_tls = parse_auth_tls(values)
    except Denied as reason:
        denied = str(reason)
        auth_tls = AuthTls(denied=denied, secret=values.text("auth-tls-secret"))
    try:
        proxy_ssl = parse_proxy_ssl(values)
    except Denied as reason:
        denied = denied or str(reason)
        proxy_ssl = ProxySsl()
    without_access = values.why_denied()  # also where denied already: it may drop the Ingress
    snippets = _snippets(values, controller)
    return Annotations(
        denied=denied or without_access,
        auth_tls=auth_tls,
        proxy_ssl=proxy_ssl,
        backend_protocol=_backend_protocol(values),
        ssl_redirect=values.flag("ssl-redirect", controller.setting("ssl-redirect", True)),
        force_ssl_redirect=values.flag("force-ssl-redirect", controller.setting("force-ssl-redirect", False)),
        redirect=redirecting(values),
        use_regex=values.flag("use-regex", False),
        rewrite=_rewrite(values),
        ssl_passthrough=values.flag("ssl-passthrough", False),
        canary=values.flag("canary", False),
        access_log=values.flag("enable-access-log", True),
        aliases=_aliases(values),
        server_snippet=snippets.get("server-snippet", ""),
        location_snippet=snippets.get("configuration-snippet", "") or snippets.get("auth-snippet", ""),
        ignored=tuple(values.ignored),
    )


def _backend_protocol(values: Values) -> str:
    value = values.text("backend-protocol")
    if not value:
        return "HTTP"
    protocol = intern(value.upper())
    if protocol not in _PROTOCOLS:
        values.ignore("not a known protocol, so it is HTTP", "backend-protocol")
        return "HTTP"
    return protocol


def _rewrite(values: Values) -> str:
    target = values.text("rewrite-target")
    return target if not values.validates or _REWRITE.fullmatch(values.raw.get("rewrite-target", "")) else ""


def _aliases(values: Values) -> tuple[str, ...]:
    names = [name.strip() for name in values.text("server-alias").split(",")]
    return tuple(sorted({name for name in names if name}))


def _snippets(values: Values, controller: Controller) -> dict[str, str]:
    found = {name: values.raw[name] for name in SNIPPETS if values.raw.get(name, "").strip()}
    if found and not controller.setting("allow-snippet-annotations", controller.is_before(10)):
        values.ignore("allow-snippet-annotations is not true, so the snippet is removed", *found)
        return {}
    return found
