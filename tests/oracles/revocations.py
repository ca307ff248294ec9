"""Clients whose certificates are looked up in revocation lists."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from mtlsaudit.model.chain import Chain
from tests.oracles.engines import Answer
from tests.oracles.handshakes import NOW, Case, ca, leaf
from tests.support.pki import Made

UNDECIDED = frozenset({"a list of users only", "a list of CAs only", "a delta list alone"})
"""Lists of other scopes are not evaluated here: the verdict is unknown, whatever the server says."""


def agrees(name: str, chain: Chain, answer: Answer) -> bool:
    """The same verdict, or none where none is promised."""
    return chain.holds is (None if name in UNDECIDED else answer.holds)


def crl(
    issuer: Made,
    *revoked: int,
    signer: Made | None = None,
    begin: datetime = NOW - timedelta(days=2),
    end: datetime = NOW + timedelta(days=5),
    more: tuple[tuple[x509.ExtensionType, bool], ...] = (),
) -> x509.CertificateRevocationList:
    """A list in the issuer's name with these serial numbers."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.cert.subject)
    builder = builder.last_update(begin).next_update(end)
    for serial in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(begin).build()
        builder = builder.add_revoked_certificate(entry)
    for extension, critical in more:
        builder = builder.add_extension(extension, critical)
    return builder.sign((signer or issuer).key, hashes.SHA256())  # type: ignore[arg-type]


def identified(name: str, by: Made | None = None, number: int = 0) -> Made:
    """A CA with a subject key identifier made of its number."""
    return ca(name, by, number=number, more=[(x509.SubjectKeyIdentifier(bytes([number] * 20)), False)])


def by_key(number: int) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    return ((x509.AuthorityKeyIdentifier(bytes([number] * 20), None, None), False),)


def scope(*, users: bool = False, cas: bool = False) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    return ((x509.IssuingDistributionPoint(None, None, users, cas, None, False, False), True),)


ROOT = ca("listing root", serial=7)
MIDDLE = ca("listing middle", ROOT, serial=8)
LEAF = leaf(MIDDLE, serial=9)
DIRECT = leaf(ROOT, serial=9)
MUTE = ca("mute root", usages=("key_cert_sign",))
MARKED = identified("marked root", number=41)
OTHER_KEY = identified("marked root", number=42)
EARLIER, LATER = NOW - timedelta(days=20), NOW + timedelta(days=20)
OVER = NOW - timedelta(hours=1)
STRANGE = ((x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True),)
DELTA = ((x509.DeltaCRLIndicator(1), True),)


def direct(*lists: x509.CertificateRevocationList) -> Case:
    return Case(DIRECT, (), (ROOT,), lists)


def chained(*lists: x509.CertificateRevocationList) -> Case:
    return Case(LEAF, (MIDDLE,), (ROOT,), lists)


CASES = {
    "nothing is revoked": direct(crl(ROOT)),
    "the leaf is revoked": direct(crl(ROOT, 9)),
    "another leaf is revoked": direct(crl(ROOT, 10)),
    "the root is revoked in its own list": direct(crl(ROOT, 7)),
    "a list of another CA only": direct(crl(MIDDLE)),
    "lists of both CAs": chained(crl(ROOT), crl(MIDDLE)),
    "lists of both CAs, the leaf is revoked": chained(crl(ROOT), crl(MIDDLE, 9)),
    "lists of both CAs, the intermediate is revoked": chained(crl(ROOT, 8), crl(MIDDLE)),
    "the intermediate's serial is in its own list": chained(crl(ROOT), crl(MIDDLE, 8)),
    "the intermediate has no list": chained(crl(ROOT)),
    "the root has no list": chained(crl(MIDDLE)),
    "the list is over": direct(crl(ROOT, begin=EARLIER, end=OVER)),
    "the list has not begun": direct(crl(ROOT, begin=NOW + timedelta(days=1), end=LATER)),
    "an older list revoked it, the newer does not": direct(crl(ROOT, 9, begin=EARLIER), crl(ROOT)),
    "an older list did not revoke it, the newer does": direct(crl(ROOT, begin=EARLIER), crl(ROOT, 9)),
    "the newer list first": direct(crl(ROOT, 9), crl(ROOT, begin=EARLIER)),
    "the newer list is over, the older is not": direct(
        crl(ROOT, 9, begin=NOW - timedelta(days=1), end=OVER), crl(ROOT)
    ),
    "the older list is over, the newer is not": direct(crl(ROOT, 9, begin=EARLIER, end=OVER), crl(ROOT)),
    "both lists are over": direct(crl(ROOT, begin=EARLIER, end=OVER), crl(ROOT, begin=EARLIER, end=OVER)),
    "another key signed the list": direct(crl(ROOT, signer=MIDDLE)),
    "another key signed the newer of two lists": direct(crl(ROOT, begin=EARLIER), crl(ROOT, signer=MIDDLE)),
    "the CA may not sign lists": Case(leaf(MUTE), (), (MUTE,), (crl(MUTE),)),
    "an unknown critical extension in the list": direct(crl(ROOT, more=STRANGE)),
    "an unknown critical extension in the newer of two lists": direct(
        crl(ROOT, begin=EARLIER), crl(ROOT, 9, more=STRANGE)
    ),
    "a list of users only": direct(crl(ROOT, more=scope(users=True))),
    "a list of CAs only": direct(crl(ROOT, more=scope(cas=True))),
    "a delta list alone": direct(crl(ROOT, more=DELTA)),
    "a delta list beside a full one": direct(crl(ROOT), crl(ROOT, 9, more=DELTA)),
    "the list names the CA's key": Case(leaf(MARKED), (), (MARKED,), (crl(MARKED, more=by_key(41)),)),
    "the list names another key": Case(leaf(MARKED), (), (MARKED,), (crl(MARKED, more=by_key(42)),)),
    "lists of two CAs of one name": Case(
        leaf(MARKED), (), (MARKED,), (crl(MARKED, more=by_key(41)), crl(OTHER_KEY, 1, more=by_key(42)))
    ),
    "lists of two CAs of one name, its own revokes the leaf": Case(
        leaf(MARKED), (), (MARKED,), (crl(MARKED, 1, more=by_key(41)), crl(OTHER_KEY, more=by_key(42)))
    ),
    "the list of a CA of the same name with another key": Case(
        leaf(MARKED), (), (MARKED,), (crl(OTHER_KEY, more=by_key(42)),)
    ),
    "an intermediate is the only anchor, with its list": Case(LEAF, (), (MIDDLE,), (crl(MIDDLE),)),
    "an intermediate is the only anchor, with both lists": Case(LEAF, (), (MIDDLE,), (crl(MIDDLE), crl(ROOT))),
}
