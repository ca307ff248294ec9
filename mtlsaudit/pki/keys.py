"""Private keys, for one moment: the digest of the public half comes out, nothing else does."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key


def public_half(pem: bytes) -> str:
    """SHA-256 (hex) of the SubjectPublicKeyInfo that belongs to a PEM private key, or empty when it does not load."""
    try:
        key = load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
        spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return ""
    return hashlib.sha256(spki).hexdigest()
