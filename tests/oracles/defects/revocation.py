"""Revocation lists: OpenSSL and BoringSSL want one of each CA, Go looks at none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.oracles.defects.pair import MIDDLE, NOW, ROOT, Pair, asked, authority, client, lists
from tests.oracles.defects.signatures import unknown_algorithm
from tests.oracles.engines import Question
from tests.oracles.revocations import STRANGE, crl, scope

_BEGIN, _END = NOW - timedelta(days=2), NOW + timedelta(days=5)
_MUTE = authority("mute", number=51, usages=("key_cert_sign",))


def _list(issuer: Any, *revoked: int, **more: Any) -> x509.CertificateRevocationList:
    return crl(issuer, *revoked, **{"begin": _BEGIN, "end": _END, **more})


def _looked_up(*found: x509.CertificateRevocationList | bytes) -> Question:
    return asked(client(ROOT, serial=9), **lists(*found))


_LISTED = _looked_up(_list(ROOT, 10))


def _refused(code: str, title: str, bad: Question) -> Pair:
    return Pair(code, title, bad, _LISTED, openssl=f"{code}!", boringssl=f"{code}!")


def _open(code: str, title: str, bad: Question) -> Pair:
    return Pair(code, title, bad, _LISTED, openssl=code, boringssl=code)


PAIRS = (
    _refused("crl-missing", "a list of another CA", _looked_up(_list(MIDDLE))),
    _refused("crl-expired", "nextUpdate was an hour ago", _looked_up(_list(ROOT, 10, end=NOW - timedelta(hours=1)))),
    _refused(
        "crl-not-yet-valid", "thisUpdate is in an hour", _looked_up(_list(ROOT, 10, begin=NOW + timedelta(hours=1)))
    ),
    _refused("crl-signature-invalid", "another key signed the list", _looked_up(_list(ROOT, 10, signer=MIDDLE))),
    _open(
        "crl-signature-uncheckable",
        "an algorithm that nobody knows",
        _looked_up(unknown_algorithm(_list(ROOT, 10).public_bytes(Encoding.DER))),
    ),
    Pair(
        "ca-without-crl-sign",
        "a CA that may sign certificates only, with a list and without any",
        asked(client(_MUTE), anchors=(_MUTE,), **lists(_list(_MUTE))),
        asked(client(_MUTE), anchors=(_MUTE,)),
        openssl="ca-without-crl-sign!",
        boringssl="ca-without-crl-sign!",
    ),
    _refused("crl-unknown-critical-extension", "a critical extension", _looked_up(_list(ROOT, 10, more=STRANGE))),
    _open("crl-of-other-scope", "a list of users only", _looked_up(_list(ROOT, 10, more=scope(users=True)))),
    _refused("revoked", "the client's serial number is in the list", _looked_up(_list(ROOT, 9))),
)
