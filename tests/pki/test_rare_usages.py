"""Key usages that `cryptography` does not take: a certificate that the real cert-manager v1.21.2 issued (seed 29 of the variants)."""

from __future__ import annotations

from mtlsaudit.pki.decode import decode
from mtlsaudit.pki.pem import blocks

PEM = """-----BEGIN CERTIFICATE-----
MIIBjjCCATSgAwIBAgIURsaxd35CQucdFK9bgIS/ejh89hAwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAxMNdmFyaWFudHMtcm9vdDAeFw0yNjExMjQwNDQ0MjFaFw0yNzAy
MjIwNDQ0MjFaMC8xGzALBgNVBAoTBGEsIGIwDAYDVQQKEwVjK2Q9ZTEQMA4GA1UE
AwwHw5wgc2hvcDAqMAUGAytlcAMhAOLZJBtk19pgmqSB2GBEpyki0FlGf2FHGUcC
EaHwLdbHo3QwcjAPBgNVHQ8BAf8EBQMDB4CAMBMGA1UdJQQMMAoGCCsGAQUFBwMD
MAwGA1UdEwEB/wQCMAAwHwYDVR0jBBgwFoAUPFPAX9FcABzjaTXZVCLxQa5+ogww
GwYDVR0RBBQwEoINYS5leGFtcGxlLmNvbYIBYTAKBggqhkjOPQQDAgNIADBFAiB/
eyJCRXB66H1MM6WY2p1YCUfhdbhpe3EluMvqaad/LwIhAJFSbWpuyaCxVlBcfEPi
JGDrRdskR06uiPGkxD4Cn2D1
-----END CERTIFICATE-----
"""


def test_decipher_only_without_key_agreement_is_read() -> None:
    der = blocks(PEM)[0].der
    assert der is not None
    certificate = decode(der)
    assert certificate.key_usage == ("digital signature", "decipher only")
    assert "2.5.29.15" in certificate.critical
    assert certificate.problems == ()
