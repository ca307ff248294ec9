"""CAs of all sorts for cert-manager to sign with, and random Certificates under them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.pki import Made, key, make

Manifest = dict[str, Any]
NAMESPACE = "chained"
_SIGN = ("key_cert_sign", "crl_sign")
_LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)

_DURATIONS = (None, "1h", "720h", "2160h", "8760h", "43800h")
_USAGES: tuple[list[str] | None, ...] = (
    None, None, ["server auth"], ["client auth"], ["digital signature", "key encipherment", "server auth", "client auth"],
    ["any"], ["key encipherment", "server auth"], ["digital signature", "code signing"], ["cert sign"],
    ["digital signature", "client auth", "any"],
)  # fmt: skip
_NAMES: tuple[Manifest, ...] = (
    {"dnsNames": ["a.example.com"]}, {"dnsNames": ["a.example.org"]}, {"dnsNames": ["*.example.com"]},
    {"dnsNames": ["deep.a.example.com", "example.com"]}, {"commonName": "a.example.com"}, {"commonName": "shop"},
    {"uris": ["spiffe://example.com/ns/a"]}, {"uris": ["spiffe://other.test/ns/a"]}, {"ipAddresses": ["10.0.0.1"]},
    {"ipAddresses": ["192.0.2.1"]}, {"emailAddresses": ["a@example.com"]}, {"dnsNames": ["secret.example.com"]},
    {"commonName": "shop", "dnsNames": ["a.example.com"], "uris": ["spiffe://example.com/ns/a"]},
)  # fmt: skip
_KEYS: tuple[Manifest | None, ...] = (
    None, {"algorithm": "ECDSA"}, {"algorithm": "ECDSA", "size": 384}, {"algorithm": "Ed25519"},
    {"algorithm": "ECDSA", "rotationPolicy": "Never"},
)  # fmt: skip
_CONSTRAINTS: tuple[Manifest | None, ...] = (
    None, None, None,
    {"critical": True, "permitted": {"dnsDomains": ["example.com"]}},
    {"permitted": {"dnsDomains": ["example.com"], "ipRanges": ["10.0.0.0/8"]}, "excluded": {"dnsDomains": ["secret.example.com"]}},
    {"critical": True, "permitted": {"uriDomains": ["example.com"]}},
    {"critical": True, "excluded": {"emailAddresses": ["example.com"], "ipRanges": ["192.0.2.0/24"]}},
)  # fmt: skip


def by_hand() -> Iterator[tuple[str, list[Made], str]]:
    """Name, tls.crt (the one that signs first) and ca.crt of each CA that cert-manager did not make."""
    root = _ca("hand-root", 40)
    yield "root", [root], ""
    yield "root-rsa", [_ca("hand-rsa", 41, algorithm="rsa")], ""
    yield "root-ed25519", [_ca("hand-ed25519", 42, algorithm="ed25519")], ""
    yield "bare", [make("hand-bare", number=43, ca=True, days=3650)], ""
    yield "no-identifier", [_ca("hand-no-identifier", 44, identified=False)], ""
    yield "expired", [_ca("hand-expired", 45, start=_LONG_AGO, days=300)], ""
    yield "short", [_ca("hand-short", 46, start=datetime(2026, 11, 1, tzinfo=UTC), days=90)], ""
    yield "path-0", [_ca("hand-path-0", 47, path_length=0)], ""
    below = _ca("hand-below", 48, by=root, path_length=0)
    yield "below-alone", [below], ""
    yield "below-with-root", [below, root], ""
    yield "below-ca-crt", [below], root.pem
    yield "below-ca-crt-of-another", [below], _ca("hand-other", 49).pem
    yield "for-servers", [_ca("hand-for-servers", 50, by=root, eku=["server"]), root], ""
    yield "for-clients", [_ca("hand-for-clients", 51, eku=["client"])], ""
    lower = _ca("hand-lower", 52, by=_ca("hand-middle", 53, by=root))
    middle = _ca("hand-middle", 53, by=root)
    yield "three", [lower, middle, root], ""
    yield "three-disordered", [lower, root, middle], ""
    yield "no-sign", [_ca("hand-no-sign", 54, usages=("digital_signature",))], ""
    yield "same-name-as-root", [_ca("hand-root", 55)], ""
    narrow = x509.NameConstraints([x509.DNSName("example.com")], None)
    yield "narrow", [_ca("hand-narrow", 56, more=[(narrow, True)])], ""


def _ca(name: str, number: int, *, identified: bool = True, by: Made | None = None, **more: Any) -> Made:
    """A CA with key identifiers, as software makes them."""
    algorithm = more.get("algorithm", "ecdsa")
    extensions: list[tuple[x509.ExtensionType, bool]] = list(more.pop("more", ()))
    if identified:
        public = key(algorithm, number).public_key()
        extensions.append((x509.SubjectKeyIdentifier.from_public_key(public), False))
    if by is not None:
        held = by.cert.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        extensions.append((x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(held), False))
    usages = more.pop("usages", _SIGN)
    start = more.pop("start", datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number))
    options = {"days": 3650, **more}
    return make(
        name, number=number, ca=True, by=by, usages=usages, start=start, more=extensions, serial=number, **options
    )


def foundation() -> Iterator[Manifest]:
    """The Secrets of the CAs that were made by hand, and an Issuer for each; one that signs itself."""
    yield _issuer("self", {"selfSigned": {}})
    for name, chain, ca_crt in by_hand():
        private = chain[0].key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        data = {"tls.crt": "".join(m.pem for m in chain), "tls.key": private, **({"ca.crt": ca_crt} if ca_crt else {})}
        meta = {"name": f"hand-{name}", "namespace": NAMESPACE}
        yield {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "kubernetes.io/tls", "stringData": data}
        extra = {"crlDistributionPoints": ["http://crl.example.com/a.crl"], "ocspServers": ["http://ocsp.example.com"]}
        yield _issuer(f"hand-{name}", {"ca": {"secretName": f"hand-{name}", **(extra if name == "root-rsa" else {})}})


def variant(seed: int) -> list[Manifest]:
    """A CA under one of them with its Issuer, or a leaf under one of them or under an earlier seed's CA."""
    random = Random(f"chained {seed}")
    hands = [f"hand-{name}" for name, _, _ in by_hand()]
    cas = [f"ca{n}" for n in range(seed) if n % 4 == 0]
    spec: Manifest = {"duration": random.choice(_DURATIONS), "privateKey": random.choice(_KEYS)}
    if seed % 4 == 0:
        above = random.choice(["self", *hands, *(cas[-3:])])
        spec |= {"isCA": True, "commonName": f"ca{seed}", "nameConstraints": random.choice(_CONSTRAINTS)}
        return [_certificate(f"ca{seed}", above, spec), _issuer(f"ca{seed}", {"ca": {"secretName": f"ca{seed}-tls"}})]
    spec |= {"usages": random.choice(_USAGES), **random.choice(_NAMES)}
    if random.random() < 0.1:
        spec["isCA"] = True
    return [_certificate(f"leaf{seed}", random.choice(["self", *hands, *cas, *cas]), spec)]


def _certificate(name: str, issuer: str, spec: Manifest) -> Manifest:
    kept = {k: v for k, v in spec.items() if v is not None}
    body = {"secretName": f"{name}-tls", "issuerRef": {"name": issuer}, **kept}
    return _object("Certificate", name, body)


def _issuer(name: str, spec: Manifest) -> Manifest:
    return _object("Issuer", name, spec)


def _object(kind: str, name: str, spec: Manifest) -> Manifest:
    meta = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "cert-manager.io/v1", "kind": kind, "metadata": meta, "spec": spec}
