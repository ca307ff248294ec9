"""What one Ingress's annotations come to: values that took effect, values that did not, or the whole Ingress dropped.

Follows the annotation parsers of v1.15.1. Three things can happen to a bad value, and they differ by annotation:
the default is used, the location or host is denied, or the Ingress is dropped as a whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mtlsaudit.model.secret import Part, Presence, SecretView
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.ingress_nginx.regexp import compiles_in_go
from mtlsaudit.platforms.ingress_nginx.risks import LEVELS, RISK, SNIPPETS
from mtlsaudit.platforms.ingress_nginx.settings import Controller, parse_bool

_BASIC = re.compile(r"[/\-._~a-zA-Z0-9:]*")
_VERIFY = re.compile(r"on|off|optional|optional_no_ca")
_ERROR_PAGE = re.compile(r"((https?://)?[A-Za-z0-9\-.]*(:\d+)?/[A-Za-z0-9\-.]*)?")
_SERVER_NAME = re.compile(r"[/\-._~a-zA-Z0-9:^$\[\](){}*+?|&=\\]*")
_PROTOCOLS = frozenset({"AUTO_HTTP", "HTTP", "HTTPS", "GRPC", "GRPCS", "FCGI"})


@dataclass(frozen=True, slots=True)
class Ignored:
    """A value that does not do what it says: `effect` is what happens instead."""

    annotation: str
    value: str
    effect: str


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


@dataclass(frozen=True, slots=True)
class ProxySsl:
    """proxy-ssl-* of one Ingress; `has_pair` is true only when the certificate will really be presented."""

    secret: str = ""
    has_ca: bool = False
    has_pair: bool = False
    verify: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Annotations:
    """`dropped` is why the controller ignores the whole Ingress; `denied` why its locations answer 503."""

    dropped: str = ""
    denied: str = ""
    auth_tls: AuthTls = field(default_factory=AuthTls)
    proxy_ssl: ProxySsl = field(default_factory=ProxySsl)
    backend_protocol: str = "HTTP"
    ssl_redirect: bool = True
    force_ssl_redirect: bool = False
    ssl_passthrough: bool = False
    canary: bool = False
    access_log: bool = True
    aliases: tuple[str, ...] = ()
    server_snippet: str = ""
    location_snippet: str = ""
    ignored: tuple[Ignored, ...] = ()


class Dropped(Exception):
    """The controller stores nothing of this Ingress."""


class _Denied(Exception):
    """A reference cannot be used."""


class _Parser:
    def __init__(self, ingress: Ingress, controller: Controller, secrets: dict[str, SecretView]) -> None:
        self._ingress = ingress
        self._controller = controller
        self._secrets = secrets
        prefix = controller.prefix + "/"
        self.values = {k[len(prefix) :]: v for k, v in ingress.resource.annotations.items() if k.startswith(prefix)}
        self.ignored: list[Ignored] = []
        self.validates = controller.switch("enable-annotation-validation", not controller.is_before(12))

    def ignore(self, name: str, effect: str) -> None:
        self.ignored.append(Ignored(name, self.values.get(name, ""), effect))

    def text(self, name: str) -> str:
        """A trimmed value; blank counts as absent."""
        return self.values.get(name, "").strip()

    def flag(self, name: str, default: bool, *, drops: bool = False) -> bool:
        raw = self.values.get(name)
        if raw is None:
            return default
        value = parse_bool(raw)
        if value is None:
            if drops and self.validates and raw:
                raise Dropped(f"{name} {raw!r} is not a boolean")
            self.ignore(name, f"not a boolean, so it is {str(default).lower()}")
            return default
        return value

    def check_risk_and_words(self) -> None:
        default = "Critical" if self._controller.is_before(12) else "High"
        level = self._controller.option("annotations-risk-level", default)
        maximum = LEVELS.index(level) if level in LEVELS else LEVELS.index(default)
        for name in self.values:
            if RISK.get(name, 0) > maximum:
                rated = LEVELS[RISK[name]]
                raise Dropped(f"{name} is rated {rated}, above annotations-risk-level {LEVELS[maximum]}")
        words = [w.strip() for w in self._controller.option("annotation-value-word-blocklist").split(",") if w.strip()]
        for name, value in self.values.items():
            for word in words:
                if word in value:
                    raise Dropped(f"{name} contains {word!r} of annotation-value-word-blocklist")

    def secret(self, name: str) -> SecretView | None:
        """The Secret that an annotation names, None where the annotation counts as absent."""
        value = self.text(name)
        if not value:
            if name in self.values:
                self.ignore(name, "an empty value counts as absent")
            return None
        if self.validates and not _BASIC.fullmatch(value.replace(" ", "")):
            raise Dropped(f"{name} {value!r} has a character that is not allowed")
        parts = value.split("/")
        if len(parts) != 2:
            raise _Denied(f"{name} {value!r} is not namespace/name")
        namespace = parts[0]
        allowed = self._controller.setting("allow-cross-namespace-resources", self._controller.is_before(12))
        if namespace != self._ingress.namespace and namespace and not allowed:
            raise _Denied(f"{name} {value!r} is in another namespace")
        view = self._secrets[value]
        if view.presence is Presence.ABSENT:
            raise _Denied(f"the Secret {value} of {name} does not exist")
        problem = _unusable(view)
        if problem:
            raise _Denied(f"the Secret {value} of {name} cannot be used: {problem}")
        return view


def _unusable(view: SecretView) -> str:
    """Why getPemCertificate refuses a Secret (store/backend_ssl.go), or empty."""
    if view.pair is Part.GARBAGE:
        return "tls.crt and tls.key do not load as a pair"
    if view.ca is Part.GARBAGE:
        return "ca.crt is not PEM certificates"
    if view.pair is Part.NONE and view.ca is Part.NONE:
        return "it has neither ca.crt nor a key pair"
    if view.ca is Part.GOOD and view.crl is Part.GARBAGE:
        return "ca.crl is not a PEM revocation list"
    return ""


def secret_references(ingress: Ingress, controller: Controller) -> tuple[str, ...]:
    """The `namespace/name` Secrets that an Ingress's annotations would have the controller load."""
    out = []
    for name in ("auth-tls-secret", "proxy-ssl-secret"):
        value = ingress.resource.annotations.get(f"{controller.prefix}/{name}", "").strip()
        if value.count("/") == 1:
            out.append(value)
    return tuple(out)


def parse_annotations(ingress: Ingress, controller: Controller, secrets: dict[str, SecretView]) -> Annotations:
    """All that the controller takes from an Ingress. `secrets` holds a decided view of every reference."""
    parser = _Parser(ingress, controller, secrets)
    if not parser.values:
        return Annotations(
            ssl_redirect=controller.setting("ssl-redirect", True),
            force_ssl_redirect=controller.setting("force-ssl-redirect", False),
        )
    try:
        parser.check_risk_and_words()
        return _parse(parser, controller)
    except Dropped as reason:
        return Annotations(dropped=str(reason), ignored=tuple(parser.ignored))


def _parse(parser: _Parser, controller: Controller) -> Annotations:
    denied = ""
    try:
        auth_tls = _auth_tls(parser)
    except _Denied as reason:
        denied = str(reason)
        auth_tls = AuthTls(denied=denied, secret=parser.text("auth-tls-secret"))
    try:
        proxy_ssl = _proxy_ssl(parser)
    except _Denied as reason:
        denied = denied or str(reason)
        proxy_ssl = ProxySsl()
    snippets = _snippets(parser, controller)
    return Annotations(
        denied=denied,
        auth_tls=auth_tls,
        proxy_ssl=proxy_ssl,
        backend_protocol=_backend_protocol(parser),
        ssl_redirect=parser.flag("ssl-redirect", controller.setting("ssl-redirect", True)),
        force_ssl_redirect=parser.flag("force-ssl-redirect", controller.setting("force-ssl-redirect", False)),
        ssl_passthrough=parser.flag("ssl-passthrough", False),
        canary=parser.flag("canary", False),
        access_log=parser.flag("enable-access-log", True),
        aliases=_aliases(parser),
        server_snippet=snippets.get("server-snippet", ""),
        location_snippet=snippets.get("configuration-snippet", "") or snippets.get("auth-snippet", ""),
        ignored=tuple(parser.ignored),
    )


def _auth_tls(parser: _Parser) -> AuthTls:
    view = parser.secret("auth-tls-secret")
    if view is None:
        for name in ("auth-tls-verify-client", "auth-tls-match-cn", "auth-tls-verify-depth", "auth-tls-error-page"):
            if name in parser.values:
                parser.ignore(name, "without auth-tls-secret it is ignored")
        return AuthTls()
    verify = parser.text("auth-tls-verify-client")
    if not _VERIFY.fullmatch(verify):
        if "auth-tls-verify-client" in parser.values:
            parser.ignore("auth-tls-verify-client", "not one of on, off, optional, optional_no_ca, so it is on")
        verify = "on"
    error_page = parser.text("auth-tls-error-page")
    if parser.validates and not _ERROR_PAGE.fullmatch(error_page.replace(" ", "")):
        raise Dropped(f"auth-tls-error-page {error_page!r} is not a URL or path")
    pass_certificate = parser.flag("auth-tls-pass-certificate-to-upstream", False, drops=True)
    return AuthTls(
        secret=view.key,
        has_ca=view.ca is Part.GOOD,
        verify=verify,
        depth=_depth(parser, "auth-tls-verify-depth"),
        error_page=error_page,
        pass_certificate=pass_certificate,
        match_cn=_match_cn(parser),
    )


def _match_cn(parser: _Parser) -> str:
    raw = parser.values.get("auth-tls-match-cn", "")
    if raw and parser.validates:
        if not raw.startswith("CN="):
            raise Dropped(f"auth-tls-match-cn {raw!r} does not start with CN=")
        if not compiles_in_go(raw[3:]):
            raise Dropped(f"auth-tls-match-cn {raw!r} is not a valid regular expression")
    if raw and not parser.validates and "CN=" not in raw:
        parser.ignore("auth-tls-match-cn", "it holds no CN=, so no name is checked")
        return ""
    return raw.strip()


def _depth(parser: _Parser, name: str) -> int:
    raw = parser.values.get(name)
    if raw is None:
        return 1
    if not re.fullmatch(r"[-+]?\d+", raw) or int(raw) == 0:
        parser.ignore(name, "not a depth, so it is 1")
        return 1
    return int(raw)


def _proxy_ssl(parser: _Parser) -> ProxySsl:
    view = parser.secret("proxy-ssl-secret")
    if view is None:
        for name in ("proxy-ssl-verify", "proxy-ssl-name", "proxy-ssl-server-name", "proxy-ssl-verify-depth"):
            if name in parser.values:
                parser.ignore(name, "without proxy-ssl-secret it is ignored")
        return ProxySsl()
    verify = parser.text("proxy-ssl-verify")
    if verify not in ("on", "off"):
        if "proxy-ssl-verify" in parser.values:
            parser.ignore("proxy-ssl-verify", "neither on nor off, so it is off")
        verify = "off"
    name = parser.text("proxy-ssl-name")
    if not _SERVER_NAME.fullmatch(name):
        parser.ignore("proxy-ssl-name", "not a server name, so it is empty")
        name = ""
    has_ca = view.ca is Part.GOOD
    return ProxySsl(
        secret=view.key, has_ca=has_ca, has_pair=has_ca and view.pair is Part.GOOD, verify=verify == "on", name=name
    )


def _backend_protocol(parser: _Parser) -> str:
    value = parser.text("backend-protocol")
    if not value:
        return "HTTP"
    if value.upper() not in _PROTOCOLS:
        parser.ignore("backend-protocol", "not a known protocol, so it is HTTP")
        return "HTTP"
    return value.upper()


def _aliases(parser: _Parser) -> tuple[str, ...]:
    value = parser.text("server-alias")
    names = [name.strip() for name in value.split(",")]
    if not all(_SERVER_NAME.fullmatch(name.removeprefix("~")) for name in names):
        parser.ignore("server-alias", "not server names, so there is no alias")
        return ()
    return tuple(sorted({name for name in names if name}))


def _snippets(parser: _Parser, controller: Controller) -> dict[str, str]:
    found = {name: parser.values[name] for name in SNIPPETS if parser.values.get(name, "").strip()}
    if found and not controller.setting("allow-snippet-annotations", controller.is_before(10)):
        for name in found:
            parser.ignore(name, "allow-snippet-annotations is not true, so the snippet is removed")
        return {}
    return found
