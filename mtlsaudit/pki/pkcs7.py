"""PKCS#7 (RFC 2315) as a bag of certificates: what Windows and some CAs hand out as .p7b or .p7c."""

from __future__ import annotations

import warnings

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates


def certificates_of(der: bytes) -> tuple[bytes, ...] | None:
    """The certificates as DER in the order of the file; None where the file cannot be read or holds none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return tuple(c.public_bytes(Encoding.DER) for c in load_der_pkcs7_certificates(der))
        except (ValueError, UnsupportedAlgorithm):
            return None
