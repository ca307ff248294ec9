"""Who is taken for the issuer of a certificate, before any signature is checked."""

from __future__ import annotations

from collections.abc import Sequence

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Engine
from mtlsaudit.pki.names import canonical
from mtlsaudit.pki.path.store import self_issued


def by_identifiers(child: Certificate, candidates: Sequence[Certificate]) -> Sequence[Certificate]:
    """Those whose key identifier fits first, then those where one is absent, then those that differ."""
    if len(candidates) < 2:
        return candidates

    def rank(candidate: Certificate) -> int:
        if candidate.subject_key_id == child.authority_key_id:
            return 0
        return 1 if not candidate.subject_key_id or not child.authority_key_id else 2

    return sorted(candidates, key=rank)


def issued(engine: Engine, child: Certificate, issuer: Certificate) -> bool:
    """Does OpenSSL (or BoringSSL) take the one for the issuer of the other? Names are known to fit; no signature is checked.

    OpenSSL 3: ossl_x509_likely_issued, X509_check_akid. BoringSSL: X509_check_issued, which also wants cert sign.
    """
    if child.authority_key_id and issuer.subject_key_id and child.authority_key_id != issuer.subject_key_id:
        return False
    if child.authority_serial and child.authority_serial != issuer.serial:
        return False
    if child.authority_issuer_raw and canonical(child.authority_issuer_raw) != canonical(issuer.issuer_raw):
        return False
    if engine is Engine.BORINGSSL:
        return issuer.key_usage is None or "cert sign" in issuer.key_usage
    if () in (child.key_usage, issuer.key_usage):
        return False  # OpenSSL does not read the extensions of such a certificate (X509V3_R_EMPTY_KEY_USAGE)
    made_by = _MADE_BY.get(child.signature_algorithm.partition("-")[0])
    return made_by is None or issuer.key.algorithm in (made_by, "unknown")


_MADE_BY = {"rsa": "RSA", "rsassa": "RSA", "ecdsa": "ECDSA", "dsa": "DSA", "ed25519": "Ed25519", "ed448": "Ed448"}
"""The key that makes signatures of an algorithm, by the first word of its name."""


def looks_self_signed(engine: Engine, certificate: Certificate) -> bool:
    """By name and key identifiers, as OpenSSL tells it (EXFLAG_SS): the signature is not looked at."""
    return self_issued(certificate) and issued(engine, certificate, certificate)
