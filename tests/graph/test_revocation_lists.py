"""ca.crl beside the anchors: in time, by a CA of the bundle, and what cannot be told is not known."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.x509.oid import NameOID

from mtlsaudit.engine.subject import Missing, Plain
from mtlsaudit.engine.subjects.revocation_lists import revocation
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.trust import TrustBundle
from mtlsaudit.model.values import replace
from mtlsaudit.pki.decode import decode
from tests.support.pki import START, Made, make

NOW = START + timedelta(days=30)
END = NOW + timedelta(days=1)


def authority(name: str = "ca", number: int = 1) -> Made:
    return make(name, ca=True, usages=["key_cert_sign", "crl_sign"], algorithm="ed25519", number=number, days=3650)


def crl_of(ca: Made, *, until: datetime = END, names: Made | None = None, key_id: bytes = b"") -> str:
    """A list in the name of `names`, or else of `ca`, signed with the key of `ca`, which it may identify."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name((names or ca).cert.subject)
        .last_update(START)
        .next_update(until)
    )
    if key_id:
        builder = builder.add_extension(x509.AuthorityKeyIdentifier(key_id, None, None), critical=False)
    assert isinstance(ca.key, Ed25519PrivateKey)
    return builder.sign(ca.key, None).public_bytes(serialization.Encoding.PEM).decode()


def problem(crl: str, *anchors: Certificate, now: datetime = NOW) -> Plain | Missing:
    return revocation(TrustBundle("Secret shop/ca ca.crt", "Secret shop/ca", "ca.crt", anchors, crl=crl), now)[
        "crl_problem"
    ]


def test_a_list_of_a_ca_of_the_bundle_is_good() -> None:
    assert problem(crl_of(authority()), decode(authority().der)) == ""


def test_a_list_ends_at_the_instant_of_next_update() -> None:
    ca = authority()
    assert problem(crl_of(ca), decode(ca.der), now=END - timedelta(seconds=1)) == ""
    assert "had to be renewed by" in str(problem(crl_of(ca), decode(ca.der), now=END))


def test_a_list_of_another_ca_is_told() -> None:
    assert (
        problem(crl_of(authority("other")), decode(authority().der))
        == "no CA of the bundle has issued the list of CN=other"
    )


def test_a_list_in_the_name_of_a_ca_by_another_key_is_told() -> None:
    assert "signed by another key" in str(
        problem(crl_of(authority("x", 2), names=authority()), decode(authority().der))
    )


def test_names_that_differ_only_in_their_encoding_are_the_same() -> None:
    ca = authority()
    printable = make(
        algorithm="ed25519",
        number=1,
        ca=True,
        days=3650,
        subject=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA", _type=x509.name._ASN1Type.PrintableString)]),
    )
    assert printable.cert.subject.public_bytes() != ca.cert.subject.public_bytes()
    assert problem(crl_of(ca), decode(printable.der)) == ""


def test_of_two_keys_of_one_name_the_list_must_say_which() -> None:
    old, new = authority(number=1), authority(number=2)
    both = decode(old.der), decode(new.der)
    assert "does not say by which" in str(problem(crl_of(new), *both))
    identified = [replace(c, subject_key_id=k) for c, k in zip(both, ("01", "02"), strict=True)]
    assert "does not say by which" in str(problem(crl_of(new), *identified))
    assert problem(crl_of(new, key_id=b"\x02"), *identified) == ""


def test_where_the_cas_are_not_known_the_list_is_not_known() -> None:
    bundle = TrustBundle("Secret shop/ca ca.crt", "Secret shop/ca", "ca.crt", None, crl=crl_of(authority()))
    found = revocation(bundle, NOW)["crl_problem"]
    assert isinstance(found, Missing)
    assert "is not known" in found.gaps[-1].reason


def test_a_signature_that_cannot_be_checked_is_not_known() -> None:
    ca = authority()
    odd = (
        x509.CertificateBuilder()
        .subject_name(ca.cert.subject)
        .issuer_name(ca.cert.subject)
        .public_key(X25519PrivateKey.generate().public_key())
        .serial_number(7)
        .not_valid_before(START)
        .not_valid_after(END)
    )
    assert isinstance(ca.key, Ed25519PrivateKey)
    der = odd.sign(ca.key, None).public_bytes(serialization.Encoding.DER)
    found = problem(crl_of(ca), decode(der))
    assert isinstance(found, Missing)
    assert "cannot be checked" in found.gaps[0].reason


def test_what_is_no_list_is_told() -> None:
    text = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"
    assert "cannot be read" in str(problem(text, decode(authority().der)))


def test_a_list_is_ending_in_its_last_sixth_and_at_most_a_week_before() -> None:
    ca = authority()
    for days, left, ending in ((30, 5.1, False), (30, 4.9, True), (365, 7.1, False), (365, 6.9, True), (7, 1.2, False)):
        until = START + timedelta(days=days)
        bundle = TrustBundle("b", "Secret shop/ca", "ca.crt", (decode(ca.der),), crl=crl_of(ca, until=until))
        told = revocation(bundle, until - timedelta(days=left))["crl_ending"]
        assert told == (f"the list of CN=ca ends on {until:%Y-%m-%d %H:%M} UTC" if ending else "")
    assert revocation(bundle, until)["crl_ending"] == ""
