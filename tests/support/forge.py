"""Certificates that the library does not make: old hashes, version 1, negative serials. The TBS is rewritten and signed anew."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from mtlsaudit.pki.der import children, whole, wrap
from tests.support.pki import Key, Made

_SEQUENCE, _INTEGER, _BIT_STRING = 0x30, 0x02, 0x03
_NULL = b"\x05\x00"
_OIDS = {
    ("rsa", "md5"): "2a864886f70d010104",
    ("rsa", "sha1"): "2a864886f70d010105",
    ("rsa", "sha224"): "2a864886f70d01010e",
    ("rsa", "sha256"): "2a864886f70d01010b",
    ("ec", "sha1"): "2a8648ce3d0401",
    ("ec", "sha224"): "2a8648ce3d040301",
    ("ec", "sha256"): "2a8648ce3d040302",
}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),
    "sha1": hashes.SHA1(),
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
}


def forge(
    made: Made, signer: Key, digest: str = "sha256", *, version_1: bool = False, serial: bytes | None = None
) -> Made:
    """The same certificate with another hash, without extensions as version 1, or with a serial of these bytes."""
    tbs = next(children(made.der, whole(made.der)))
    fields = [made.der[f.start : f.end] for f in children(made.der, tbs)]
    algorithm = _algorithm(signer, digest)
    fields[1] = wrap(_INTEGER, serial) if serial is not None else fields[1]
    fields[2] = algorithm
    if version_1:
        fields = [f for f in fields[1:] if f[0] != 0xA3]
    body = wrap(_SEQUENCE, b"".join(fields))
    signature = wrap(_BIT_STRING, b"\0" + _sign(signer, digest, body))
    return Made(x509.load_der_x509_certificate(wrap(_SEQUENCE, body + algorithm + signature)), made.key)


def _algorithm(signer: Key, digest: str) -> bytes:
    kind = "rsa" if isinstance(signer, rsa.RSAPrivateKey) else "ec"
    oid = wrap(0x06, bytes.fromhex(_OIDS[kind, digest]))
    return wrap(_SEQUENCE, oid + (_NULL if kind == "rsa" else b""))


def _sign(signer: Key, digest: str, body: bytes) -> bytes:
    if isinstance(signer, rsa.RSAPrivateKey):
        return signer.sign(body, padding.PKCS1v15(), _HASHES[digest])
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    return signer.sign(body, ec.ECDSA(_HASHES[digest]))
