"""What a CA has to say of itself, what a certificate may be used for, and extensions."""

from __future__ import annotations

from typing import Any

from cryptography import x509

from tests.oracles.defects.pair import GOOD, GOOD_BELOW, ROOT, Pair, asked, authority, client, everywhere
from tests.oracles.engines import Question

_UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
_NETSCAPE_TYPE = ("2.16.840.1.113730.1.1", bytes.fromhex("03020780"))


def _below(number: int, **more: Any) -> Question:
    """A client under an intermediate that is so."""
    middle = authority("middle", ROOT, number=number, **more)
    return asked(client(middle), middle)


def _two_below(number: int, **more: Any) -> Question:
    upper = authority("upper", ROOT, number=number, **more)
    lower = authority("lower", upper, number=number + 1)
    return asked(client(lower), lower, upper)


PAIRS = (
    everywhere("no-basic-constraints", "an intermediate without basic constraints", _below(21, ca=None), GOOD_BELOW),
    everywhere("not-a-ca", "an intermediate that says it is no CA", _below(22, ca=False), GOOD_BELOW),
    everywhere(
        "path-too-long",
        "one CA below where none is allowed",
        _two_below(23, path_length=0),
        _two_below(25, path_length=1),
    ),
    Pair(
        "ca-without-cert-sign",
        "an intermediate that may sign lists only",
        _below(27, usages=("crl_sign",)),
        GOOD_BELOW,
        "ca-without-cert-sign!",
        "ca-without-cert-sign!",
        "issuer-not-found!",
    ),
    Pair(
        "key-usage-unfit",
        "a client that may encipher keys only",
        asked(client(ROOT, usages=("key_encipherment",))),
        GOOD,
        "key-usage-unfit!",
        "key-usage-unfit",
        "key-usage-unfit!",
    ),
    everywhere("extended-usage-unfit", "a server's certificate", asked(client(ROOT, eku=("server",))), GOOD),
    Pair(
        "extended-usage-any-only",
        "`any` alone, and beside client auth",
        asked(client(ROOT, eku=("2.5.29.37.0",))),
        asked(client(ROOT, eku=("2.5.29.37.0", "client"))),
        "extended-usage-any-only!",
        "extended-usage-any-only",
        "extended-usage-any-only!",
    ),
    everywhere(
        "ca-extended-usage-unfit",
        "an intermediate for servers",
        _below(28, eku=("server",)),
        _below(29, eku=("server", "client")),
    ),
    everywhere(
        "unknown-critical-extension",
        "an extension that nobody knows, critical and not",
        asked(client(ROOT, beside=[(_UNKNOWN, True)])),
        asked(client(ROOT, beside=[(_UNKNOWN, False)])),
    ),
    Pair(
        "malformed-part",
        "alternative names that are no names",
        asked(client(ROOT, extra=[("2.5.29.17", b"\x04\x01x")])),
        asked(client(ROOT, dns=("a.example.com",))),
        *["malformed-part"] * 3,
    ),
    Pair(
        "malformed-part",
        "a key usage without any bit",
        asked(client(ROOT, usages=())),
        GOOD,
        openssl="issuer-not-found! malformed-part! key-usage-unfit!",
        go="key-usage-unfit",
        boringssl="key-usage-unfit!",
    ),
    Pair(
        "extension-not-evaluated",
        "a certificate type of Netscape",
        asked(client(ROOT, extra=[_NETSCAPE_TYPE])),
        GOOD,
        openssl="extension-not-evaluated",
    ),
    Pair(
        "policy-not-evaluated",
        "an intermediate demands a policy",
        _below(30, beside=[(x509.PolicyConstraints(0, None), True)]),
        GOOD_BELOW,
        go="policy-not-evaluated",
        boringssl="policy-not-evaluated",
    ),
)
