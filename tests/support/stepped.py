"""What people do to Certificates and their Secrets after the first issue, in random order."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.support.apiserver import ApiServer, Refused
from tests.support.cert_manager import API
from tests.support.pki import Made, make

Manifest = dict[str, Any]
MERGE = "application/merge-patch+json"
LEAF, CA, SECOND = "leaf", "ca", "second"


def estate(seed: int) -> list[Manifest]:
    """A self-signed CA, and a leaf of it; sometimes the leaf's Secret is there first, sometimes two want it."""
    random = Random(f"stepped {seed}")
    namespace = f"stepped{seed}"

    def thing(kind: str, name: str, spec: Manifest) -> Manifest:
        meta = {"name": name, "namespace": namespace}
        return {"apiVersion": "cert-manager.io/v1", "kind": kind, "metadata": meta, "spec": spec}

    def key() -> Manifest:
        policy = random.choice((None, "Always", "Never"))
        return {"algorithm": "ECDSA", "size": 256, **({"rotationPolicy": policy} if policy else {})}

    ca = {"isCA": True, "commonName": "ca", "secretName": "ca", "duration": "87600h", "issuerRef": {"name": "self"}}
    leaf: Manifest = {"secretName": LEAF, "dnsNames": ["a.example.com"], "issuerRef": {"name": CA}, "privateKey": key()}
    for name, values in (
        ("duration", (None, "24h", "2160h", "8760h")),
        ("renewBefore", (None, "1h", "12h")),
        ("revisionHistoryLimit", (None, 2, 5)),
        ("secretTemplate", (None, {"labels": {"a": "b"}, "annotations": {"c": "d"}})),
        ("usages", (None, ["server auth"])),
    ):
        chosen = random.choice(values)
        if chosen is not None:
            leaf[name] = chosen
    objects = [
        thing("Issuer", "self", {"selfSigned": {}}),
        thing("Certificate", CA, {**ca, "privateKey": key()}),
        thing("Issuer", CA, {"ca": {"secretName": "ca"}}),
        thing("Certificate", LEAF, leaf),
    ]
    if random.random() < 0.25:
        objects.append(thing("Certificate", SECOND, {**leaf, "dnsNames": ["second.example.com"]}))
    first = random.random()
    if first < 0.2:
        names = ["a.example.com"] if first < 0.1 else ["b.example.com"]
        there = _pair(make("first", number=900, dns=names, start=_recently(), days=3650, ca=False), "")
        objects.insert(0, _secret(namespace, there))
    return objects


def _secret(namespace: str, data: dict[str, str]) -> Manifest:
    meta = {"name": LEAF, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "kubernetes.io/tls", "stringData": data}


def _recently() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)


def _pair(made: Made, ca_crt: str) -> dict[str, str]:
    return {"tls.crt": made.pem, "tls.key": made.key_pem, **({"ca.crt": ca_crt} if ca_crt else {})}


class Steps:
    """The steps of one estate."""

    def __init__(self, cluster: ApiServer, seed: int) -> None:
        self._cluster, self._random = cluster, Random(f"steps of {seed}")
        self.namespace = f"stepped{seed}"
        self._certificates = f"{API}/namespaces/{self.namespace}/certificates"
        self._secrets = f"/api/v1/namespaces/{self.namespace}/secrets"

    def take(self) -> str:
        """One step; its name."""
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("renew", lambda: self._renew(LEAF)),
            ("renew", lambda: self._renew(LEAF)),
            ("renew the CA", lambda: self._renew(CA)),
            ("delete the CA's Secret", lambda: self._cluster.delete(f"{self._secrets}/{CA}")),
            ("delete the Secret", lambda: self._cluster.delete(f"{self._secrets}/{LEAF}")),
            ("other names", lambda: self._spec({"dnsNames": [f"n{self._random.randint(0, 99)}.example.com"]})),
            ("other duration", lambda: self._spec({"duration": self._random.choice(("48h", "720h", "4320h"))})),
            ("other renewBefore", lambda: self._spec({"renewBefore": self._random.choice(("2h", "6h"))})),
            ("other key", lambda: self._spec({"privateKey": {"size": 384}})),
            ("other policy", lambda: self._spec({"privateKey": {"rotationPolicy": "Never"}})),
            ("other usages", lambda: self._spec({"usages": ["client auth"]})),
            ("other template", self._template),
            ("no renewal", lambda: self._spec({"renewal": {"policy": "Disabled"}})),
            ("paste over the key", self._paste),
            ("paste a pair", self._paste_pair),
            ("other ca.crt", lambda: self._data({"ca.crt": make("other", number=901, ca=True, days=3650).pem})),
            ("no ca.crt", lambda: self._data({"ca.crt": None})),
            ("delete the issuer", lambda: self._cluster.delete(f"{API}/namespaces/{self.namespace}/issuers/{CA}")),
            ("other issuer", lambda: self._spec({"issuerRef": {"name": "nobody"}})),
            ("a Secret of its own", lambda: self._spec({"secretName": "own"}, SECOND)),
            ("delete the Certificate", lambda: self._cluster.delete(f"{self._certificates}/{LEAF}")),
        )
        name, step = self._random.choice(steps)
        try:
            step()
        except Refused as error:
            if error.code != 404:
                raise
            return f"{name} (gone)"
        return name

    def _spec(self, spec: Manifest, name: str = LEAF) -> None:
        self._cluster.request("PATCH", f"{self._certificates}/{name}", {"spec": spec}, MERGE)

    def _template(self) -> None:
        """Of both that write the Secret: with templates that differ they write it over and over."""
        with suppress(Refused):
            self._spec({"secretTemplate": {"labels": {"x": "y"}}}, SECOND)
        self._spec({"secretTemplate": {"labels": {"x": "y"}}})

    def _renew(self, name: str) -> None:
        """As `cmctl renew` does."""
        path = f"{self._certificates}/{name}"
        found = self._cluster.request("GET", path)
        condition = {"type": "Issuing", "status": "True", "reason": "ManuallyTriggered", "message": "by hand"}
        rest = [c for c in found.get("status", {}).get("conditions", []) if c["type"] != "Issuing"]
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        body = {"status": {"conditions": [*rest, {**condition, "lastTransitionTime": now}]}}
        self._cluster.request("PATCH", f"{path}/status", body, MERGE)

    def _data(self, data: dict[str, str | None]) -> None:
        encoded = {k: None if v is None else base64.b64encode(v.encode()).decode() for k, v in data.items()}
        self._cluster.request("PATCH", f"{self._secrets}/{LEAF}", {"data": encoded}, MERGE)

    def _paste(self) -> None:
        held = self._cluster.request("GET", f"{self._secrets}/{LEAF}")["data"]
        private = load_pem_private_key(base64.b64decode(held["tls.key"]), None)
        self._data({"tls.crt": make("pasted", own=private, dns=["p.example.com"], start=_recently(), days=3650).pem})  # type: ignore[arg-type]

    def _paste_pair(self) -> None:
        self._data(dict(_pair(make("pair", number=902, dns=["p.example.com"], start=_recently(), days=30), "")))
