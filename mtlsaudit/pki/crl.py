"""Certificate revocation lists (RFC 5280, section 5): who has signed them, until when, and which serials they hold."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID

from mtlsaudit.model.values import dataclass
from mtlsaudit.pki.der import MalformedDer, children, element, whole
from mtlsaudit.pki.pem import blocks
from mtlsaudit.pki.unreadable import UNREADABLE, in_words

_INTEGER = 0x02
_KNOWN = frozenset({ExtensionOID.AUTHORITY_KEY_IDENTIFIER})
_SCOPE = frozenset({ExtensionOID.ISSUING_DISTRIBUTION_POINT, ExtensionOID.DELTA_CRL_INDICATOR})


class MalformedCrl(ValueError):
    """The DER is no revocation list; the message says what failed."""


@dataclass(frozen=True, slots=True, repr=False)
class Crl:
    """A revocation list. Times are aware and in UTC; serials and identifiers are lower-case hex.

    `partial` lists cover only some certificates or are deltas; `unhandled_critical` are the OIDs of critical extensions
    beyond those of RFC 5280 that are read here; `problems` lists the parts that could not be parsed.
    """

    der: bytes
    issuer: str
    issuer_raw: bytes
    this_update: datetime
    next_update: datetime | None
    revoked: frozenset[str]
    authority_key_id: str = ""
    partial: bool = False
    unhandled_critical: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def decode_crl(der: bytes) -> Crl:
    """The list in `der`. Raises MalformedCrl."""
    try:
        crl = x509.load_der_x509_crl(der)
        issuer_raw = _issuer_raw(der)
        this_update = crl.last_update_utc
        revoked, critical_entries = _entries(crl)
    except (*UNREADABLE, x509.InvalidVersion) as error:
        raise MalformedCrl(in_words(error)) from None
    problems: list[str] = []
    try:
        issuer = crl.issuer.rfc4514_string()
    except ValueError as error:
        issuer = ""
        problems.append(f"issuer: {error}")
    key_id, partial, unhandled = _extensions(crl, problems)
    unhandled += critical_entries
    return Crl(
        der, issuer, issuer_raw, this_update, crl.next_update_utc, revoked, key_id, partial, unhandled, tuple(problems)
    )


def _issuer_raw(der: bytes) -> bytes:
    tbs = next(children(der, whole(der)))
    at = tbs.body
    if der[at : at + 1] == bytes((_INTEGER,)):
        at = element(der, at, tbs.end).end  # the version
    at = element(der, at, tbs.end).end  # the signature algorithm
    issuer = element(der, at, tbs.end)
    return der[issuer.start : issuer.end]


def _entries(crl: x509.CertificateRevocationList) -> tuple[frozenset[str], tuple[str, ...]]:
    """The serials that are revoked, and the OIDs of critical extensions of entries."""
    revoked: set[str] = set()
    critical: dict[str, None] = {}
    for entry in crl:
        taken_off = False
        for extension in entry.extensions:
            if extension.critical and extension.oid != CRLEntryExtensionOID.CERTIFICATE_ISSUER:
                critical[extension.oid.dotted_string] = None
            if isinstance(extension.value, x509.CRLReason):
                taken_off = extension.value.reason is x509.ReasonFlags.remove_from_crl
        if not taken_off:
            revoked.add(f"{entry.serial_number:x}")
    return frozenset(revoked), tuple(critical)


def _extensions(crl: x509.CertificateRevocationList, problems: list[str]) -> tuple[str, bool, tuple[str, ...]]:
    key_id, partial, unhandled = "", False, []
    try:
        extensions = list(crl.extensions)
    except UNREADABLE as error:
        problems.append(f"extensions: {error}")
        return "", True, ()
    for extension in extensions:
        if extension.oid in _SCOPE:
            partial = True
        elif extension.critical and extension.oid not in _KNOWN:
            unhandled.append(extension.oid.dotted_string)
        if isinstance(extension.value, x509.AuthorityKeyIdentifier):
            key_id = (extension.value.key_identifier or b"").hex()
    return key_id, partial, tuple(unhandled)


def crls_in(text: str) -> tuple[tuple[Crl, ...], tuple[str, ...]]:
    """All lists in PEM text in order, and a sentence for each block that is one and does not parse."""
    good: list[Crl] = []
    bad: list[str] = []
    for block in blocks(text):
        if block.label != "X509 CRL":
            continue
        if block.der is None:
            bad.append("not base64, or cut off")
            continue
        try:
            good.append(decode_crl(block.der))
        except MalformedCrl as error:
            bad.append(str(error))
    return tuple(good), tuple(bad)


def loads(text: str) -> bool:
    """Does the text start with a PEM block `X509 CRL` that parses? (ingress-nginx reads the first block only.)"""
    found = blocks(text)
    if not found or found[0].label != "X509 CRL" or found[0].der is None:
        return False
    try:
        decode_crl(found[0].der)
    except (MalformedCrl, MalformedDer):
        return False
    return True
