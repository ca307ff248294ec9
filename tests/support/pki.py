"""Keys and certificates for tests, made when asked for; all dates are fixed."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

START = datetime(2026, 1, 1, tzinfo=UTC)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
_EKU = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}


def key(algorithm: str = "ecdsa", number: int = 0) -> Key:
    """A private key, the same for the same arguments within a process: rsa, rsa1024, ecdsa, p384, p521, ed25519."""
    return _key(algorithm, number)


@cache
def _key(algorithm: str, _: int) -> Key:
    match algorithm:
        case "rsa":
            return rsa.generate_private_key(65537, 2048)
        case "rsa1024":
            return rsa.generate_private_key(65537, 1024)
        case "p384":
            return ec.generate_private_key(ec.SECP384R1())
        case "p521":
            return ec.generate_private_key(ec.SECP521R1())
        case "ecdsa":
            return ec.generate_private_key(ec.SECP256R1())
        case "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
    raise ValueError(algorithm)


@dataclass(frozen=True)
class Made:
    """A certificate with its key."""

    cert: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.cert.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        return self.cert.public_bytes(Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return pem_of(self.key)


def pem_of(private: Key) -> str:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def make(
    name: str = "leaf",
    *,
    by: Made | None = None,
    algorithm: str = "ecdsa",
    number: int = 0,
    dns: Sequence[str] = (),
    uri: Sequence[str] = (),
    ip: Sequence[str] = (),
    email: Sequence[str] = (),
    usages: Sequence[str] | None = None,
    eku: Sequence[str] | None = None,
    start: datetime = START,
    days: float = 90,
    ca: bool | None = None,
    path_length: int | None = None,
    serial: int = 1,
    extra: Sequence[tuple[str, bytes]] = (),
    more: Sequence[tuple[x509.ExtensionType, bool]] = (),
    subject: x509.Name | None = None,
    issuer: x509.Name | None = None,
    digest: hashes.HashAlgorithm | None = None,
    pss: bool = False,
    own: Key | None = None,
) -> Made:
    """A certificate; self-signed without `by`. `ca` None leaves the basic constraints out; `extra` are raw extensions.

    `more` are extensions and whether they are critical; `subject` and `issuer` replace the names, `digest`
    SHA-256, `own` the key.
    """
    private = key(algorithm, number) if own is None else own
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) if subject is None else subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer if issuer is not None else by.cert.subject if by else subject)
        .public_key(private.public_key())
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, path_length), critical=True)
    names: list[x509.GeneralName] = [
        *map(x509.DNSName, dns),
        *map(x509.UniformResourceIdentifier, uri),
        *(x509.IPAddress(ipaddress.ip_address(a)) for a in ip),
        *map(x509.RFC822Name, email),
    ]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if usages is not None:
        builder = builder.add_extension(x509.KeyUsage(**{u: u in usages for u in _USAGES}), critical=True)
    if eku is not None:
        oids = [_EKU.get(e) or ObjectIdentifier(e) for e in eku]
        builder = builder.add_extension(x509.ExtendedKeyUsage(oids), critical=False)
    for oid, value in extra:
        builder = builder.add_extension(x509.UnrecognizedExtension(ObjectIdentifier(oid), value), critical=False)
    for value, critical in more:
        builder = builder.add_extension(value, critical=critical)
    signer = by.key if by else private
    if isinstance(signer, ed25519.Ed25519PrivateKey):
        return Made(builder.sign(signer, None), private)
    padded = padding.PSS(padding.MGF1(hashes.SHA256()), 32) if pss else None
    return Made(builder.sign(signer, digest or hashes.SHA256(), rsa_padding=padded), private)


def _spellings(pem: str) -> list[str]:
    body = "".join(line for line in pem.splitlines() if "-----" not in line)
    shifted = ["x" * n + text for text in (pem, body) for n in (0, 1, 2)]
    return [body, *(base64.b64encode(text.encode()).decode()[4:-4] for text in shifted)]


def windows(*texts: str) -> set[str]:
    """Every 20 characters in a row."""
    return {text[i : i + 20] for text in texts for i in range(len(text) - 19)}


def key_windows(made: Made) -> set[str]:
    """Those of the key's base64, plain and encoded once more; without what its certificate spells alike (algorithm, public key)."""
    return windows(*_spellings(made.key_pem)) - windows(*_spellings(made.pem))
