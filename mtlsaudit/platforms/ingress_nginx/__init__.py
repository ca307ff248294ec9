"""kubernetes/ingress-nginx: what the controller makes of Ingresses, modelled on v1.15.1.

The model follows the controller step by step: which objects it takes (`classes`), its settings (`settings`), what
each Ingress's annotations come to (`annotations`, with `values`, `auth_tls` and `proxy_ssl`), what its hosts share
(`scene`), how Ingresses of one host become one server (`servers`), what a location then does (`conclude`:
`client_auth` on port 443, `plaintext` on port 80, `upstream` towards its Service). Where something is not known, all
the ways it could be are gone through (`worlds`) and made one answer (`merge`). Observed behaviour is the reference,
documentation is not.
"""

NAME = "ingress-nginx"
"""The platform's name in reports and rules."""
