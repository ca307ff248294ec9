"""May the leaf be used for the purpose, and may its CAs stand above such a leaf?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Engine, Purpose
from mtlsaudit.pki.path.found import Found
from mtlsaudit.pki.path.paths import Path

if TYPE_CHECKING:
    from mtlsaudit.pki.path.verifier import Verifier

_LEAF_KEY_USAGE = {
    Purpose.CLIENT: frozenset({"digital signature", "key agreement"}),
    Purpose.SERVER: frozenset({"digital signature", "key encipherment", "key agreement"}),
}
"""One of these suffices (OpenSSL 3, v3_purp.c: KU_TLS and check_purpose_ssl_client). Go does not look at key usages."""

_SIGNS = frozenset({"digital signature"})
"""What BoringSSL wants of either side's certificate in the handshake itself, an anchor or not (ssl_cert_check_key_usage)."""

_STEP_UP = frozenset({"microsoft sgc", "netscape sgc"})
"""Server gated crypto of Microsoft and Netscape: OpenSSL takes it for server auth."""


def usage_defects(verifier: Verifier, path: Path) -> Iterator[Found]:
    """Key usage of the leaf and extended key usage of the whole path, which all three families nest."""
    if verifier.purpose is Purpose.NONE:
        return
    leaf = path.certificates[0]
    spared = path.trusted if verifier.engine is Engine.BORINGSSL else len(path.certificates)
    signs = verifier.engine is Engine.BORINGSSL
    usable = _SIGNS if signs else _LEAF_KEY_USAGE[verifier.purpose]
    if leaf.key_usage is not None and not usable & set(leaf.key_usage):
        words = f"key usage: {', '.join(leaf.key_usage) or 'none'}"
        yield Found("key-usage-unfit", 0, words, verifier.engine is not Engine.GO and (signs or spared > 0))
    for depth, certificate in enumerate(path.certificates):
        fault = _extended(verifier, certificate)
        if fault:
            yield Found(
                "ca-extended-usage-unfit" if depth and fault == "extended-usage-unfit" else fault,
                depth,
                f"extended key usage: {', '.join(certificate.ext_key_usage or ())}",
                depth < spared and (fault != "extended-usage-any-only" or verifier.engine is not Engine.GO),
            )


def _extended(verifier: Verifier, certificate: Certificate) -> str:
    usages = certificate.ext_key_usage
    if usages is None or verifier.purpose in usages:
        return ""
    if verifier.purpose is Purpose.SERVER and verifier.engine is Engine.OPENSSL and _STEP_UP & set(usages):
        return ""
    return "extended-usage-any-only" if "any" in usages else "extended-usage-unfit"
