"""Revocation lists, where a verifier is given some: every CA of the path needs one (OpenSSL 3, check_revocation).

nginx `ssl_crl` and HAProxy `crl-file` set X509_V_FLAG_CRL_CHECK and CRL_CHECK_ALL, Envoy `crl` does too: each
certificate of the path, a self-signed root included, is looked up in a list of its issuer. Go looks at none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography import x509

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Engine
from mtlsaudit.pki.crl import Crl
from mtlsaudit.pki.names import canonical
from mtlsaudit.pki.path.found import Found
from mtlsaudit.pki.path.paths import Path
from mtlsaudit.pki.path.signatures import public_key
from mtlsaudit.pki.signature import Signature, check
from mtlsaudit.pki.verified import once

if TYPE_CHECKING:
    from mtlsaudit.pki.path.verifier import Verifier


def revocation_defects(verifier: Verifier, path: Path) -> Iterator[Found]:
    """For every certificate of a path that has an end; a list that is not usable now is as good as none."""
    if not verifier.crls or verifier.engine is Engine.GO or path.end:
        return
    for depth, certificate in enumerate(path.certificates):
        issuer = path.certificates[min(depth + 1, len(path.certificates) - 1)]
        lists = [crl for crl in verifier.crls if canonical(crl.issuer_raw) == canonical(certificate.issuer_raw)]
        fitting = [
            c
            for c in lists
            if not (c.authority_key_id and issuer.subject_key_id) or c.authority_key_id == issuer.subject_key_id
        ]
        if not fitting:
            yield Found("crl-missing", depth, f"no revocation list of {certificate.issuer}", True)
            continue
        yield from _looked_up(verifier, certificate, issuer, _current(verifier, fitting), depth)


def _current(verifier: Verifier, lists: list[Crl]) -> Crl:
    """The newest that is valid, as OpenSSL scores them."""

    def score(crl: Crl) -> tuple[bool, bool, object]:
        in_time = crl.this_update <= verifier.at and (crl.next_update is None or verifier.at < crl.next_update)
        return (not crl.partial and not crl.unhandled_critical, in_time, crl.this_update)

    return max(lists, key=score)


def _looked_up(
    verifier: Verifier, certificate: Certificate, issuer: Certificate, crl: Crl, depth: int
) -> Iterator[Found]:
    if crl.this_update > verifier.at:
        yield Found(
            "crl-not-yet-valid", depth, f"the list of {crl.issuer} is valid from {crl.this_update:%Y-%m-%d}", True
        )
    if crl.next_update is not None and crl.next_update <= verifier.at:
        yield Found("crl-expired", depth, f"the list of {crl.issuer} ended on {crl.next_update:%Y-%m-%d}", True)
    if crl.unhandled_critical:
        yield Found("crl-unknown-critical-extension", depth, f"extension {crl.unhandled_critical[0]}", True)
    if crl.partial or crl.problems:
        yield Found("crl-of-other-scope", depth, f"the list of {crl.issuer}", False)
    if issuer.key_usage is not None and "crl sign" not in issuer.key_usage:
        yield Found("ca-without-crl-sign", depth, f"key usage of {issuer.subject}: {', '.join(issuer.key_usage)}", True)
    match _signature(crl.der, issuer.der, issuer.spki_sha256):
        case Signature.BAD:
            yield Found("crl-signature-invalid", depth, f"the list of {crl.issuer}", True)
        case Signature.UNCHECKABLE:
            yield Found("crl-signature-uncheckable", depth, f"the list of {crl.issuer}", False)
    if certificate.serial in crl.revoked:
        yield Found("revoked", depth, f"serial {certificate.serial} is in the list of {crl.issuer}", True)


def signatures_by(crl: Crl, candidates: Iterable[Certificate]) -> dict[tuple[str, str], Signature]:
    """Does the key of each candidate that bears the list's issuer name verify it? By fingerprint and key identifier.

    Names are compared as OpenSSL does it (X509_NAME_cmp), as on a path.
    """
    name = canonical(crl.issuer_raw)
    named = [c for c in candidates if canonical(c.subject_raw) == name]
    return {(c.sha256, c.subject_key_id): _signature(crl.der, c.der, c.spki_sha256) for c in named}


@lru_cache(maxsize=4096)
def _signature(crl: bytes, issuer: bytes, spki_sha256: str) -> Signature:
    key = public_key(issuer)
    if key is None:
        return Signature.UNCHECKABLE
    return once((hashlib.sha256(crl).hexdigest(), spki_sha256), lambda: check(x509.load_der_x509_crl(crl), key))
