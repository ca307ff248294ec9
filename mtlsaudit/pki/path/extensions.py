"""Extensions that a verifier does not process or cannot read, and other parts that keep it from parsing a certificate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cryptography.x509.oid import ExtensionOID

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Engine
from mtlsaudit.pki.path.found import Found
from mtlsaudit.pki.path.go_parsing import go_problems
from mtlsaudit.pki.path.paths import Path

if TYPE_CHECKING:
    from mtlsaudit.pki.path.verifier import Verifier

_ALL = frozenset(
    oid.dotted_string
    for oid in (
        ExtensionOID.KEY_USAGE,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.POLICY_MAPPINGS,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.INHIBIT_ANY_POLICY,
    )
)
_CRL_POINTS = ExtensionOID.CRL_DISTRIBUTION_POINTS.dotted_string
_NETSCAPE_TYPE, _PROXY = "2.16.840.1.113730.1.1", "1.3.6.1.5.5.7.1.14"
_IP_BLOCKS, _AS_NUMBERS = "1.3.6.1.5.5.7.1.7", "1.3.6.1.5.5.7.1.8"
_NOT_EVALUATED = frozenset({_NETSCAPE_TYPE, _PROXY, _IP_BLOCKS, _AS_NUMBERS})
"""OpenSSL evaluates these whether critical or not; this program does not."""
_PROCESSED = {
    Engine.GO: _ALL | {_CRL_POINTS},
    Engine.OPENSSL: _ALL | {_CRL_POINTS} | _NOT_EVALUATED,
    Engine.BORINGSSL: _ALL,
}
"""Go 1.26: processExtensions in parser.go, where a critical key identifier or authority information access does not even
parse. OpenSSL 3 and BoringSSL: X509_supported_extension."""


def extension_defects(verifier: Verifier, path: Path) -> Iterator[Found]:
    """For every certificate of the path; BoringSSL does not look at the critical extensions of anchors."""
    for depth, certificate in enumerate(path.certificates):
        spared = verifier.engine is Engine.BORINGSSL and depth >= path.trusted
        for oid in certificate.critical:
            if oid not in _PROCESSED[verifier.engine]:
                yield Found("unknown-critical-extension", depth, f"extension {oid}", not spared)
        yield from _unreadable(verifier, certificate, depth)
        if certificate.negative_serial:
            yield Found("negative-serial", depth, f"serial {certificate.serial}", verifier.engine is Engine.GO)
        if certificate.policy_required and verifier.engine is not Engine.OPENSSL:
            # OpenSSL evaluates policies only when it is told to, which nginx and HAProxy do not.
            yield Found("policy-not-evaluated", depth, "policy constraints: requireExplicitPolicy", False)


def _unreadable(verifier: Verifier, certificate: Certificate, depth: int) -> Iterator[Found]:
    for problem in certificate.problems:
        yield Found("malformed-part", depth, problem, False)
    if verifier.engine is Engine.GO:
        for words, certain in go_problems(certificate):
            yield Found("malformed-part", depth, f"Go does not parse {words}", certain)
    if verifier.engine is Engine.OPENSSL:
        for oid in certificate.extensions:
            if oid in _NOT_EVALUATED:
                yield Found("extension-not-evaluated", depth, f"extension {oid}", False)
        if certificate.key_usage == ():
            yield Found("malformed-part", depth, "OpenSSL refuses a key usage without any bit", True)
