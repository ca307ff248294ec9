"""Critical extensions that a verifier does not process, and what does not parse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cryptography.x509.oid import ExtensionOID

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Engine
from mtlsaudit.pki.path.found import Found
from mtlsaudit.pki.path.search import Path

if TYPE_CHECKING:
    from mtlsaudit.pki.path.verifier import Verifier

_BOTH = frozenset(
    oid.dotted_string
    for oid in (
        ExtensionOID.KEY_USAGE,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.POLICY_MAPPINGS,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.INHIBIT_ANY_POLICY,
    )
)
_NETSCAPE_TYPE, _IP_BLOCKS, _AS_NUMBERS = "2.16.840.1.113730.1.1", "1.3.6.1.5.5.7.1.7", "1.3.6.1.5.5.7.1.8"
_PROXY = "1.3.6.1.5.5.7.1.14"
_PROCESSED = {
    Engine.GO: _BOTH | {ExtensionOID.AUTHORITY_KEY_IDENTIFIER.dotted_string},
    Engine.OPENSSL: _BOTH | {_NETSCAPE_TYPE, _IP_BLOCKS, _AS_NUMBERS, _PROXY},
    Engine.BORINGSSL: _BOTH,
}
"""Go 1.26: processExtensions in parser.go; OpenSSL 3: X509_supported_extension; BoringSSL: the same without the last four."""

_NOT_EVALUATED = frozenset({_NETSCAPE_TYPE, _IP_BLOCKS, _AS_NUMBERS, _PROXY})
_UNPARSED_BY_GO = frozenset(
    {ExtensionOID.SUBJECT_KEY_IDENTIFIER.dotted_string, ExtensionOID.AUTHORITY_INFORMATION_ACCESS.dotted_string}
)


def extension_defects(verifier: Verifier, path: Path) -> Iterator[Found]:
    """For every certificate of the path; BoringSSL does not look at anchors."""
    for depth, certificate in enumerate(path.certificates):
        spared = verifier.engine is Engine.BORINGSSL and depth >= path.trusted
        for oid in certificate.critical:
            if oid not in _PROCESSED[verifier.engine]:
                yield Found("unknown-critical-extension", depth, f"extension {oid}", not spared)
            elif oid in _NOT_EVALUATED:
                yield Found("malformed-part", depth, f"critical extension {oid} is not evaluated here", False)
        for problem in certificate.problems:
            yield Found("malformed-part", depth, problem, False)
        if certificate.serial.startswith("-"):
            yield Found("negative-serial", depth, f"serial {certificate.serial}", verifier.engine is Engine.GO)
        if certificate.policy_required and _demands_policy(verifier, certificate):
            yield Found("policy-not-evaluated", depth, "policy constraints: requireExplicitPolicy", False)


def _demands_policy(verifier: Verifier, certificate: Certificate) -> bool:
    """OpenSSL evaluates policies only when asked to (X509_V_FLAG_POLICY_CHECK), which nginx and HAProxy do not."""
    return verifier.engine is not Engine.OPENSSL
