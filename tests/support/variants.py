"""Random Certificates, Issuers and Ingresses for cert-manager: usual values, limits, and values that are wrong."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

Manifest = dict[str, Any]

_DURATIONS = (
    None, "1h", "24h", "90m", "720h", "2160h", "8760h", "87600h", "43199m60s", "30m", "2160h0m0.5s", "1h1ns",
)  # fmt: skip
_BEFORE = (None, None, "5m", "1h", "15m", "240h", "720h", "2159h59m", "4m", "0s", "-1h", "1500ms", "720h0m0.25s")
_PERCENTAGES = (None, None, None, 1, 25, 33, 50, 99, 100, 0, -5, 101)
_KEYS: tuple[Manifest | None, ...] = (
    None, {"algorithm": "ECDSA"}, {"algorithm": "ECDSA", "size": 256}, {"algorithm": "ECDSA", "size": 384},
    {"algorithm": "ECDSA", "size": 521}, {"algorithm": "ECDSA", "size": 255}, {"algorithm": "Ed25519"},
    {"algorithm": "Ed25519", "size": 4096}, {"algorithm": "RSA", "size": 3072}, {"algorithm": "RSA", "size": 2048},
    {"algorithm": "RSA", "size": 1024}, {"algorithm": "DSA"}, {"size": 2048}, {"encoding": "PKCS8"}, {"size": 0},
    {"algorithm": "ECDSA", "encoding": "PKCS8"}, {"algorithm": "Ed25519", "encoding": "PKCS1"},
)  # fmt: skip
_USAGES = (
    "digital signature", "key encipherment", "server auth", "client auth", "cert sign", "crl sign", "any", "signing",
    "content commitment", "data encipherment", "key agreement", "encipher only", "decipher only", "code signing",
    "email protection", "s/mime", "ipsec end system", "ipsec tunnel", "ipsec user", "timestamping", "ocsp signing",
    "microsoft sgc", "netscape sgc",
)  # fmt: skip
_DNS = (
    "a.example.com",
    "*.example.com",
    "A.Example.COM",
    "a",
    "xn--bcher-kva.example",
    "a_b.example.com",
    "a.example.com.",
)
_IPS = ("10.0.0.1", "2001:db8::1", "2001:DB8:0:0::1", "::ffff:10.0.0.2", "10.0.0.256")
_URIS = ("spiffe://cluster.local/ns/a/sa/b", "https://a.example.com/x?y=1", "urn:uuid:1")
_EMAILS = ("a@example.com", "B.C+d@Example.com", "no-at-sign")
_SUBJECTS: tuple[Manifest | None, ...] = (
    None, None, {"organizations": ["b", "a"]}, {"organizations": ["o"], "organizationalUnits": ["u"], "countries": ["DE"]},
    {"localities": ["l"], "provinces": ["p"], "streetAddresses": ["s 1"], "postalCodes": ["1"], "serialNumber": "7"},
    {"organizations": ["a, b", "c+d=e"]},
)  # fmt: skip
_SHIM = {
    "duration": ("2160h", "90d", "24h", "1h30m", "", "30m", "2160"),
    "renew-before": ("720h", "15m", "30d", "0s", "4m"),
    "renew-before-percentage": ("25", "0", "100", "x", "2.5", " 25"),
    "usages": ("client auth", "server auth,client auth", "server auth, client auth", "bad", "", "client auth,"),
    "private-key-algorithm": ("ECDSA", "RSA", "Ed25519", "rsa", "DSA", ""),
    "private-key-size": ("256", "384", "2048", "x", "3072", "0"),
    "private-key-encoding": ("PKCS1", "PKCS8", "DER"),
    "private-key-rotation-policy": ("Always", "Never", "never", ""),
    "revision-history-limit": ("3", "0", "x", "-1"),
    "common-name": ("shop", "", "x" * 65),
    "subject-organizations": ("a,b", '"a,b",c', ""),
    "alt-names": ("alt.example.com", "b.example.com, c.example.com", ""),
    "ip-sans": ("10.0.0.9", "10.0.0.9,2001:db8::2", "x"),
    "uri-sans": ("spiffe://a/b", "spiffe://a/b,spiffe://c/d", ""),
    "email-sans": ("a@example.com", "a@example.com,b@example.com"),
    "issuer-kind": ("ClusterIssuer", "Issuer", "Other"),
    "issuer-group": ("cert-manager.io", "other.example.com"),
    "secret-template": ('{"labels": {"a": "b"}}', "{"),
    "issue-temporary-certificate": ("true", "false"),
}


def foundation() -> Iterator[Manifest]:
    """A root under a self-signed issuer, and the ClusterIssuers that variants name."""
    yield _object("ClusterIssuer", "variants-self", "", {"selfSigned": {}})
    root = {"isCA": True, "commonName": "variants-root", "secretName": "variants-root", "duration": "87600h"}
    key = {"algorithm": "ECDSA", "size": 256}
    issuer = {"name": "variants-self", "kind": "ClusterIssuer"}
    yield _object("Certificate", "variants-root", "cert-manager", {**root, "privateKey": key, "issuerRef": issuer})
    yield _object("ClusterIssuer", "variants-ca", "", {"ca": {"secretName": "variants-root"}})


def variant(seed: int) -> list[Manifest]:
    """One Certificate or one Ingress, always the same for a seed."""
    random = Random(seed)
    return [_ingress(random, seed) if seed % 3 == 0 else _certificate(random, seed)]


def _certificate(random: Random, seed: int) -> Manifest:
    name = f"c{seed}"
    spec: Manifest = {
        "secretName": f"{name}-tls",
        "issuerRef": {"name": random.choice(("variants-ca", "variants-ca", "variants-self", "nobody")), "kind": "ClusterIssuer"},
    }  # fmt: skip
    one = random.random
    optional = {
        "duration": random.choice(_DURATIONS),
        "renewBefore": random.choice(_BEFORE),
        "renewBeforePercentage": random.choice(_PERCENTAGES),
        "usages": random.sample(_USAGES, random.randint(1, 4)) if one() < 0.6 else None,
        "isCA": True if one() < 0.2 else None,
        "commonName": random.choice((None, "shop", "a.example.com", "Ü shop", "x" * 65)) if one() < 0.6 else None,
        "dnsNames": random.sample(_DNS, random.randint(1, 3)) if one() < 0.7 else None,
        "ipAddresses": random.sample(_IPS, random.randint(1, 2)) if one() < 0.25 else None,
        "uris": random.sample(_URIS, random.randint(1, 2)) if one() < 0.25 else None,
        "emailAddresses": random.sample(_EMAILS, 1) if one() < 0.2 else None,
        "subject": random.choice(_SUBJECTS),
        "privateKey": _key(random),
        "revisionHistoryLimit": random.choice((None, 1, 3)),  # 0 is asked for anew for ever
        "encodeUsagesInRequest": random.choice((None, True, False)),
        "signatureAlgorithm": random.choice((None, None, None, "SHA256WithRSA", "ECDSAWithSHA384", "PureEd25519")),
        "renewal": {"policy": random.choice(("Disabled", "RenewBefore"))} if one() < 0.15 else None,
    }
    # Few wrong things at a time: a Certificate with ten of them shows one.
    kept = {k: v for k, v in optional.items() if v is not None and (k in ("dnsNames", "privateKey") or one() < 0.6)}
    return _object("Certificate", name, "variants", {**spec, **kept})


def _key(random: Random) -> Manifest | None:
    chosen = random.choice(_KEYS)
    policy = random.choice((None, "Always", "Never"))
    return chosen if policy is None else {**(chosen or {}), "rotationPolicy": policy}


def _ingress(random: Random, seed: int) -> Manifest:
    chosen = random.sample(sorted(_SHIM), random.randint(0, 3))
    annotations = {f"cert-manager.io/{name}": random.choice(_SHIM[name]) for name in chosen}
    issuer = random.choice(("cluster-issuer", "cluster-issuer", "cluster-issuer", "issuer", "both", "acme"))
    if issuer in ("cluster-issuer", "both"):
        annotations["cert-manager.io/cluster-issuer"] = random.choice(
            ("variants-ca", "variants-ca", "variants-self", "")
        )
    if issuer in ("issuer", "both"):
        annotations["cert-manager.io/issuer"] = random.choice(("variants-ca", ""))
    if issuer == "acme":
        annotations["kubernetes.io/tls-acme"] = "true"
    blocks = []
    for number in range(random.choice((0, 1, 1, 1, 2, 2, 3))):
        hosts = [
            f"h{seed}-{number}.example.com",
            *random.sample(("10.0.0.7", "*.b.example.com", f"h{seed}-0.example.com"), 1),
        ]
        secret = f"i{seed}-{random.choice((number, number, 0))}"
        block: Manifest = {"hosts": hosts[: random.choice((0, 1, 1, 2))], "secretName": secret}
        if random.random() < 0.1:
            del block["secretName"]
        blocks.append(block)
    backend = {"service": {"name": "shop", "port": {"number": 80}}}
    rule = {
        "host": f"h{seed}-0.example.com",
        "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
    }
    made = _object("Ingress", f"i{seed}", "variants", {"rules": [rule], **({"tls": blocks} if blocks else {})})
    made["apiVersion"] = "networking.k8s.io/v1"
    made["metadata"]["annotations"] = annotations
    return made


def _object(kind: str, name: str, namespace: str, spec: Manifest) -> Manifest:
    meta = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "cert-manager.io/v1", "kind": kind, "metadata": meta, "spec": spec}
