"""DER → Certificate. Every part is read on its own: one bad extension does not lose the certificate.

What `cryptography` refuses and how (pyca/cryptography 50, vectors of that release): a broken extension fails the
whole `.extensions`, so they are then read one by one; an unknown curve or key algorithm raises UnsupportedAlgorithm;
bad UTF-8 in a name raises ValueError on the name only.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID, PublicKeyAlgorithmOID, SignatureAlgorithmOID

from mtlsaudit.model.certificate import Certificate, KeyInfo
from mtlsaudit.pki.der import children, whole
from mtlsaudit.pki.extensions import Extensions, read_extensions
from mtlsaudit.pki.profiles import read_by_profile
from mtlsaudit.pki.raw import RawParts, extensions_one_by_one, raw_parts
from mtlsaudit.pki.signature import Signature, check
from mtlsaudit.pki.verified import Link, once

_T = TypeVar("_T")

_UNREADABLE = (ValueError, UnsupportedAlgorithm, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


_SEQUENCE = 0x30


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
            raw = raw_parts(der)
        except (ValueError, x509.InvalidVersion) as error:
            raise MalformedCertificate(_first_line(error)) from None
        return _read(cert, der, raw)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:160] if str(error) else type(error).__name__


def _read(cert: x509.Certificate, der: bytes, raw: RawParts) -> Certificate:
    problems: list[str] = []

    def attempt(what: str, read: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return read()
        except _UNREADABLE as error:
            problems.append(f"{what}: {_first_line(error)}")
            return otherwise

    subject = attempt("subject", lambda: _subject(raw.subject, cert), _NO_NAME)
    issuer = attempt("issuer", lambda: _issuer(raw.issuer, cert), _NO_NAME)
    algorithm = attempt("signature algorithm", lambda: cert.signature_hash_algorithm, None)
    extended = read_by_profile(der, raw.after, raw.end, problems, lambda: _extensions(cert, der, problems))
    found = extended.shared
    spki, key = _key(cert, raw, problems)
    own = hashlib.sha256(der).hexdigest(), hashlib.sha256(spki).hexdigest() if spki else ""
    return Certificate(
        der=der,
        sha256=own[0],
        spki_sha256=own[1],
        subject=subject.text,
        subject_raw=raw.subject,
        common_name=subject.common_name,
        issuer=issuer.text,
        issuer_raw=issuer.raw or raw.issuer,
        serial=f"{cert.serial_number:x}",
        not_before=cert.not_valid_before_utc,
        not_after=cert.not_valid_after_utc,
        key=key,
        signature_hash=algorithm.name if algorithm else "",
        signature_algorithm=_algorithm(cert),
        names=extended.names,
        key_usage=found.key_usage,
        ext_key_usage=found.ext_key_usage,
        has_basic_constraints=found.has_basic_constraints,
        is_ca=found.is_ca,
        path_length=found.path_length,
        subject_key_id=extended.subject_key_id,
        authority_key_id=found.authority_key_id,
        authority_issuer_raw=found.authority_issuer_raw,
        authority_serial=found.authority_serial,
        name_constraints=found.name_constraints,
        extensions=found.oids,
        critical=found.critical,
        unhandled_critical=found.unhandled_critical,
        revocation=found.revocation,
        must_staple=found.must_staple,
        policy_required=found.policy_required,
        self_signed=raw.issuer == raw.subject and attempt("own signature", lambda: _signs_itself(cert, own), False),
        version=cert.version.value + 1,
        problems=tuple(problems),
    )


def _extensions(cert: x509.Certificate, der: bytes, problems: list[str]) -> Extensions:
    try:
        return read_extensions(cert.extensions, problems)
    except _UNREADABLE:
        found, bad = extensions_one_by_one(cert, der)
        problems += bad
        return read_extensions(found, problems)


class _Name(NamedTuple):
    text: str
    common_name: str
    raw: bytes = b""


_NO_NAME = _Name("", "")
_issuers: dict[bytes, _Name] = {}
"""Issuers come again and again; each is put into words once, and is one object for all that they issued."""


def _issuer(raw: bytes, cert: x509.Certificate) -> _Name:
    found = _issuers.get(raw)
    if found is None:
        found = _issuers[raw] = _words(raw, cert.issuer)
    return found


_PLAIN_SUBJECT = re.compile(rb"0.1.0.\x06\x03\x55\x04\x03[\x0c\x13].([A-Za-z0-9._*-]+)", re.DOTALL)
_LENGTH_AT = 12
"""One common name, a UTF8String or PrintableString in which RFC 4514 escapes nothing; the library has seen that it is DER."""


def _subject(raw: bytes, cert: x509.Certificate) -> _Name:
    plain = _PLAIN_SUBJECT.fullmatch(raw) if len(raw) < 0x80 else None
    if plain is not None and raw[_LENGTH_AT] == len(plain[1]):
        common_name = plain[1].decode("ascii")
        return _Name(f"CN={common_name}", common_name)
    return _issuers.get(raw) or _words(raw, cert.subject)


def _words(raw: bytes, name: x509.Name) -> _Name:
    values = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return _Name(name.rfc4514_string(), str(values[0].value) if values else "", raw)


_ALGORITHMS = {
    oid: name.lower().replace("_", "-") for name, oid in vars(SignatureAlgorithmOID).items() if name.isupper()
}


def _algorithm(cert: x509.Certificate) -> str:
    """As `ecdsa-with-sha256`, `rsa-with-sha1`, `rsassa-pss`, `ed25519`; the OID of one that the library does not know."""
    oid = cert.signature_algorithm_oid
    return _ALGORITHMS.get(oid) or oid.dotted_string


def _key(cert: x509.Certificate, raw: RawParts, problems: list[str]) -> tuple[bytes, KeyInfo]:
    """The public key as the library writes it, empty where it cannot, and what is known of it."""
    try:
        key = cert.public_key()
    except _UNREADABLE as error:
        problems += [f"public key: {_first_line(error)}", f"public key type: {_first_line(error)}"]
        return b"", _UNKNOWN_KEY
    if len(raw.spki) == _P256_SIZE and raw.spki.startswith(_P256):
        return raw.spki, _P256_KEY  # there is but one way to write it
    try:
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except _UNREADABLE as error:
        problems.append(f"public key: {_first_line(error)}")
        spki = b""
    try:
        return spki, _key_info(cert, key, spki == raw.spki)
    except _UNREADABLE as error:
        problems.append(f"public key type: {_first_line(error)}")
        return spki, _UNKNOWN_KEY


_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_P256_SIZE = len(_P256) + 64
_P256_KEY = KeyInfo("ECDSA", 256, "secp256r1")
_UNKNOWN_KEY = KeyInfo("unknown", None)
_key_of = lru_cache(maxsize=256)(KeyInfo)


def _key_info(cert: x509.Certificate, key: CertificatePublicKeyTypes, usual: bool) -> KeyInfo:
    encoding = "" if usual else "unusual"
    match key:
        case rsa.RSAPublicKey():
            return _key_of("RSA", key.key_size, "", encoding)
        case ec.EllipticCurvePublicKey():
            if not usual and cert.public_key_algorithm_oid == PublicKeyAlgorithmOID.EC_PUBLIC_KEY:
                encoding = _curve_encoding(cert)
            return _key_of("ECDSA", key.curve.key_size, key.curve.name, encoding)
        case ed25519.Ed25519PublicKey():
            return KeyInfo("Ed25519", None)
        case ed448.Ed448PublicKey():
            return KeyInfo("Ed448", None)
        case dsa.DSAPublicKey():
            return KeyInfo("DSA", key.key_size)
        case other:
            return KeyInfo(type(other).__name__.removesuffix("PublicKey").lstrip("_"), None)


def _curve_encoding(cert: x509.Certificate) -> str:
    """Is the curve an OID, or are its parameters spelt out (a SEQUENCE)?"""
    spki = raw_parts(cert.public_bytes(Encoding.DER)).spki
    algorithm = next(children(spki, whole(spki)))
    parameters = list(children(spki, algorithm))[1:]
    return "explicit curve" if parameters and parameters[0].tag == _SEQUENCE else "unusual"


def _signs_itself(cert: x509.Certificate, own: Link) -> bool:
    """Does it verify with its own key? What cannot be checked counts by its names."""
    key = cert.public_key()
    return once(own, lambda: check(cert, key)) is not Signature.BAD
