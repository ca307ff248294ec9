"""Keys and hashes that a verifier refuses.

OpenSSL: security level n wants 0, 80, 112, 128, 192, 256 bits (SSL_CTX_set_security_level(3)). It is 2 in a plain build
since 3.2, 1 before, and nginx leaves it so unless `ssl_ciphers` says @SECLEVEL. The hash of the anchor's own signature
does not count. `openssl verify` asks for level 0. Go: no SHA-1 and no MD5 at all, RSA from 1024 bits (1.24), RSA, ECDSA on
P-224 to P-521 and Ed25519 only. BoringSSL: no MD5 (x509_digest_nid_ok).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mtlsaudit.model.certificate import Certificate, KeyInfo
from mtlsaudit.model.chain import Engine, Purpose
from mtlsaudit.pki.path.found import Found
from mtlsaudit.pki.path.paths import Path
from mtlsaudit.pki.signature import pss_parameters

if TYPE_CHECKING:
    from mtlsaudit.pki.path.verifier import Verifier

_WEAK = {"sha1": "signature-sha1", "md5": "signature-md5"}
_REFUSED = {Engine.GO: ("sha1", "md5"), Engine.BORINGSSL: ("md5",)}
_LEVEL_BITS = (0, 80, 112, 128, 192, 256)
_HASH_BITS = {"md5": 39, "sha1": 63, "sha224": 112, "sha256": 128, "sha384": 192, "sha512": 256}
_RSA_BITS = ((15360, 256), (7680, 192), (3072, 128), (2048, 112), (1024, 80), (0, 0))
_GO_CURVES = frozenset({"secp224r1", "secp256r1", "secp384r1", "secp521r1"})
_GO_SMALLEST_RSA = 1024


def strength_defects(verifier: Verifier, path: Path) -> Iterator[Found]:
    """Weak signatures are named for every engine, and fatal where it refuses them."""
    wanted = _LEVEL_BITS[verifier.security_level] if verifier.engine is Engine.OPENSSL else 0
    last = len(path.certificates) - 1
    for depth, certificate in enumerate(path.certificates):
        signed_above = depth < last
        weak = _WEAK.get(certificate.signature_hash)
        if signed_above and weak:
            too_weak = _HASH_BITS[certificate.signature_hash] < wanted
            refused = too_weak or certificate.signature_hash in _REFUSED.get(verifier.engine, ())
            yield Found(weak, depth, certificate.signature_algorithm, refused)
        elif signed_above and _HASH_BITS.get(certificate.signature_hash, wanted) < wanted:
            words = f"{certificate.signature_algorithm} is below security level {verifier.security_level}"
            yield Found("algorithm-unsupported", depth, words, True)
        bits = _key_bits(certificate.key)
        if bits is not None and bits < wanted:
            words = (
                f"{certificate.key.algorithm} {certificate.key.size} is below security level {verifier.security_level}"
            )
            yield Found("key-too-small", depth, words, True)
        if _explicit_curve(verifier, certificate, alone=last == 0):
            yield Found("algorithm-unsupported", depth, "the curve of its key is spelt out instead of named", True)
        if verifier.engine is Engine.GO:
            yield from _go(certificate, depth, signed_above)
    leaf = path.certificates[0].key
    if verifier.engine is Engine.BORINGSSL and verifier.purpose is not Purpose.NONE and not _shakes(leaf):
        words = f"BoringSSL takes no handshake signed by {leaf.curve or leaf.algorithm}"
        yield Found("algorithm-unsupported", 0, words, True)


def _shakes(key: KeyInfo) -> bool:
    """May the leaf's key sign a handshake? By BoringSSL's defaults, which Envoy has (kVerifySignatureAlgorithms)."""
    return key.algorithm == "RSA" or (key.algorithm == "ECDSA" and key.curve in ("secp256r1", "secp384r1"))


def _key_bits(key: KeyInfo) -> int | None:
    """Security bits of a key (SP 800-57 part 1, table 2); None where it is not known here."""
    if key.size is None:
        return None
    if key.algorithm in ("RSA", "DSA"):
        return next(bits for size, bits in _RSA_BITS if key.size >= size)
    return key.size // 2


def _explicit_curve(verifier: Verifier, certificate: Certificate, alone: bool) -> bool:
    """OpenSSL 3 refuses a curve that is spelt out (X509_V_ERR_EC_KEY_EXPLICIT_PARAMS) in a path of more than one."""
    return verifier.engine is Engine.OPENSSL and certificate.key.encoding == "explicit curve" and not alone


_GO_SIGNATURES = frozenset(
    {f"{kind}-with-{digest}" for kind in ("rsa", "ecdsa") for digest in ("sha256", "sha384", "sha512")} | {"ed25519"}
)


def _go_verifies(certificate: Certificate) -> bool:
    """The signature algorithms of crypto/x509; PSS only with a salt as long as the hash (getSignatureAlgorithmFromAI)."""
    if certificate.signature_algorithm != "rsassa-pss":
        return certificate.signature_algorithm in _GO_SIGNATURES or certificate.signature_hash in _WEAK
    parameters = pss_parameters(certificate.der)
    return (
        parameters is not None
        and certificate.signature_hash in ("sha256", "sha384", "sha512")
        and parameters.mgf._algorithm.name == certificate.signature_hash  # noqa: SLF001 - the library offers no other way
        and parameters._salt_length == int(certificate.signature_hash[3:]) // 8  # noqa: SLF001
    )


def _go(certificate: Certificate, depth: int, signed_above: bool) -> Iterator[Found]:
    key = certificate.key
    if signed_above and not _go_verifies(certificate):
        yield Found("algorithm-unsupported", depth, f"Go does not verify {certificate.signature_algorithm}", True)
    if key.algorithm == "ECDSA" and key.curve not in _GO_CURVES:
        yield Found("algorithm-unsupported", depth, f"Go does not parse a key on {key.curve}", True)
    if depth == 0:
        return
    if key.algorithm not in ("RSA", "ECDSA", "Ed25519"):
        yield Found("algorithm-unsupported", depth, f"Go verifies no signature by a {key.algorithm} key", True)
    if key.algorithm == "RSA" and key.size is not None and key.size < _GO_SMALLEST_RSA:
        yield Found("key-too-small", depth, f"RSA {key.size}; Go takes {_GO_SMALLEST_RSA} and more", True)
