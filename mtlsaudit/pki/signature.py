"""Signatures on certificates and CRLs, checked once a process; weak hashes are checked too, not refused."""

from __future__ import annotations

import warnings
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import SignatureAlgorithmOID


class Signature(StrEnum):
    """What a check came to; UNCHECKABLE is an algorithm or a key that cannot be used here."""

    GOOD = "good"
    BAD = "bad"
    UNCHECKABLE = "uncheckable"


def load(der: bytes) -> x509.Certificate:
    """The certificate as the library has it. What it warns of (a serial below 1) is known from decoding. Raises ValueError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return x509.load_der_x509_certificate(der)


def check(signed: x509.Certificate | x509.CertificateRevocationList, key: CertificatePublicKeyTypes) -> Signature:
    """Does `key` verify the signature? Nothing else is looked at: not names, not usages.

    `verify_directly_issued_by` is not used: it refuses SHA-1 and MD5, so that a weak link could not be told from a
    forged one, and it wants the names to be equal byte for byte, which OpenSSL does not (X509_NAME_cmp).
    """
    body = signed.tbs_certificate_bytes if isinstance(signed, x509.Certificate) else signed.tbs_certlist_bytes
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _verify(signed, key, body)
    except InvalidSignature:
        return Signature.BAD
    except (UnsupportedAlgorithm, ValueError, TypeError, AttributeError):
        return Signature.UNCHECKABLE
    return Signature.GOOD


_Signed = x509.Certificate | x509.CertificateRevocationList


def _oids(*words: str) -> frozenset[x509.ObjectIdentifier]:
    return frozenset(oid for name, oid in vars(SignatureAlgorithmOID).items() if name.lstrip("_").startswith(words))


_RSA, _PSS = _oids("RSA_WITH"), _oids("RSASSA_PSS")
_ECDSA, _DSA = _oids("ECDSA_WITH"), _oids("DSA_WITH")
_OTHER = _oids("ED25519", "ED448", "ML_DSA")
_KNOWN = _RSA | _PSS | _ECDSA | _DSA | _OTHER


def _verify(signed: _Signed, key: CertificatePublicKeyTypes, body: bytes) -> None:
    """The library's own choice of parameters is not used: for SHA-1 it has none."""
    oid, digest = signed.signature_algorithm_oid, signed.signature_hash_algorithm
    if oid not in _KNOWN:
        raise UnsupportedAlgorithm(oid.dotted_string)
    match key:
        case rsa.RSAPublicKey() if digest is not None and oid in _RSA:
            key.verify(signed.signature, body, padding.PKCS1v15(), digest)
        case rsa.RSAPublicKey() if digest is not None and oid in _PSS:
            key.verify(signed.signature, body, _pss(signed), digest)
        case ec.EllipticCurvePublicKey() if digest is not None and oid in _ECDSA:
            key.verify(signed.signature, body, ec.ECDSA(digest))
        case dsa.DSAPublicKey() if digest is not None and oid in _DSA:
            key.verify(signed.signature, body, digest)
        case rsa.RSAPublicKey() | ec.EllipticCurvePublicKey() | dsa.DSAPublicKey():
            raise InvalidSignature  # made with a key of another kind
        case _ if oid in _OTHER and digest is None:
            key.verify(signed.signature, body)  # type: ignore[union-attr]
        case _:
            raise InvalidSignature


def pss_parameters(der: bytes) -> padding.PSS | None:
    """Those of a certificate's own signature, None where it is no RSASSA-PSS."""
    parameters = load(der).signature_algorithm_parameters
    return parameters if isinstance(parameters, padding.PSS) else None


def _pss(signed: _Signed) -> padding.PSS:
    parameters = signed.signature_algorithm_parameters
    if not isinstance(parameters, padding.PSS):
        raise UnsupportedAlgorithm("RSASSA-PSS parameters")
    return parameters
