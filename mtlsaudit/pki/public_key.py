"""A certificate's public key: its bytes as the library writes them, and what kind of key it is."""

from __future__ import annotations

from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import PublicKeyAlgorithmOID

from mtlsaudit.model.certificate import KeyInfo
from mtlsaudit.pki.der import children, whole
from mtlsaudit.pki.raw import RawParts, raw_parts
from mtlsaudit.pki.unreadable import UNREADABLE, in_words

_SEQUENCE = 0x30


def read_key(cert: x509.Certificate, raw: RawParts, problems: list[str]) -> tuple[bytes, KeyInfo]:
    """The public key as the library writes it, empty where it cannot, and what is known of it."""
    try:
        key = cert.public_key()
    except UNREADABLE as error:
        problems += [f"public key: {in_words(error)}", f"public key type: {in_words(error)}"]
        return b"", _UNKNOWN_KEY
    if len(raw.spki) == _P256_SIZE and raw.spki.startswith(_P256):
        return raw.spki, _P256_KEY  # there is but one way to write it
    try:
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except UNREADABLE as error:
        problems.append(f"public key: {in_words(error)}")
        spki = b""
    try:
        return spki, _key_info(cert, key, spki == raw.spki)
    except UNREADABLE as error:
        problems.append(f"public key type: {in_words(error)}")
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
