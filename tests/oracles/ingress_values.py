"""Values of ingress-nginx annotations and settings for random estates: the usual ones often, and every odd one that was thought of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Choices = Mapping[str, tuple[float, Sequence[str]]]
"""Name → how often it is there, and what it may be. `{ns}` stands for the namespace of the Ingress."""

_BOOLEANS = ("true", "true", "false", "false", "True", "FALSE", "1", "0", "t", "yes", "on", "", " true", "TRUE", "tRue")
_SECRETS = (
    *("{ns}/client-ca",) * 4,
    *("{ns}/both",) * 3,
    *(
        f"{{ns}}/{name}"
        for name in (
            "pair", "empty-ca", "garbage", "bad-crl", "pair-bad-crl", "none", "auth", "crl-only", "half-pair", "empty-pair",
            "empty-pair-ca", "ca-then-words", "words-then-ca", "ca-and-key", "missing",
        )
    ),
    "other/client-ca", "shop/client-ca", "client-ca", "", "  ", "/client-ca", "{ns}/client-ca\n", " {ns}/client-ca ",
    "{ns}/client ca", "{ns}/cli$ent", "{ns}/a/b", "{ns}/", "shop /client-ca",
)  # fmt: skip

AUTH_TLS: Choices = {
    "auth-tls-secret": (0.7, _SECRETS),
    "auth-tls-verify-client": (
        0.5,
        ("on", "on", "on", "off", "off", "optional", "optional", "optional_no_ca", "optional_no_ca", "ON", "true", "",
         " on", "off ", "required", "o n"),
    ),
    "auth-tls-match-cn": (
        0.15,
        ("CN=a", "CN=a|", "CN=(a|b)", "a", "cn=a", "CN=[", "CN=.*", "CN=a(?!b)", " CN=a", "", "CN=", "CN=a\n"),
    ),
    "auth-tls-verify-depth": (0.1, ("1", "2", "0", "x", "-1", "1.5", "")),
    "auth-tls-error-page": (
        0.08,
        ("/sorry", "/a", "/", "https://x.example.com/y", "http://x y", "/a b", "@named", "", "x", "/a?b=c"),
    ),
    "auth-tls-pass-certificate-to-upstream": (0.08, _BOOLEANS),
}  # fmt: skip
UPSTREAM: Choices = {
    "backend-protocol": (
        0.4,
        ("HTTPS", "HTTPS", "HTTPS", "HTTPS", "https", "HTTP", "GRPC", "GRPCS", "FCGI", "AUTO_HTTP", "auto_http", " HTTPS ",
         "HTTPS\n", "h2", "", "TLS", "AJP", "HTTP2"),
    ),
    "proxy-ssl-secret": (0.35, _SECRETS),
    "proxy-ssl-verify": (0.3, ("on", "on", "on", "on", "off", "ON", "true", "", " on ", "on\n", "o n")),
    "proxy-ssl-name": (0.15, ("up.example.org", "a b", "", "x;y", "*.x")),
    "upstream-vhost": (0.02, ("a.b", "a b")),
    "load-balance": (0.02, ("ewma", "x")),
    "affinity": (0.02, ("cookie", "x")),
}  # fmt: skip
ROUTING: Choices = {
    "ssl-redirect": (0.2, _BOOLEANS),
    "force-ssl-redirect": (0.12, _BOOLEANS),
    "canary": (0.1, ("true", "true", "true", *_BOOLEANS)),
    "server-alias": (
        0.2,
        ("shop.alias.org", "shop.alias.org", "shop.alias.org", "a.example.com", "x.example.com,y.org", "a;b",
         " x.example.com , ", "~^w\\d+\\.example\\.com$", "", "shop.example.com", "*.example.com"),
    ),
    "ssl-passthrough": (0.15, ("true", "true", "false", "1", "yes", "", "0")),
    "from-to-www-redirect": (0.05, _BOOLEANS),
    "permanent-redirect": (
        0.06,
        ("https://new.example.org", "http://new.example.org/x?a=b", "https://a.example.org/$request_uri", "new.example.org", "/new",
         "ftp://new.example.org", "https://a b", "", " https://new.example.org ", "https://new.example.org\n", "httpx://a", "http:"),
    ),
    "temporal-redirect": (0.04, ("https://new.example.org", "new.example.org", "", "https://a;b", "//new.example.org")),
    "permanent-redirect-code": (0.04, ("308", "200", "x", "")),
    "use-regex": (0.04, ("true", "false", "x")),
    "rewrite-target": (0.04, ("/", "/new/$1", "a b", "")),
    "app-root": (0.02, ("/x", "x", "/a b")),
    "x-forwarded-prefix": (0.02, ("/a", "a b;")),
}  # fmt: skip
OTHERS: Choices = {
    "custom-http-errors": (0.04, ("404", "404,503", "404, 503", "600", "x", "")),
    "limit-rps": (0.04, ("5", "x", "", "1.5")),
    "whitelist-source-range": (0.04, ("10.0.0.0/8", "x", "10.0.0.1", "10.0.0.0/8, x", "", "1.2.3.4/40")),
    "denylist-source-range": (0.03, ("10.0.0.0/8", "x")),
    "auth-type": (0.12, ("basic", "basic", "basic", "digest", "x", "", "basic digest", " basic")),
    "auth-secret": (
        0.4,
        ("auth", "auth", "auth", "{ns}/auth", "other/auth", "a/b/c", "", "missing", "client-ca", "{ns}/", "/auth", "au th"),
    ),
    "auth-secret-type": (0.2, ("auth-file", "auth-map", "auth-map", "x", "")),
    "auth-realm": (0.1, ("a b", "a;b")),
    "auth-url": (0.03, ("http://x.org/a", "x", "http://x y", "", "/a")),
    "configuration-snippet": (0.02, ('more_set_headers "A: b";',)),
    "proxy-body-size": (0.02, ("x", "1m")),
    "enable-cors": (0.02, _BOOLEANS),
    "cors-allow-origin": (0.02, ("*", "x y")),
    "satisfy": (0.02, ("any", "x")),
}  # fmt: skip
_TRUTHS = ("true", "false", "x", "", "yes")
# Left out: what answers 503 for want of a ConfigMap (custom-headers, auth-proxy-set-headers) or beside auth-url.
_RARE: dict[str, Sequence[str]] = {
    "ssl-ciphers": ("HIGH:!aNULL", "ALL:!aNULL:!EXPORT56:RC4+RSA:+HIGH", "a b;c", "", "HIGH\n", " HIGH"),
    "ssl-prefer-server-ciphers": _TRUTHS,
    "limit-whitelist": ("10.0.0.0/8", "x", "", "10.0.0.1", "10.0.0.0/8, x"),
    "limit-allowlist": ("10.0.0.0/8", "x", ""),
    "limit-rate": ("5", "x", ""),
    "limit-rate-after": ("5", "x", ""),
    "limit-burst-multiplier": ("5", "x", ""),
    "default-backend": ("web", "missing", "a b", "a/b", "", "A_b", "a;b"),
    "fastcgi-index": ("index.php", "a b;", "", "a b"),
    "fastcgi-params-configmap": ("a b;", ""),  # that of a ConfigMap which is not there is not modelled: 503
    "upstream-hash-by": ("$request_uri", "a;b", "", "a b"),
    "upstream-hash-by-subset": _TRUTHS,
    "upstream-hash-by-subset-size": ("3", "x", ""),
    "enable-opentelemetry": _TRUTHS,
    "opentelemetry-trust-incoming-span": _TRUTHS,
    "opentelemetry-operation-name": ("a", "a;b", "", "$a b"),
    "auth-cache-key": ("$a", "a;b", ""),
    "auth-signin": ("https://x.org/a", "x", "a;b", ""),
    "auth-signin-redirect-param": ("rd", "a;b", ""),
    "auth-request-redirect": ("https://x.org/a", "a;b", ""),
    "auth-always-set-cookie": _TRUTHS,
    "auth-keepalive": ("5", "x", ""),
    "auth-snippet": ("x;", ""),
    "enable-global-auth": _TRUTHS,
    "client-body-buffer-size": ("1k", "x", "", "1 k"),
    "connection-proxy-header": ("close", "keep-alive", "a b;", ""),
    "http2-push-preload": _TRUTHS,
    "use-port-in-redirects": _TRUTHS,
    "disable-proxy-intercept-errors": _TRUTHS,
    "enable-access-log": _TRUTHS,
    "enable-rewrite-log": _TRUTHS,
    "mirror-target": ("https://x.org$request_uri", "a;b", "", "a b"),
    "mirror-host": ("x.org", "a;b", ""),
    "mirror-request-body": ("on", "off", "x", ""),
    "enable-modsecurity": _TRUTHS,
    "enable-owasp-core-rules": _TRUTHS,
    "modsecurity-transaction-id": ("$a", "a;b", "", "a b"),
    "preserve-trailing-slash": _TRUTHS,
    "proxy-ssl-ciphers": ("HIGH", "a b;", ""),
    "proxy-ssl-protocols": ("TLSv1.2", "x", ""),
    "proxy-ssl-verify-depth": ("2", "x", ""),
    "proxy-ssl-server-name": ("on", "x", ""),
    "proxy-connect-timeout": ("5", "x", ""),
    "proxy-next-upstream": ("error", "a;b", ""),
    "proxy-cookie-domain": ("a b", "a;b", "", "off"),
    "proxy-redirect-from": ("default", "a;b", ""),
    "proxy-buffering": ("on", "x", ""),
    "proxy-http-version": ("1.0", "x", ""),
    "proxy-buffer-size": ("8k", "x", ""),
    "canary-weight": ("10", "x", ""),
    "canary-by-header": ("X-A", "a b;", ""),
    "canary-by-cookie": ("a", "a b;", ""),
    "session-cookie-name": ("a", "a b;", ""),
    "session-cookie-max-age": ("5", "x", ""),
    "cors-allow-methods": ("GET", "a;b", ""),
    "cors-max-age": ("5", "x", ""),
    "whitelist": ("x",),
    "unheard-of": ("x",),
}
ANNOTATIONS: Choices = {**AUTH_TLS, **UPSTREAM, **ROUTING, **OTHERS, **{name: (0.012, v) for name, v in _RARE.items()}}
CALM: Choices = {**AUTH_TLS, **UPSTREAM, **ROUTING}

SETTINGS: Choices = {
    name: (0.15, values)
    for name, values in {
        "ssl-redirect": _BOOLEANS,
        "force-ssl-redirect": _BOOLEANS,
        "use-forwarded-headers": _BOOLEANS,
        "use-proxy-protocol": _BOOLEANS,
        "ssl-reject-handshake": _BOOLEANS,
        "proxy-ssl-location-only": _BOOLEANS,
        "allow-cross-namespace-resources": _BOOLEANS,
        "allow-snippet-annotations": _BOOLEANS,
        "annotations-risk-level": ("High", "medium", "Low", "x", "critical", ""),
        "no-tls-redirect-locations": ("", "/a", "/a, /sorry", "/", " ,"),
        "annotation-value-word-blocklist": ("client-ca", "zzz, shop", "x,", " ", ""),
    }.items()
}
FLAGS: Choices = {
    "disable-catch-all": (0.08, ("true",)),
    "watch-ingress-without-class": (0.15, ("true",)),
    "watch-namespace": (0.05, ("shop",)),
    "enable-ssl-passthrough": (0.3, ("true",)),
    "enable-annotation-validation": (0.08, ("false",)),
}
