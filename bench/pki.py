"""One CA and the leaf certificates it signs, the same bytes in every run."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CURVE = ec.SECP256R1()


def derived_key(label: str) -> ec.EllipticCurvePrivateKey:
    """A key that anyone can derive: it protects nothing, and a corpus must be the same each time."""
    # 31 bytes are always below the order of P-256, so the value needs no reduction.
    number = int.from_bytes(hashlib.sha256(f"mtlsaudit bench {label}".encode()).digest()[:31], "big")
    return ec.derive_private_key(number, _CURVE)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _sign(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> bytes:
    # RFC 6979: without it the signature, and so every file, would differ from run to run.
    signed = builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    return signed.public_bytes(serialization.Encoding.PEM)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, as they stand in a Secret's data."""

    certificate: str
    key: str


@dataclass(frozen=True)
class Authority:
    """The CA of a corpus. `now` is the corpus's idea of today."""

    now: datetime

    @cached_property
    def _key(self) -> ec.EllipticCurvePrivateKey:
        return derived_key("ca")

    @cached_property
    def certificate(self) -> str:
        """The CA's own certificate in base64 of PEM."""
        name = _name("Bench CA")
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(self.now - timedelta(days=365))
            .not_valid_after(self.now + timedelta(days=3285))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        )
        return _b64(_sign(builder, self._key))

    def issue(self, serial: int, names: list[str], start: datetime, lifetime: timedelta) -> Pair:
        """A leaf for server and client authentication, with a key of its own."""
        key = derived_key(f"leaf {serial}")
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(names[0]))
            .issuer_name(_name("Bench CA"))
            .public_key(key.public_key())
            .serial_number(serial)
            .not_valid_before(start)
            .not_valid_after(start + lifetime)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return Pair(_b64(_sign(builder, self._key)), _b64(private))
