"""Signatures, keys and validity."""

from __future__ import annotations

from dataclasses import replace

from tests.oracles.defects.pair import GOOD, ROOT, Pair, asked, at, authority, client, everywhere
from tests.support.forge import forge
from tests.support.pki import Made, key

_RSA = authority("rsa root", number=11, algorithm="rsa")
_UNDER_RSA = client(_RSA)
_WEAK = authority("weak root", number=12, algorithm="rsa1024")
_ECDSA_SHA256, _NEVER_ASSIGNED = bytes.fromhex("06082a8648ce3d040302"), bytes.fromhex("06082a8648ce3d04037f")


def _rsa(digest: str) -> Made:
    return forge(_UNDER_RSA, _RSA.key, digest)


def unknown_algorithm(der: bytes) -> bytes:
    """The same with a signature algorithm that nobody knows."""
    return der.replace(_ECDSA_SHA256, _NEVER_ASSIGNED)


_SHA256 = asked(_rsa("sha256"), anchors=(_RSA,))

PAIRS = (
    everywhere(
        "signature-invalid",
        "another key signed in the root's name",
        asked(forge(client(ROOT), key("ecdsa", 13))),
        asked(forge(client(ROOT), ROOT.key)),
    ),
    Pair(
        "signature-uncheckable",
        "an algorithm that nobody knows",
        asked(unknown_algorithm(client(ROOT).der)),
        GOOD,
        "malformed-part signature-uncheckable",
        "malformed-part signature-uncheckable algorithm-unsupported!",
        "malformed-part signature-uncheckable",
    ),
    Pair(
        "signature-sha1",
        "signed with SHA-1",
        asked(_rsa("sha1"), anchors=(_RSA,)),
        _SHA256,
        "signature-sha1!",
        "signature-sha1!",
        "signature-sha1",
    ),
    everywhere("signature-md5", "signed with MD5", asked(_rsa("md5"), anchors=(_RSA,)), _SHA256),
    Pair(
        "algorithm-unsupported",
        "a leaf with an Ed25519 key",
        asked(client(ROOT, algorithm="ed25519")),
        GOOD,
        boringssl="algorithm-unsupported!",
    ),
    Pair(
        "algorithm-unsupported",
        "a signature with SHA-224, which Go does not know",
        asked(_rsa("sha224"), anchors=(_RSA,)),
        _SHA256,
        go="algorithm-unsupported!",
    ),
    Pair(
        "key-too-small",
        "an RSA key of 1024 bits",
        asked(client(ROOT, algorithm="rsa1024")),
        asked(client(ROOT, algorithm="rsa")),
        openssl="key-too-small!",
    ),
    Pair(
        "key-too-small",
        "a CA with 1024 bits at security level 2 and at 1",
        asked(client(_WEAK), anchors=(_WEAK,)),
        asked(client(_WEAK), anchors=(_WEAK,), security_level=1),
        openssl="key-too-small!",
    ),
    everywhere("expired", "after the last day", at(GOOD, days=91), at(GOOD, days=89)),
    Pair(
        "expired",
        "at notAfter itself, and a second before",
        at(GOOD, days=90),
        at(GOOD, days=90, seconds=-1),
        openssl="expired!",
        boringssl="expired!",
    ),
    everywhere("not-yet-valid", "a second before notBefore", at(GOOD, seconds=-1), at(GOOD)),
    Pair(
        "negative-serial",
        "a serial number below zero",
        asked(forge(client(ROOT), ROOT.key, serial=b"\x80")),
        GOOD,
        "negative-serial",
        "negative-serial!",
        "negative-serial",
    ),
    Pair(
        "unparsable-sent-along",
        "one with a negative serial number is sent along and not needed",
        replace(GOOD, sent=(forge(client(ROOT), ROOT.key, serial=b"\x80").der,)),
        replace(GOOD, sent=(client(ROOT, serial=5).der,)),
        go="unparsable-sent-along!",
    ),
    Pair(
        "unparsable-sent-along",
        "one with a URI of which only Go can tell is sent along",
        replace(GOOD, sent=(client(ROOT, uri=("spiffe://td.example/[a]",)).der,)),
        replace(GOOD, sent=(client(ROOT, uri=("spiffe://td.example/a",)).der,)),
        go="unparsable-sent-along",
    ),
)
