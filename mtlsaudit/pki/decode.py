"""DER → Certificate. Every part is read on its own: one bad extension does not lose the certificate.

What `cryptography` refuses and how (pyca/cryptography 50, vectors of that release): a broken extension fails the
whole `.extensions`, so they are then read one by one; an unknown curve or key algorithm raises UnsupportedAlgorithm;
bad UTF-8 in a name raises ValueError on the name only.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Mapping
from typing import TypeVar

from cryptography import x509
from cryptography.x509.oid import SignatureAlgorithmOID

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.pki.extensions import Extensions, read_extensions
from mtlsaudit.pki.name_words import NO_WORDS, issuer_words, subject_words
from mtlsaudit.pki.profiles import read_by_profile
from mtlsaudit.pki.public_key import read_key
from mtlsaudit.pki.raw import RawParts, extensions_one_by_one, raw_parts
from mtlsaudit.pki.signature import Signature, check
from mtlsaudit.pki.unreadable import UNREADABLE, in_words
from mtlsaudit.pki.verified import Link, once

_T = TypeVar("_T")


class MalformedCertificate(ValueError):
    """The DER is no certificate at all; the message says what failed."""


_decoded: dict[bytes, Certificate] = {}
"""What was decoded in this process or in one that it started: a certificate is read once, wherever it stands."""


def remember(decoded: Mapping[bytes, Certificate]) -> None:
    """Take over what another process decoded."""
    _decoded.update(decoded)


def decode(der: bytes) -> Certificate:
    """The certificate in `der`; parts that do not parse are named in `problems`. Raises MalformedCertificate."""
    found = _decoded.get(der)
    if found is None:
        found = _decoded[der] = _load(der)
    return found


def _load(der: bytes) -> Certificate:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            cert = x509.load_der_x509_certificate(der)
            raw = raw_parts(der)
        except (ValueError, x509.InvalidVersion) as error:
            raise MalformedCertificate(in_words(error)) from None
        return _read(cert, der, raw)


def _read(cert: x509.Certificate, der: bytes, raw: RawParts) -> Certificate:
    problems: list[str] = []

    def attempt(what: str, read: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return read()
        except UNREADABLE as error:
            problems.append(f"{what}: {in_words(error)}")
            return otherwise

    subject = attempt("subject", lambda: subject_words(raw.subject, cert), NO_WORDS)
    issuer = attempt("issuer", lambda: issuer_words(raw.issuer, cert), NO_WORDS)
    algorithm = attempt("signature algorithm", lambda: cert.signature_hash_algorithm, None)
    extended = read_by_profile(der, raw.after, raw.end, problems, lambda: _extensions(cert, der, problems))
    found = extended.shared
    spki, key = read_key(cert, raw, problems)
    own = hashlib.sha256(der).hexdigest(), hashlib.sha256(spki).hexdigest() if spki else ""
    return Certificate(
        der=der,
        sha256=own[0],
        spki_sha256=own[1],
        subject=subject.text,
        subject_raw=raw.subject,
        common_name=subject.common_name,
        issuer=issuer.text,
        issuer_raw=issuer.raw or raw.issuer,
        serial=f"{cert.serial_number:x}",
        not_before=cert.not_valid_before_utc,
        not_after=cert.not_valid_after_utc,
        key=key,
        signature_hash=algorithm.name if algorithm else "",
        signature_algorithm=_algorithm(cert),
        names=extended.names,
        key_usage=found.key_usage,
        ext_key_usage=found.ext_key_usage,
        has_basic_constraints=found.has_basic_constraints,
        is_ca=found.is_ca,
        path_length=found.path_length,
        subject_key_id=extended.subject_key_id,
        authority_key_id=found.authority_key_id,
        authority_issuer_raw=found.authority_issuer_raw,
        authority_serial=found.authority_serial,
        name_constraints=found.name_constraints,
        extensions=found.oids,
        critical=found.critical,
        unhandled_critical=found.unhandled_critical,
        revocation=found.revocation,
        must_staple=found.must_staple,
        policy_required=found.policy_required,
        self_signed=raw.issuer == raw.subject and attempt("own signature", lambda: _signs_itself(cert, own), False),
        version=cert.version.value + 1,
        problems=tuple(problems),
    )


def _extensions(cert: x509.Certificate, der: bytes, problems: list[str]) -> Extensions:
    try:
        return read_extensions(cert.extensions, problems)
    except UNREADABLE:
        found, bad = extensions_one_by_one(cert, der)
        problems += bad
        return read_extensions(found, problems)


_ALGORITHMS = {
    oid: name.lower().replace("_", "-") for name, oid in vars(SignatureAlgorithmOID).items() if name.isupper()
}


def _algorithm(cert: x509.Certificate) -> str:
    """As `ecdsa-with-sha256`, `rsa-with-sha1`, `rsassa-pss`, `ed25519`; the OID of one that the library does not know."""
    oid = cert.signature_algorithm_oid
    return _ALGORITHMS.get(oid) or oid.dotted_string


def _signs_itself(cert: x509.Certificate, own: Link) -> bool:
    """Does it verify with its own key? What cannot be checked counts by its names."""
    key = cert.public_key()
    return once(own, lambda: check(cert, key)) is not Signature.BAD
