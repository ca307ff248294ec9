"""Every certificate and list of `cryptography-vectors`, good and bad: none stops the program, none hides its neighbours."""

from __future__ import annotations

import base64
from pathlib import Path

import cryptography_vectors

from mtlsaudit.pki.crl import crls_in
from mtlsaudit.pki.decode import MalformedCertificate, decode
from mtlsaudit.pki.pem import blocks
from mtlsaudit.sources.certificate_files import read_certificates
from tests.support.pki import make

DATA = Path(cryptography_vectors.__file__).parent / "x509"
FILES = sorted(p for p in DATA.rglob("*") if p.suffix in (".pem", ".der", ".crt", ".crl"))


def _ders() -> list[bytes]:
    found: dict[bytes, None] = {}
    for path in FILES:
        data = path.read_bytes()
        if data.startswith(b"0"):
            found[data] = None
        else:
            text = data.decode("utf-8", "replace")
            found.update((b.der, None) for b in blocks(text) if b.der is not None)
    return list(found)


def _pem(der: bytes, label: str = "CERTIFICATE") -> str:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n"


def test_every_one_is_read_or_said_to_be_malformed() -> None:
    read, reasons = 0, []
    for der in _ders():
        try:
            assert decode(der).sha256
            read += 1
        except MalformedCertificate as error:
            reasons.append(str(error))
        crls_in(_pem(der, "X509 CRL"))
    assert read > 500
    assert len(reasons) > 100
    assert all(reasons)


def test_a_bad_block_hides_no_neighbour() -> None:
    first, last = make("first", number=1), make("last", number=2)
    for der in _ders():
        file = read_certificates((first.pem + _pem(der) + last.pem).encode(), "bundle.pem")
        names = [c.certificate.label for c in file.certificates]
        assert (names[0], names[-1]) == ("CN=first", "CN=last")
        assert len(names) + len(file.broken) == 3
