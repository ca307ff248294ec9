"""Certificate revocation lists, as far as a gateway needs them: do they load, and until when."""

from __future__ import annotations

from cryptography import x509

from mtlsaudit.pki.pem import blocks


def loads(text: str) -> bool:
    """Does the text start with a PEM block `X509 CRL` that parses? (ingress-nginx reads the first block only.)"""
    found = blocks(text)
    if not found or found[0].label != "X509 CRL" or found[0].der is None:
        return False
    try:
        x509.load_der_x509_crl(found[0].der)
    except ValueError:
        return False
    return True
