"""PKCS#12 keystores (RFC 7292): the certificates come out, of the key only the digest of its public half."""

from __future__ import annotations

import hashlib
import warnings
from typing import NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12KeyAndCertificates, load_pkcs12


class Keystore(NamedTuple):
    """`certificates` as DER, that of the key first. `key` is the SHA-256 of its public half, None without a key."""

    certificates: tuple[bytes, ...]
    key: str | None


def open_keystore(der: bytes, password: bytes | None) -> Keystore | None:
    """What the keystore holds; None where it does not open, which with a wrong password looks like a broken file.

    The empty password and none at all are tried too: programs differ in what they write without one.
    """
    for attempt in dict.fromkeys((password, None, b"")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return _contents(load_pkcs12(der, attempt))
            except (ValueError, TypeError, UnsupportedAlgorithm):
                continue
    return None


def _contents(loaded: PKCS12KeyAndCertificates) -> Keystore:
    own = (loaded.cert,) if loaded.cert else ()
    found = [c.certificate.public_bytes(Encoding.DER) for c in (*own, *loaded.additional_certs)]
    half = None
    if loaded.key is not None:
        spki = loaded.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        half = hashlib.sha256(spki).hexdigest()
    return Keystore(tuple(found), half)
