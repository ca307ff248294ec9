"""DER → Certificate. Every part is read on its own: one bad extension does not lose the certificate.

What `cryptography` refuses and how (pyca/cryptography 50, vectors of that release): a broken extension fails the
whole `.extensions`; an unknown curve or key algorithm raises UnsupportedAlgorithm; bad UTF-8 in a name raises
ValueError on the name only.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mtlsaudit.model.certificate import Certificate, KeyInfo, Names

_T = TypeVar("_T")
_E = TypeVar("_E", bound=x509.ExtensionType)

_UNREADABLE = (ValueError, UnsupportedAlgorithm, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)

_EKU = {
    ExtendedKeyUsageOID.SERVER_AUTH: "server auth",
    ExtendedKeyUsageOID.CLIENT_AUTH: "client auth",
    ExtendedKeyUsageOID.CODE_SIGNING: "code signing",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "email protection",
    ExtendedKeyUsageOID.TIME_STAMPING: "timestamping",
    ExtendedKeyUsageOID.OCSP_SIGNING: "ocsp signing",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "any",
}


class MalformedCertificate(ValueError):
    """The DER is no certificate at all; the message says what failed."""


_decoded: dict[bytes, Certificate] = {}
"""What was decoded in this process or in one that it started: a certificate is read once, wherever it stands."""


def remember(decoded: Mapping[bytes, Certificate]) -> None:
    """Take over what another process decoded."""
    _decoded.update(decoded)


def decode(der: bytes) -> Certificate:
    """The certificate in `der`; parts that do not parse are named in `problems`. Raises MalformedCertificate."""
    found = _decoded.get(der)
    if found is None:
        found = _decoded[der] = _load(der)
    return found


def _load(der: bytes) -> Certificate:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            cert = x509.load_der_x509_certificate(der)
        except (ValueError, x509.InvalidVersion) as error:
            raise MalformedCertificate(_first_line(error)) from None
        return _read(cert, der)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:160] if str(error) else type(error).__name__


def _read(cert: x509.Certificate, der: bytes) -> Certificate:
    problems: list[str] = []

    def attempt(what: str, read: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return read()
        except _UNREADABLE as error:
            problems.append(f"{what}: {_first_line(error)}")
            return otherwise

    extensions = attempt("extensions", lambda: cert.extensions, x509.Extensions([]))
    constraints = _extension(extensions, x509.BasicConstraints)
    subject = attempt("subject", lambda: cert.subject, x509.Name([]))
    issuer = attempt("issuer", lambda: cert.issuer, x509.Name([]))
    algorithm = attempt("signature algorithm", lambda: cert.signature_hash_algorithm, None)
    return Certificate(
        sha256=hashlib.sha256(der).hexdigest(),
        spki_sha256=attempt("public key", lambda: _spki(cert), ""),
        subject=_text(subject),
        common_name=_common_name(subject),
        issuer=_text(issuer),
        serial=f"{cert.serial_number:x}",
        not_before=cert.not_valid_before_utc,
        not_after=cert.not_valid_after_utc,
        key=attempt("public key type", lambda: _key(cert), KeyInfo("unknown", None)),
        signature_hash=algorithm.name if algorithm else "",
        names=attempt("subject alternative names", lambda: _names(extensions), Names()),
        key_usage=_key_usage(extensions),
        ext_key_usage=_ext_key_usage(extensions),
        is_ca=bool(constraints and constraints.ca),
        path_length=constraints.path_length if constraints else None,
        self_signed=bool(issuer == subject and attempt("own signature", lambda: _signs_itself(cert), False)),
        version=cert.version.value + 1,
        problems=tuple(problems),
    )


def _extension(extensions: x509.Extensions, kind: type[_E]) -> _E | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


@lru_cache(maxsize=1024)
def _text(name: x509.Name) -> str:
    return name.rfc4514_string()


def _common_name(name: x509.Name) -> str:
    values = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(values[0].value) if values else ""


def _spki(cert: x509.Certificate) -> str:
    spki = cert.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def _key(cert: x509.Certificate) -> KeyInfo:
    match cert.public_key():
        case rsa.RSAPublicKey() as key:
            return KeyInfo("RSA", key.key_size)
        case ec.EllipticCurvePublicKey() as key:
            return KeyInfo("ECDSA", key.curve.key_size, key.curve.name)
        case ed25519.Ed25519PublicKey():
            return KeyInfo("Ed25519", None)
        case ed448.Ed448PublicKey():
            return KeyInfo("Ed448", None)
        case dsa.DSAPublicKey() as key:
            return KeyInfo("DSA", key.key_size)
        case other:
            return KeyInfo(type(other).__name__.removesuffix("PublicKey").lstrip("_"), None)


def _names(extensions: x509.Extensions) -> Names:
    san = _extension(extensions, x509.SubjectAlternativeName)
    if san is None:
        return Names()
    return Names(
        dns=tuple(san.get_values_for_type(x509.DNSName)),
        uri=tuple(san.get_values_for_type(x509.UniformResourceIdentifier)),
        ip=tuple(str(ip) for ip in san.get_values_for_type(x509.IPAddress)),
        email=tuple(san.get_values_for_type(x509.RFC822Name)),
    )


_KEY_USAGES = (
    ("digital_signature", "digital signature"),
    ("content_commitment", "content commitment"),
    ("key_encipherment", "key encipherment"),
    ("data_encipherment", "data encipherment"),
    ("key_agreement", "key agreement"),
    ("key_cert_sign", "cert sign"),
    ("crl_sign", "crl sign"),
)


def _key_usage(extensions: x509.Extensions) -> tuple[str, ...] | None:
    usage = _extension(extensions, x509.KeyUsage)
    return None if usage is None else tuple(word for name, word in _KEY_USAGES if getattr(usage, name))


def _ext_key_usage(extensions: x509.Extensions) -> tuple[str, ...] | None:
    usage = _extension(extensions, x509.ExtendedKeyUsage)
    return None if usage is None else tuple(_EKU.get(oid, oid.dotted_string) for oid in usage)


def _signs_itself(cert: x509.Certificate) -> bool:
    """A self-signed certificate verifies with its own key; SHA-1 and MD5, which the library refuses, count by name."""
    try:
        cert.verify_directly_issued_by(cert)
    except UnsupportedAlgorithm:
        return True
    except (ValueError, TypeError) as error:
        return "nsupported" in str(error)
    except InvalidSignature:
        return False
    return True
