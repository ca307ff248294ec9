"""Does a certificate prove a host's name? As OpenSSL answers, which nginx asks for `proxy_ssl_name` (X509_check_host).

Go and BoringSSL look at DNS names alone and know no star inside a label; they are not modelled here.
"""

from __future__ import annotations

import re

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.pki.names import common_names

_LABEL = rb"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_STARRED = re.compile(rb"(?:((?!xn--)" + _LABEL + rb")?\*|\*([a-z0-9-]*[a-z0-9]))((?:\." + _LABEL + rb"){2,})")
"""What stands before the star or after it, and the labels above: two or more."""
_REST = re.compile(rb"[a-z0-9-]*|\*")
"""What a star stands for."""


def proves_host(certificate: Certificate, host: str) -> bool:
    """Is the host among the DNS names, or among the common names where there is no DNS name?

    An address is compared as a name, never with the addresses of the certificate. Source: X509_check_host(3) without
    flags, crypto/x509/v3_utl.c of OpenSSL 3.
    """
    names = certificate.names.dns or common_names(certificate.subject_raw)
    return any(host_matches(name, host) for name in names)


def host_matches(pattern: str, host: str) -> bool:
    """ASCII letters are alike in both cases; a last dot counts. `.example.com` asks for any name that ends so.

    One star may stand in the first label, at its start or at its end: for a part of a label, and alone for a whole one.
    """
    wanted, name = host.encode().lower(), pattern.encode().lower()
    if len(wanted) > 1 and wanted.startswith(b"."):
        return name.endswith(wanted)
    starred = _STARRED.fullmatch(name)
    if starred is None:
        return name == wanted != b""
    before, after = starred[1] or b"", starred[2] or b""
    tail = after + starred[3]
    if len(wanted) < len(before + tail) or not (wanted.startswith(before) and wanted.endswith(tail)):
        return False
    rest = wanted[len(before) : len(wanted) - len(tail)]
    if not before and not after:
        return bool(rest) and _REST.fullmatch(rest) is not None
    return not wanted.startswith(b"xn--") and _REST.fullmatch(rest) is not None
