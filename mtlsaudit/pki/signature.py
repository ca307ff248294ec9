"""Signatures on certificates and CRLs, checked once a process; weak hashes are checked too, not refused."""

from __future__ import annotations

import warnings
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes


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


def _verify(
    signed: x509.Certificate | x509.CertificateRevocationList, key: CertificatePublicKeyTypes, body: bytes
) -> None:
    digest = signed.signature_hash_algorithm
    match key:
        case rsa.RSAPublicKey():
            parameters = signed.signature_algorithm_parameters
            if digest is None or parameters is None or isinstance(parameters, ec.ECDSA):
                raise InvalidSignature  # signed with a key of another kind
            key.verify(signed.signature, body, parameters, digest)
        case ec.EllipticCurvePublicKey():
            parameters = signed.signature_algorithm_parameters
            if not isinstance(parameters, ec.ECDSA):
                raise InvalidSignature
            key.verify(signed.signature, body, parameters)
        case dsa.DSAPublicKey():
            if digest is None or signed.signature_algorithm_parameters is not None:
                raise InvalidSignature
            key.verify(signed.signature, body, digest)
        case _:
            if digest is not None:
                raise InvalidSignature
            key.verify(signed.signature, body)  # type: ignore[union-attr]
