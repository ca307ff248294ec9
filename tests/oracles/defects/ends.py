"""Where a path ends, and how the next certificate is found."""

from __future__ import annotations

from dataclasses import replace

from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from tests.oracles.defects.pair import GOOD, GOOD_BELOW, MIDDLE, ROOT, Pair, asked, authority, client, everywhere
from tests.support.pki import make

_ALONE = make("alone", number=3, usages=("digital_signature", "key_cert_sign"), eku=("client",), ca=True)
_SPELT = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root", _ASN1Type.PrintableString)])
_MARK = x509.SubjectKeyIdentifier(b"mark"), False
_MARKED = authority("marked", number=4, more=[_MARK])
_BARE = authority("bare", number=5, more=[])
_TWIN = authority("bare", number=6, more=[])
_UNDER_BARE = client(_BARE, more=[])
_DECOYS = tuple(
    make("middle", by=ROOT, number=7, ca=True, usages=("key_cert_sign",), serial=100 + i) for i in range(110)
)


def _named(identifier: bytes) -> tuple[x509.ExtensionType, bool]:
    return x509.AuthorityKeyIdentifier(identifier, None, None), False


_WITHOUT_ID = client(MIDDLE, more=[])

PAIRS = (
    everywhere("issuer-not-found", "the intermediate is not sent", replace(GOOD_BELOW, sent=()), GOOD_BELOW),
    everywhere(
        "self-signed-not-trusted", "a self-signed certificate", asked(_ALONE), asked(_ALONE, anchors=(ROOT, _ALONE))
    ),
    Pair(
        "anchor-not-self-signed",
        "only the intermediate is trusted, with and without partial chains",
        asked(client(MIDDLE), anchors=(MIDDLE,)),
        asked(client(MIDDLE), anchors=(MIDDLE,), partial_chain=True),
        openssl="anchor-not-self-signed!",
    ),
    Pair(
        "name-encoding-differs",
        "the issuer as a PrintableString, the root as a UTF8String",
        asked(client(ROOT, issuer=_SPELT)),
        GOOD,
        go="name-encoding-differs!",
    ),
    Pair(
        "key-identifiers-differ",
        "the root's name with another key's identifier",
        asked(client(_MARKED, more=[_named(b"other")]), anchors=(_MARKED,)),
        asked(client(_MARKED, more=[_named(b"mark")]), anchors=(_MARKED,)),
        openssl="issuer-not-found!",
        go="key-identifiers-differ",
        boringssl="issuer-not-found!",
    ),
    Pair(
        "no-authority-key-identifier",
        "the leaf names no key",
        asked(client(ROOT, more=[])),
        GOOD,
        *["no-authority-key-identifier"] * 3,
    ),
    Pair(
        "no-subject-key-identifier",
        "the root names no key",
        asked(client(_BARE), anchors=(_BARE,)),
        GOOD,
        *["no-subject-key-identifier"] * 3,
    ),
    Pair(
        "search-cut-off",
        "110 certificates of the issuer's name and another key come first, and 10 of them",
        asked(_WITHOUT_ID, *_DECOYS, MIDDLE),
        asked(_WITHOUT_ID, *_DECOYS[:10], MIDDLE),
        openssl=None,
        go="signature-invalid! search-cut-off",
        boringssl=None,
    ),
    Pair(
        "ambiguous-issuer",
        "two roots of one name and without identifiers are trusted, and one",
        asked(_UNDER_BARE, anchors=(_TWIN, _BARE)),
        asked(_UNDER_BARE, anchors=(_BARE,)),
        openssl="ambiguous-issuer",
        boringssl="ambiguous-issuer",
    ),
    Pair(
        "too-deep",
        "one intermediate where none is allowed, and where one is",
        replace(GOOD_BELOW, max_depth=0),
        replace(GOOD_BELOW, max_depth=1),
        openssl="too-deep!",
        boringssl="too-deep!",
    ),
)
