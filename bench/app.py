"""One application of the corpus: what is wrong with it, and its manifests."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bench import templates
from bench.pki import Authority

NOW = datetime(2026, 11, 23, tzinfo=UTC)
"""The corpus's today. Nothing here reads the clock: the same corpus must come out in ten years."""

NAMESPACES = 50
_SEED = "mtlsaudit"
_FRACTION = 0.1


class Defect(StrEnum):
    """What can be wrong with an application; each hits about one in ten, independently of the others."""

    NO_TLS = "no-tls"
    VERIFY_OPTIONAL = "verify-optional"
    HTTP_BACKEND = "http-backend"
    UNVERIFIED_BACKEND = "unverified-backend"
    NO_NETWORK_POLICY = "no-network-policy"
    LONG_DURATION = "long-duration"
    EXPIRED = "expired"
    SAME_KEY = "same-key"


@dataclass(frozen=True, slots=True)
class App:
    """Application number `index`. All else follows from it, so a larger corpus begins with the smaller one."""

    index: int
    defects: frozenset[Defect]

    @property
    def name(self) -> str:
        return f"app-{self.index}"

    @property
    def namespace(self) -> str:
        return namespace_name(self.index % NAMESPACES)

    @property
    def host(self) -> str:
        return f"{self.name}.example.com"

    def has(self, defect: Defect) -> bool:
        return defect in self.defects


def namespace_name(number: int) -> str:
    return f"ns-{number:02d}"


def make_app(index: int) -> App:
    rng = random.Random(f"{_SEED}/{index}")
    return App(index, frozenset(d for d in Defect if rng.random() < _FRACTION))


def render(app: App, authority: Authority) -> str:
    """The application's documents: six, or five where the NetworkPolicy is what is missing."""
    values = {"name": app.name, "ns": app.namespace, "host": app.host}
    documents = [
        _certificate(app, values),
        _ingress(app, values),
        templates.SERVICE.format(**values),
        templates.DEPLOYMENT.format(**values, index=app.index),
        _secret(app, authority, values),
    ]
    if not app.has(Defect.NO_NETWORK_POLICY):
        documents.append(templates.NETWORK_POLICY.format(**values))
    return "---\n".join(documents)


def _certificate(app: App, values: dict[str, str]) -> str:
    long = app.has(Defect.LONG_DURATION)
    return templates.CERTIFICATE.format(
        **values,
        duration="26280h" if long else "2160h",
        renew_before="720h",
        rotation="Never" if app.has(Defect.SAME_KEY) else "Always",
    )


def _ingress(app: App, values: dict[str, str]) -> str:
    http = app.has(Defect.HTTP_BACKEND)
    upstream = ""
    if not http:
        verify = "off" if app.has(Defect.UNVERIFIED_BACKEND) else "on"
        upstream = templates.UPSTREAM.format(**values, verify=verify)
    return templates.INGRESS.format(
        **values,
        verify="optional" if app.has(Defect.VERIFY_OPTIONAL) else "on",
        protocol="HTTP" if http else "HTTPS",
        upstream=upstream,
        tls="" if app.has(Defect.NO_TLS) else templates.TLS.format(**values),
    )


def _secret(app: App, authority: Authority, values: dict[str, str]) -> str:
    lifetime = timedelta(days=1095 if app.has(Defect.LONG_DURATION) else 90)
    # Ages differ from application to application, as they do where Certificates were not all made on one day.
    age = timedelta(days=1 + app.index % 50)
    start = NOW - lifetime - age if app.has(Defect.EXPIRED) else NOW - age
    names = [app.host, f"{app.name}.{app.namespace}.svc"]
    pair = authority.issue(1000 + app.index, names, start, lifetime)
    return templates.SECRET.format(**values, crt=pair.certificate, key=pair.key, ca=authority.certificate)
