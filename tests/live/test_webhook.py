"""The validation of cert-manager's own admission webhook, beside ours, on Certificates put together at random."""

from __future__ import annotations

import json
import subprocess
from random import Random
from typing import Any

import pytest

from mtlsaudit.decode.reader import identify
from mtlsaudit.model.origin import FileOrigin
from mtlsaudit.platforms.cert_manager.admission import review
from mtlsaudit.platforms.cert_manager.objects import decode_certificate
from tests.support.processes import find

_LONG = "x" * 65
_CHOICES: dict[str, tuple[float, list[Any]]] = {
    "commonName": (0.5, ["foo", _LONG, "a b", ""]),
    "dnsNames": (0.6, [["a.example.com"], [], ["*.b"]]),
    "literalSubject": (
        0.5,
        ["CN=foo", "cn=foo", "CN=foo,O=bar", "O=bar", "O=bar,CN=foo", "CN=foo,CN=bar", f"CN={_LONG}", "foo", "CN=foo,", "CN", "=x",
         "CN=a\\,b", "CN=a\\4", "CN=a\\zz", "CN=a\\20", "2.5.4.3=foo", "1.2.3=x,CN=y", "email=a@b,CN=c", "CN=a+O=b", " CN = a ",
         "CN=a;O=b", "", "   ", "CN=a\\", "CN=a\\ ", "CN=é", "CN=\\C3\\A9", "01.2=x,CN=a", "1.=x", ".1=x", "1..2=x", "-1=x", "CN=a=b"],
    ),
    "subject": (0.3, [{"organizations": ["a"]}, {"serialNumber": "1"}, {}, {"organizations": []}, {"countries": ["DE"]}]),
    "otherNames": (
        0.3,
        [[], [{"oid": "1.2.3", "utf8Value": "a"}], [{"oid": "", "utf8Value": ""}], [{"oid": "x"}, {"utf8Value": "a"}], [{"oid": "9.9"}]],
    ),
    "nameConstraints": (0.4, [{}, {"permitted": {"dnsDomains": ["a"]}}, {"critical": True}, {"excluded": {}}, None]),
    "isCA": (0.4, [True, False]),
    "additionalOutputFormats": (0.3, [[], [{"type": "DER"}], [{"type": "DER"}, {"type": "CombinedPEM"}, {"type": "DER"}]]),
    "emailAddresses": (
        0.2,
        [["a@b"], ["x"], ["a b@c"], ["<a@b>"], ['"a b"@c'], ["a@b."], ["@b"], ["a@"], ["a@b,c@d"], [" a@b"], ["a..b@c"], [".a@b"],
         ["a@[1.2.3.4]"], ["ä@b"], ["a@b c"]],
    ),
    "ipAddresses": (0.2, [["1.2.3.4"], ["::1"], ["1.2.3"], ["01.2.3.4"], ["1.2.3.4/8"], ["fe80::1%eth0"], ["::ffff:1.2.3.4"], [""]]),
    "usages": (0.2, [["server auth"], ["foo"], ["any"], ["s/mime"], ["signing"]]),
    "duration": (0.2, ["1h", "59m", "2160h", "1h0m1s"]),
    "renewBefore": (0.2, ["5m", "4m59s", "2160h", "1h"]),
    "renewBeforePercentage": (0.2, [1, 50, 99, 100, 0, -5, 101]),
    "signatureAlgorithm": (0.1, ["SHA256WithRSA", "ECDSAWithSHA384", "PureEd25519"]),
    "revisionHistoryLimit": (0.1, [0, 1, -1]),
    "renewal": (0.1, [{"policy": "Disabled"}, {"policy": "X"}, {"policy": "RenewBefore"}, {}]),
    "issuerRef": (
        0.1,
        [{"name": ""}, {"name": "x", "kind": "Foo"}, {"name": "x", "kind": "Foo", "group": "g"},
         {"name": "x", "kind": "Foo", "group": "cert-manager.io"}],
    ),
}  # fmt: skip
"""Field → how often it is there, and what it may be."""

_KEYS = [
    "a",
    "a/b",
    "A B",
    _LONG,
    "a.b/c",
    "-a",
    "a-",
    "/a",
    "a/",
    "A.B/c",
    "a/b/c",
    "cert-manager.io/x",
    "cert-manager.io/allow-direct-injection",
]
_VALUES = ["v", "", "v v", _LONG, "-v"]
_PASSWORDS: list[dict[str, Any]] = [
    {}, {"password": "x"}, {"password": ""}, {"passwordSecretRef": {"name": "s"}}, {"passwordSecretRef": {"name": ""}},
    {"password": "", "passwordSecretRef": {"name": "s", "key": "k"}}, {"password": "x", "passwordSecretRef": {"name": "s"}},
]  # fmt: skip


def _spec(random: Random) -> dict[str, Any]:
    spec: dict[str, Any] = {"secretName": random.choice(["a-tls", "a", "A_b", "x.y"]), "issuerRef": {"name": "ca"}}
    spec |= {name: random.choice(values) for name, (often, values) in _CHOICES.items() if random.random() < often}
    if random.random() < 0.2:
        kinds, sizes = ["RSA", "ECDSA", "Ed25519", "rsa", "foo", ""], [0, 256, 384, 521, 2048, 1024, 8192, 16384, -1]
        spec["privateKey"] = {"algorithm": random.choice(kinds), "size": random.choice(sizes)}
    if random.random() < 0.4:
        labels = {random.choice(_KEYS): random.choice(_VALUES)}
        spec["secretTemplate"] = {"labels": labels, "annotations": {random.choice(_KEYS): random.choice(_VALUES)}}
    if random.random() < 0.4:
        stores = [kind for kind in ("jks", "pkcs12") if random.random() < 0.6]
        spec["keystores"] = {kind: {"create": True, **random.choice(_PASSWORDS)} for kind in stores}
    return spec


def _fields(errors: list[str]) -> list[str]:
    return sorted(error.split(":")[0] for error in errors)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_webhook_and_we_find_fault_with_the_same_fields(seed: int) -> None:
    random = Random(seed)
    bodies = [
        {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "a"}, "spec": _spec(random)}
        for _ in range(2000)
    ]
    lines = "\n".join(map(json.dumps, bodies))
    done = subprocess.run(
        [find("cert-manager-webhook")], input=lines, capture_output=True, text=True, check=True, timeout=60
    )
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(said) == len(bodies)
    assert sum(not errors for errors in said) > 20
    for body, errors in zip(bodies, said, strict=True):
        resource = identify(body, FileOrigin("a.yaml", 0), "default", frozenset())
        assert resource is not None
        ours = review(decode_certificate(resource))
        assert (ours.admits, _fields(list(ours.errors))) == (not errors, _fields(errors)), body["spec"]
