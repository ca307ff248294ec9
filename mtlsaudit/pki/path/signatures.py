"""The signature on a certificate of a path, by the key of the one above it."""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.pki.signature import Signature, check, load
from mtlsaudit.pki.verified import once


def link_signature(child: Certificate, issuer: Certificate) -> Signature:
    """Did the issuer's key sign the child?"""
    if not issuer.spki_sha256:
        return Signature.UNCHECKABLE
    return once((child.sha256, issuer.spki_sha256), lambda: _verified(child.der, issuer.der))


def _verified(child: bytes, issuer: bytes) -> Signature:
    key = public_key(issuer)
    return Signature.UNCHECKABLE if key is None else check(load(child), key)


@lru_cache(maxsize=4096)
def public_key(der: bytes) -> CertificatePublicKeyTypes | None:
    """The public key of a certificate, None where the library cannot load it."""
    try:
        return load(der).public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
