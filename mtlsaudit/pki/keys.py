"""Keys to the digest of their public half. A private key is here for one moment, and nothing else of it comes out."""

from __future__ import annotations

import hashlib
import warnings

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key


def public_half(pem: bytes) -> str:
    """SHA-256 (hex) of the SubjectPublicKeyInfo that belongs to a PEM private key, or empty when it does not load."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # of Diffie-Hellman keys the library says that it will not read them for ever
            key = load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
        spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return ""
    return hashlib.sha256(spki).hexdigest()


def requested_key(der: bytes) -> str:
    """SHA-256 (hex) of the SubjectPublicKeyInfo in a signing request (PKCS #10), or empty when it does not load."""
    try:
        key = x509.load_der_x509_csr(der).public_key()
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return ""
    return hashlib.sha256(spki).hexdigest()
