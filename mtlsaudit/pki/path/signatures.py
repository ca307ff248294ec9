"""Each signature is verified once: what came out is remembered by (certificate, key), and can be kept for a later run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.pki.signature import Signature, check, load

Link = tuple[str, str]
"""The certificate's SHA-256 and that of the issuer's public key: the same two always give the same answer."""

_known: dict[Link, Signature] = {}


def link_signature(child: Certificate, issuer: Certificate) -> Signature:
    """Did the issuer's key sign the child?"""
    if not issuer.spki_sha256:
        return Signature.UNCHECKABLE
    link = (child.sha256, issuer.spki_sha256)
    found = _known.get(link)
    if found is None:
        key = public_key(issuer.der)
        found = Signature.UNCHECKABLE if key is None else check(load(child.der), key)
        _known[link] = found
    return found


@lru_cache(maxsize=4096)
def public_key(der: bytes) -> CertificatePublicKeyTypes | None:
    """The public key of a certificate, None where the library cannot load it."""
    try:
        return load(der).public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None


def known_signatures() -> Mapping[Link, Signature]:
    """A copy of what this process has verified, or was told."""
    return dict(_known)


def remember_signatures(known: Mapping[Link, Signature]) -> None:
    """Take over what an earlier run verified. The caller vouches for where it was kept."""
    _known.update(known)
