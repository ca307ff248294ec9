"""Random estates of one ingress-nginx controller: Ingresses that meet on hosts, Secrets good and bad, its settings and flags."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import Any

from tests.oracles.ingress_values import ANNOTATIONS, CALM, FLAGS, SETTINGS, Choices
from tests.support.objects import PREFIX, ingress_class, meta, real_secrets

Object = dict[str, Any]

_HOSTS = (*("shop.example.com",) * 4, "a.example.com", "*.example.com", "b.other.org", None)
_PATHS = (
    "/",
    "/",
    "/",
    "/a",
    "/a",
    "/a/",
    "/a/b",
    "/.well-known/acme-challenge/x",
    "/.well-known",
    "/sorry",
    "/etc/nginx/x",
)
_TYPES = (*("Prefix",) * 4, "Exact", "ImplementationSpecific")
_PORTS: tuple[Object, ...] = (
    *({"number": 80},) * 4,
    *({"number": 443}, {"name": "http"}, {"number": 8080}, {"name": "nope"}, {"name": "https"}),
)
_SERVICES = ("shop", "shop", "shop", "shop", "web", "web", "ext", "missing")
_TLS: tuple[Object, ...] = (
    *({"hosts": ["shop.example.com"], "secretName": "shop-tls"},) * 2,
    {},
    {"hosts": ["*.example.com"]},
    {"secretName": "shop-tls"},
    {"hosts": ["b.other.org"], "secretName": "missing"},
    {"hosts": ["zzz.org"], "secretName": "garbage"},
)


@dataclass(frozen=True)
class Estate:
    """What a controller sees, its ConfigMap and its command line."""

    ingresses: tuple[Object, ...]
    settings: dict[str, str] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)

    @property
    def ageless(self) -> Estate:
        """The same as files have it, without creationTimestamps."""
        bare = (
            {**one, "metadata": {k: v for k, v in one["metadata"].items() if k != "creationTimestamp"}}
            for one in self.ingresses
        )
        return replace(self, ingresses=tuple(bare))

    @property
    def objects(self) -> tuple[Object, ...]:
        """All but the controller and its ConfigMap."""
        foreign = ingress_class()
        foreign = {**foreign, "metadata": {"name": "foreign"}, "spec": {"controller": "example.com/other"}}
        return (ingress_class(), foreign, *secrets(), *services(), *self.ingresses)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _secret(name: str, namespace: str, data: dict[str, str]) -> Object:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta(name, namespace), "type": "Opaque", "data": data}


@cache
def secrets() -> tuple[Object, ...]:
    """The Secrets of `shop`, the first four of them in `other` too."""
    ca = real_secrets()[0]["data"]["ca.crt"]
    crt, key = (real_secrets()[1]["data"][part] for part in ("tls.crt", "tls.key"))
    text = base64.b64decode(ca).decode()
    pair, empty, junk = {"tls.crt": crt, "tls.key": key}, {"tls.crt": "", "tls.key": ""}, _encoded("nonsense")
    data: dict[str, dict[str, str]] = {
        "client-ca": {"ca.crt": ca},
        "both": {"ca.crt": ca, **pair},
        "shop-tls": pair,
        "auth": {"auth": _encoded("somebody:x")},
        "pair": pair,
        "empty-ca": {**pair, "ca.crt": ""},
        "garbage": {"ca.crt": junk},
        "bad-crl": {"ca.crt": ca, "ca.crl": junk},
        "pair-bad-crl": {"ca.crt": ca, **pair, "ca.crl": junk},
        "none": {"foo": junk},
        "crl-only": {"ca.crl": junk},
        "half-pair": {"tls.crt": crt, "ca.crt": ca},
        "empty-pair": empty,
        "empty-pair-ca": {**empty, "ca.crt": ca},
        "ca-then-words": {"ca.crt": _encoded(text + "trailing words\n")},
        "words-then-ca": {"ca.crt": _encoded("subject=CN\n" + text)},
        "ca-and-key": {"ca.crt": _encoded(text + base64.b64decode(key).decode())},
    }
    shop = tuple(_secret(name, "shop", parts) for name, parts in data.items())
    return (*shop, *(_secret(name, "other", data[name]) for name in list(data)[:4]))


@cache
def services() -> tuple[Object, ...]:
    """Services with one ready endpoint each, and one that is a name outside."""
    ports: dict[tuple[str, str], list[Object]] = {
        ("shop", "shop"): [
            {"port": 80, "name": "http", "targetPort": 8080},
            {"port": 443, "name": "https", "targetPort": 8443},
        ],
        ("shop", "web"): [{"port": 80, "targetPort": 80}],
        ("other", "shop"): [{"port": 80, "name": "http", "targetPort": "web"}],
        ("other", "web"): [{"port": 8080, "name": "x", "targetPort": 80}],
    }
    outside = {"type": "ExternalName", "externalName": "up.example.org"}
    found: list[Object] = [{"apiVersion": "v1", "kind": "Service", "metadata": meta("ext"), "spec": outside}]
    for (namespace, name), listed in ports.items():
        spec = {"clusterIP": "10.0.0.1", "selector": {"app": name}, "ports": [{**p, "protocol": "TCP"} for p in listed]}
        labels = {"kubernetes.io/service-name": name}
        found.append({"apiVersion": "v1", "kind": "Service", "metadata": meta(name, namespace), "spec": spec})
        found.append(
            {
                "apiVersion": "discovery.k8s.io/v1",
                "kind": "EndpointSlice",
                "metadata": meta(f"{name}-1", namespace, labels=labels),
                "addressType": "IPv4",
                "endpoints": [{"addresses": ["10.1.0.1"], "conditions": {"ready": True}}],
                "ports": [
                    {"port": 8000 + i, "protocol": "TCP", "name": p.get("name", "")} for i, p in enumerate(listed)
                ],
            }
        )
    return tuple(found)


def _drawn(random: Random, choices: Choices, namespace: str = "", calm: bool = False) -> dict[str, str]:
    """In a calm estate only the usual values, which come first."""
    return {
        name: random.choice(values[:4] if calm else values).replace("{ns}", namespace)
        for name, (often, values) in choices.items()
        if random.random() < often
    }


def _backend(random: Random) -> Object:
    return {"service": {"name": random.choice(_SERVICES), "port": random.choice(_PORTS)}}


def _rule(random: Random) -> Object:
    rule: Object = {}
    if host := random.choice(_HOSTS):
        rule["host"] = host
    if random.random() < 0.93:
        paths = dict.fromkeys(random.choices(_PATHS, k=random.choice((1, 1, 2, 3))))
        kinds = [(path, kind) for path in paths for kind in set(random.choices(_TYPES, k=random.choice((1, 1, 1, 2))))]
        rule["http"] = {"paths": [{"path": p, "pathType": t, "backend": _backend(random)} for p, t in sorted(kinds)]}
    return rule


def _ingress(random: Random, number: int, calm: bool) -> Object:
    namespace = random.choice(("shop", "shop", "shop", "other"))
    annotations = {
        PREFIX + name: value for name, value in _drawn(random, CALM if calm else ANNOTATIONS, namespace, calm).items()
    }
    spec: Object = {}
    if random.random() < 0.95:
        spec["ingressClassName"] = random.choice((*("nginx",) * 12, "nope", "foreign"))
    elif random.random() < 0.7:
        annotations["kubernetes.io/ingress.class"] = random.choice(("nginx", "other", ""))
    if rules := [_rule(random) for _ in range(random.choice((1, 1, 1, 2, 0)))]:
        spec["rules"] = rules
    if not rules or random.random() < 0.2:
        spec["defaultBackend"] = _backend(random)
    if random.random() < 0.5:
        spec["tls"] = [random.choice(_TLS) for _ in range(random.choice((1, 1, 2)))]
    created = f"2026-01-0{random.choice('1123')}T00:00:00Z"
    metadata = meta(
        f"{random.choice('abcdefgh')}{number}", namespace, annotations=annotations, creationTimestamp=created
    )
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec}


def estate(seed: int) -> Estate:
    """The same for the same seed."""
    random = Random(seed)
    calm = random.random() < 0.5
    ingresses = tuple(_ingress(random, number, calm) for number in range(random.choice((1, 1, 2, 2, 3, 4))))
    settings = _drawn(random, SETTINGS) if random.random() < 0.4 else {}
    return Estate(ingresses, settings, _drawn(random, FLAGS))
