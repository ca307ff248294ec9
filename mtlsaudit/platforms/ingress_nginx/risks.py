"""The risk that the controller rates each annotation with, and the risk levels an administrator may set.

An Ingress with an annotation above `annotations-risk-level` is dropped whole. Levels as in the annotation
parsers of the controller (v1.12 and later); an annotation that is not listed is Low.
"""

from __future__ import annotations

LEVELS = ("Low", "Medium", "High", "Critical")

_CRITICAL = "configuration-snippet server-snippet auth-snippet stream-snippet modsecurity-snippet"
_HIGH = (
    "auth-tls-match-cn auth-tls-error-page proxy-ssl-name server-alias auth-url auth-signin mirror-host mirror-target "
    "modsecurity-transaction-id upstream-hash-by"
)
_MEDIUM = (
    "auth-tls-secret auth-tls-verify-client proxy-ssl-secret proxy-ssl-ciphers whitelist-source-range "
    "allowlist-source-range denylist-source-range auth-realm auth-secret canary-by-cookie canary-by-header "
    "canary-by-header-pattern canary-by-header-value cors-allow-headers cors-allow-methods cors-allow-origin "
    "cors-expose-headers custom-headers auth-cache-duration auth-cache-key auth-proxy-set-headers "
    "auth-request-redirect auth-response-headers auth-signin-redirect-param fastcgi-index fastcgi-params-configmap "
    "opentelemetry-operation-name proxy-cookie-domain proxy-cookie-path proxy-next-upstream proxy-redirect-from "
    "proxy-redirect-to permanent-redirect temporal-redirect app-root force-ssl-redirect preserve-trailing-slash "
    "rewrite-target session-cookie-domain session-cookie-name session-cookie-path x-forwarded-prefix proxy-body-size "
    "affinity-mode session-cookie-expires session-cookie-max-age"
)

RISK = {
    **dict.fromkeys(_MEDIUM.split(), 1),
    **dict.fromkeys(_HIGH.split(), 2),
    **dict.fromkeys(_CRITICAL.split(), 3),
}
SNIPPETS = tuple(_CRITICAL.split())
