"""Certificates as they are, and as they should not be."""

from __future__ import annotations

import hashlib
import ipaddress
import pickle
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import AuthorityInformationAccessOID as AccessOID
from cryptography.x509.oid import NameOID

from mtlsaudit.model.certificate import KeyInfo, NameConstraints, Names, Revocation, Subtrees
from mtlsaudit.pki.decode import MalformedCertificate, decode
from mtlsaudit.pki.keys import public_half
from tests.support.pki import START, Made, key, make, pem_of

CA = make("ca", ca=True, path_length=1, usages=["key_cert_sign", "crl_sign"], number=9, serial=0xABC)


def test_a_leaf_says_all_it_holds() -> None:
    made = make(
        "web",
        by=CA,
        dns=["a.example.com", "*.b.example.com"],
        uri=["spiffe://td/ns/a/sa/b"],
        ip=["10.0.0.1", "2001:db8::1"],
        email=["x@example.com"],
        usages=["digital_signature", "key_encipherment"],
        eku=["server", "client", "1.2.3.4"],
        days=90,
        serial=0x1F,
    )
    found = decode(made.der)
    spki = made.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert found.sha256 == hashlib.sha256(made.der).hexdigest()
    assert found.spki_sha256 == hashlib.sha256(spki).hexdigest() == public_half(made.key_pem.encode())
    assert (found.subject, found.common_name, found.issuer, found.serial) == ("CN=web", "web", "CN=ca", "1f")
    assert (found.not_before, found.not_after) == (START, START + timedelta(days=90))
    assert found.lifetime_days == 90
    assert found.names == Names(
        ("a.example.com", "*.b.example.com"),
        ("spiffe://td/ns/a/sa/b",),
        ("10.0.0.1", "2001:db8::1"),
        ("x@example.com",),
    )
    assert found.key_usage == ("digital signature", "key encipherment")
    assert found.ext_key_usage == ("server auth", "client auth", "1.2.3.4")
    assert (found.is_ca, found.path_length, found.self_signed, found.version) == (False, None, False, 3)
    assert (found.signature_hash, found.problems) == ("sha256", ())


@pytest.mark.parametrize(
    ("algorithm", "info", "digest"),
    [
        ("rsa", KeyInfo("RSA", 2048), "sha256"),
        ("ecdsa", KeyInfo("ECDSA", 256, "secp256r1"), "sha256"),
        ("ed25519", KeyInfo("Ed25519", None), ""),
    ],
)
def test_every_key_algorithm_is_named_and_its_own_signature_verified(
    algorithm: str, info: KeyInfo, digest: str
) -> None:
    found = decode(make("self", algorithm=algorithm).der)
    assert (found.key, found.signature_hash, found.self_signed, found.problems) == (info, digest, True, ())
    assert not decode(make("leaf", by=CA, algorithm=algorithm).der).self_signed
    assert public_half(pem_of(key(algorithm)).encode()) == found.spki_sha256


def test_an_authority_says_that_it_is_one() -> None:
    found = decode(CA.der)
    assert (found.is_ca, found.path_length, found.self_signed) == (True, 1, True)
    assert found.key_usage == ("cert sign", "crl sign")
    assert decode(make("no", ca=False).der).is_ca is False
    assert decode(make("unlimited", ca=True).der).path_length is None


def test_what_is_absent_is_none_and_not_empty() -> None:
    found = decode(make("bare").der)
    assert (found.key_usage, found.ext_key_usage, found.names) == (None, None, Names())


def test_the_same_name_with_another_key_is_not_self_signed() -> None:
    assert not decode(make("ca", by=CA, number=3).der).self_signed


def test_dates_in_reverse_are_reported_as_they_stand() -> None:
    made = make("x", days=10)
    der = made.der.replace(b"260101000000Z", b"270101000000Z", 1)
    found = decode(der)
    assert found.not_before > found.not_after
    assert found.lifetime_days == 10 - 365


def test_a_broken_extension_does_not_lose_the_certificate() -> None:
    made = make("x", dns=["a.example.com"], extra=[])
    at = made.der.index(b"a.example.com")
    broken = made.der[: at - 2] + b"\x1f" + made.der[at - 1 :]
    found = decode(broken)
    assert found.subject == "CN=x"
    assert len(found.problems) == 1
    assert found.problems[0].startswith(("extensions: ", "subject alternative names: "))
    assert found.names == Names()


def test_a_broken_known_extension_is_a_problem_that_is_named() -> None:
    found = decode(make("x", extra=[("2.5.29.19", b"\x30\x03\x01\x01")], dns=["kept.example.com"]).der)
    assert [p.partition(":")[0] for p in found.problems] == ["basic constraints"]
    assert found.common_name == "x"
    assert found.names.dns == ("kept.example.com",)


def test_an_unknown_extension_is_no_problem() -> None:
    assert decode(make("x", extra=[("1.2.3.4.5", b"anything")]).der).problems == ()


def test_a_name_of_bad_utf_8_is_a_problem_and_the_rest_is_read() -> None:
    made = make("nnnn", dns=["a.example.com"])
    found = decode(made.der.replace(b"nnnn", b"\xff\xfe\xfd\xfc"))
    assert found.problems
    assert found.names.dns == ("a.example.com",)


def _as_version_1(made: Made) -> bytes:
    """The certificate without its version and extensions, by hand: lengths are rewritten, the signature is void."""
    tbs = made.cert.tbs_certificate_bytes
    inner = _contents(tbs)
    inner = inner[5:]  # [0] EXPLICIT version
    parts, rest = [], inner
    while rest:
        size = _size(rest)
        parts.append(rest[:size])
        rest = rest[size:]
    body = b"".join(p for p in parts if p[0] != 0xA3)
    outer = _contents(made.der)
    return _sequence(_sequence(body) + outer[len(tbs) :])


def _header(der: bytes) -> tuple[int, int]:
    if der[1] < 0x80:
        return 2, der[1]
    count = der[1] & 0x7F
    return 2 + count, int.from_bytes(der[2 : 2 + count], "big")


def _size(der: bytes) -> int:
    return sum(_header(der))


def _contents(der: bytes) -> bytes:
    return der[_header(der)[0] : _size(der)]


def _sequence(body: bytes) -> bytes:
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body


def test_a_certificate_of_version_1_is_read() -> None:
    made = make("old", dns=["x.example.com"], by=CA, algorithm="rsa")
    der = _as_version_1(made)
    assert x509.load_der_x509_certificate(der).version is x509.Version.v1
    found = decode(der)
    assert (found.version, found.subject, found.names, found.is_ca) == (1, "CN=old", Names(), False)
    assert not found.self_signed


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30",
        b"garbage",
        b"\x30\x82\xff\xff",
        CA.der[:-1],
        CA.der[: len(CA.der) // 2],
        CA.der + b"\x00",
        b"\x00" * 99,
    ],
    ids=["empty", "one byte", "text", "length", "cut by one", "half", "trailing", "zeros"],
)
def test_what_is_no_certificate_is_malformed_with_a_reason(der: bytes) -> None:
    with pytest.raises(MalformedCertificate) as caught:
        decode(der)
    assert str(caught.value)


def test_identifiers_raw_names_and_constraints_are_as_in_the_certificate() -> None:
    made = rich()
    found = decode(made.der)
    assert found.der == made.der
    assert (found.subject_raw, found.issuer_raw) == (made.cert.subject.public_bytes(), CA.cert.subject.public_bytes())
    assert (found.subject_key_id, found.authority_key_id) == ("0a0b", "c0ffee")
    assert found.name_constraints == NameConstraints(
        Subtrees(dns=("example.com",), ip=("10.0.0.0/8",), email=("example.com",), uri=(".example.com",)),
        Subtrees(directory=(CA.cert.subject.public_bytes(),)),
        critical=True,
    )
    assert found.revocation == Revocation(("http://crl",), ("http://ocsp",), ("http://ca",))
    assert (found.must_staple, found.signature_algorithm) == (True, "ecdsa-with-sha256")
    assert found.critical == ("2.5.29.30", "1.2.3.4")
    assert found.unhandled_critical == ("1.2.3.4",)
    assert pickle.loads(pickle.dumps(found)) == found


def test_raw_names_keep_the_type_of_string_that_the_certificate_has() -> None:
    printable = make(
        "x", subject=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "same", _ASN1Type.PrintableString)])
    )
    utf8 = make("x", subject=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "same")]))
    first, second = decode(printable.der), decode(utf8.der)
    assert first.subject == second.subject == "CN=same"
    assert first.subject_raw != second.subject_raw
    assert b"\x13\x04same" in first.subject_raw
    assert b"\x0c\x04same" in second.subject_raw


def test_without_extensions_nothing_is_claimed() -> None:
    found = decode(make("bare").der)
    assert (found.subject_key_id, found.authority_key_id, found.name_constraints) == ("", "", None)
    assert (found.critical, found.unhandled_critical, found.revocation) == ((), (), Revocation())
    assert not found.must_staple
    assert not found.has_basic_constraints


def test_two_extensions_of_one_kind_are_a_problem_and_the_first_counts() -> None:
    made = make("x", extra=[("1.2.3.4", b"a"), ("1.2.3.5", b"b")], dns=["kept.example.com"])
    found = decode(made.der.replace(b"\x2a\x03\x05", b"\x2a\x03\x04"))
    assert found.problems == ("extensions: one OID twice",)
    assert found.names.dns == ("kept.example.com",)


def rich() -> Made:
    description = x509.AccessDescription
    return make(
        "rich",
        by=CA,
        more=[
            (x509.SubjectKeyIdentifier(b"\x0a\x0b"), False),
            (x509.AuthorityKeyIdentifier(b"\xc0\xff\xee", None, None), False),
            (
                x509.NameConstraints(
                    [
                        x509.DNSName("example.com"),
                        x509.IPAddress(ipaddress.ip_network("10.0.0.0/8")),
                        x509.RFC822Name("example.com"),
                        x509.UniformResourceIdentifier(".example.com"),
                    ],
                    [x509.DirectoryName(CA.cert.subject)],
                ),
                True,
            ),
            (
                x509.CRLDistributionPoints(
                    [x509.DistributionPoint([x509.UniformResourceIdentifier("http://crl")], None, None, None)]
                ),
                False,
            ),
            (
                x509.AuthorityInformationAccess(
                    [
                        description(AccessOID.OCSP, x509.UniformResourceIdentifier("http://ocsp")),
                        description(AccessOID.CA_ISSUERS, x509.UniformResourceIdentifier("http://ca")),
                    ]
                ),
                False,
            ),
            (x509.TLSFeature([x509.TLSFeatureType.status_request]), False),
            (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"x"), True),
        ],
    )


def test_any_flipped_byte_is_read_or_malformed_and_nothing_else() -> None:
    made = make("flip", dns=["a.example.com"], ip=["10.0.0.1"], eku=["server"], usages=["digital_signature"], ca=False)
    read = 0
    for at in range(len(made.der)):
        for value in (0x00, 0xFF, made.der[at] ^ 0x01):
            try:
                decode(made.der[:at] + bytes([value]) + made.der[at + 1 :])
            except MalformedCertificate:
                continue
            read += 1
    assert read > 100


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", b"x" * 50])
def test_a_key_that_does_not_load_has_no_digest(pem: bytes) -> None:
    assert public_half(pem) == ""
