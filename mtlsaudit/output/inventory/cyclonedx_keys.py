"""Public keys and algorithms as components of a CycloneDX 1.7 bill of materials, and the references to them."""

from __future__ import annotations

from mtlsaudit.model.certificate import KeyInfo

Json = dict[str, object]

# Key algorithm → (family, curve) in CycloneDX's words (cryptography-defs, 1.7).
_FAMILY = {"ECDSA": "ECDSA", "Ed25519": "EdDSA", "Ed448": "EdDSA", "DSA": "DSA"}
_SIGNATURE_FAMILY = (
    ("rsa-with-", "RSASSA-PKCS1"),
    ("rsassa-pss", "RSASSA-PSS"),
    ("ecdsa-with-", "ECDSA"),
    ("dsa-with-", "DSA"),
    ("ed25519", "EdDSA"),
    ("ed448", "EdDSA"),
)
_CURVE = {
    "secp256r1": "nist/P-256",
    "secp384r1": "nist/P-384",
    "secp521r1": "nist/P-521",
    "secp256k1": "secg/secp256k1",
    "Ed25519": "other/Ed25519",
    "Ed448": "other/Ed448",
}
# Comparable strengths in bits: NIST SP 800-57 Part 1 rev. 5, table 2.
_RSA_STRENGTH = ((15360, 256), (7680, 192), (3072, 128), (2048, 112), (1024, 80))
_CURVE_STRENGTH = {"secp256r1": 128, "secp384r1": 192, "secp521r1": 256, "Ed25519": 128, "Ed448": 224}


def key_ref(spki_sha256: str) -> str:
    """The reference to a public key, by the digest of its SubjectPublicKeyInfo."""
    return f"public-key/{spki_sha256}"


def algorithm_ref(key: KeyInfo) -> str:
    """The reference to the algorithm of a key, with its size and curve."""
    return f"algorithm/{_algorithm_name(key)}"


def signature_ref(name: str) -> str:
    """The reference to a signature algorithm, by its name."""
    return f"algorithm/signature/{name}"


def _algorithm_name(key: KeyInfo) -> str:
    return "-".join(part for part in (key.algorithm, str(key.size or ""), key.curve) if part)


def public_key(digest: str, key: KeyInfo) -> Json:
    """A public key, however many certificates hold it."""
    material: Json = {
        "type": "public-key",
        "id": digest,
        "fingerprint": {"alg": "SHA-256", "content": digest},
        "relatedCryptographicAssets": [{"type": "algorithm", "ref": algorithm_ref(key)}],
    }
    if key.size:
        material["size"] = key.size
    return {
        "type": "cryptographic-asset",
        "bom-ref": key_ref(digest),
        "name": f"{_algorithm_name(key)} public key {digest[:16]}",
        "cryptoProperties": {"assetType": "related-crypto-material", "relatedCryptoMaterialProperties": material},
    }


def algorithm(ref: str, key: KeyInfo) -> Json:
    """What a key is of, with its strength where it is known; none of these withstands a quantum computer."""
    properties: Json = {"primitive": "pke" if key.algorithm == "RSA" else "signature"}
    curve = _CURVE.get(key.curve or key.algorithm)
    strength = _strength(key)
    if key.algorithm in _FAMILY:
        properties["algorithmFamily"] = _FAMILY[key.algorithm]
    if key.size:
        properties["parameterSetIdentifier"] = str(key.size)
    if curve:
        properties["ellipticCurve"] = curve
    if strength is not None:
        properties["classicalSecurityLevel"] = strength
        properties["nistQuantumSecurityLevel"] = 0
    return {
        "type": "cryptographic-asset",
        "bom-ref": ref,
        "name": _algorithm_name(key),
        "cryptoProperties": {"assetType": "algorithm", "algorithmProperties": properties},
    }


def signature(name: str) -> Json:
    """What a certificate was signed with; its hash is in the name."""
    properties: Json = {"primitive": "signature", "cryptoFunctions": ["verify"]}
    family = next((f for prefix, f in _SIGNATURE_FAMILY if name.startswith(prefix)), "")
    if family:
        properties["algorithmFamily"] = family
        properties["nistQuantumSecurityLevel"] = 0
    return {
        "type": "cryptographic-asset",
        "bom-ref": signature_ref(name),
        "name": name,
        "cryptoProperties": {"assetType": "algorithm", "algorithmProperties": properties},
    }


def _strength(key: KeyInfo) -> int | None:
    if key.algorithm in ("RSA", "DSA"):
        return next((bits for size, bits in _RSA_STRENGTH if (key.size or 0) >= size), 0)
    return _CURVE_STRENGTH.get(key.curve or key.algorithm)
