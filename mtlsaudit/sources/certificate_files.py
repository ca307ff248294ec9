"""Files of certificates, told by what they hold and not by their names: PEM, DER, PKCS#7, PKCS#12, JKS.

A private key is looked at for its public half and then forgotten; nothing of it leaves this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from os import DirEntry

from mtlsaudit.model.certificate_file import BrokenPart, CertificateFile, FiledCertificate, FiledKey
from mtlsaudit.pki.java_keystore import MAGIC
from mtlsaudit.pki.pem import CERTIFICATE_LABELS, cut

HEAD = 1 << 16
"""So much of a file is enough to see whether it holds certificates."""

_KEY = re.compile(r"-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----.*?(?:-----END \1-----|(?=-----BEGIN )|\Z)", re.DOTALL)
_ARMOUR = re.compile(
    r"^[ \t]*-----BEGIN (?:(?:X509 |TRUSTED )?CERTIFICATE|[A-Z0-9 ]*PRIVATE KEY|PKCS7|CMS)-----", re.MULTILINE
)
_USUAL = b"-----BEGIN CERTIFICATE-----"
_MANIFEST = re.compile(r"^[ \t]*[\"{]?[ \t\"]*apiVersion\"?[ \t]*:|\"apiVersion\"[ \t]*:", re.MULTILINE)
_DER_KEYS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")


def holds_certificates(head: bytes) -> bool:
    """Does a file that begins so hold certificates or keys? Manifests that quote a certificate do not count."""
    if head[:4] in MAGIC or _is_sequence(head):
        return True
    if head.startswith(_USUAL) and b"apiVersion" not in head:
        return True
    text = _text(head)
    if "-----BEGIN " not in text or not _ARMOUR.search(text):
        return False
    return "apiVersion" not in text or not _MANIFEST.search(text)


def _is_sequence(head: bytes) -> bool:
    """DER begins with a SEQUENCE: a long one, or (a small key) a short one that begins with its version and ends here."""
    if head[:1] != b"\x30" or len(head) < 3:
        return False
    return 0x80 <= head[1] <= 0x84 or (head[2] == 2 and len(head) == 2 + head[1])


def head_of_certificates(path: str, entry: DirEntry[str]) -> bytes | None:
    """The first HEAD bytes of a file of certificates; None of any other file, and where it cannot be opened."""
    try:
        if not entry.is_file():
            return None
        with open(path, "rb", buffering=0) as file:
            head = file.read(HEAD)
            while 0 < len(head) < HEAD and (more := file.read(HEAD - len(head))):
                head += more
    except OSError:
        return None
    return head if holds_certificates(head) else None


def read_certificates(data: bytes, file: str, password: bytes | None = None) -> CertificateFile:
    """What the file holds; parts that cannot be read are named and do not hide the others."""
    if data[:4] in MAGIC:
        return _java(data, file)
    return _binary(data, file, password) if data[:1] == b"\x30" else _armoured(_text(data), file)


def _text(data: bytes) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return data.decode(encoding, "replace")


def _armoured(text: str, file: str) -> CertificateFile:
    keys: list[FiledKey] = []

    def without(match: re.Match[str]) -> str:
        keys.append(FiledKey(_public_half(match[0]), text.count("\n", 0, match.start()) + 1))
        return "\n" * match[0].count("\n")

    if "PRIVATE KEY-----" in text:
        text = _KEY.sub(without, text)
    good: list[FiledCertificate] = []
    broken: list[BrokenPart] = []
    for block in cut(text):
        number, line = len(good) + len(broken) + 1, block.line + 1
        if block.label in ("PKCS7", "CMS") and block.der is not None:
            inner = _signed_data(block.der, file)
            good += [FiledCertificate(number + i, c.certificate, line) for i, c in enumerate(inner.certificates)]
            broken += [BrokenPart(number, b.reason, line) for b in inner.broken]
        elif block.label in CERTIFICATE_LABELS:
            _take(block.der, number, line, good, broken)
    return CertificateFile(file, "PEM", tuple(good), tuple(keys), tuple(broken))


def _take(der: bytes | None, number: int, line: int, good: list[FiledCertificate], broken: list[BrokenPart]) -> None:
    from mtlsaudit.pki.decode import MalformedCertificate, decode

    if der is None:
        broken.append(BrokenPart(number, "not base64, or cut off", line))
        return
    try:
        good.append(FiledCertificate(number, decode(der), line))
    except MalformedCertificate as error:
        broken.append(BrokenPart(number, str(error), line))


def _public_half(pem: str) -> str:
    from mtlsaudit.pki.keys import public_half

    return public_half(pem.encode())


def _binary(data: bytes, file: str, password: bytes | None) -> CertificateFile:
    head = data[:32]
    if _SIGNED_DATA in head:
        return _signed_data(data, file)
    if _after_header(head)[:3] == b"\x02\x01\x03":
        return _keystore(data, file, password)
    good: list[FiledCertificate] = []
    broken: list[BrokenPart] = []
    _take(data, 1, 0, good, broken)
    if broken and (half := _der_key(data)) is not None:
        return CertificateFile(file, "DER", keys=(FiledKey(half),))
    return CertificateFile(file, "DER", tuple(good), (), tuple(broken))


def _after_header(head: bytes) -> bytes:
    """The contents of the outer SEQUENCE."""
    return head[2 + (head[1] & 0x7F if head[1] & 0x80 else 0) :] if len(head) > 2 else b""


def _der_key(data: bytes) -> str | None:
    """The public half of a private key in DER; None for what is none."""
    import base64

    body = base64.encodebytes(data).decode()
    halves = (_public_half(f"-----BEGIN {label}-----\n{body}-----END {label}-----\n") for label in _DER_KEYS)
    return next((half for half in halves if half), None)


def _signed_data(data: bytes, file: str) -> CertificateFile:
    from mtlsaudit.pki.pkcs7 import certificates_of

    ders = certificates_of(data)
    if ders is None:
        return CertificateFile(file, "PKCS#7", broken=(BrokenPart(1, "no PKCS#7 that holds certificates"),))
    return _bag("PKCS#7", ders, (), file)


def _keystore(data: bytes, file: str, password: bytes | None) -> CertificateFile:
    from mtlsaudit.pki.pkcs12 import open_keystore

    opened = open_keystore(data, password)
    if opened is None:
        tried = "the password given does not open it" if password else "it needs a password (--password-file)"
        return CertificateFile(file, "PKCS#12", locked=f"{tried}, or it is broken")
    keys = () if opened.key is None else (FiledKey(opened.key),)
    return _bag("PKCS#12", opened.certificates, keys, file)


def _java(data: bytes, file: str) -> CertificateFile:
    from mtlsaudit.pki.java_keystore import read_java_keystore

    found = read_java_keystore(data)
    bag = _bag(MAGIC[data[:4]], found.certificates, (FiledKey(""),) * found.keys, file)
    return bag._replace(locked=found.trouble)


def _bag(kind: str, ders: Iterable[bytes], keys: tuple[FiledKey, ...], file: str) -> CertificateFile:
    good: list[FiledCertificate] = []
    broken: list[BrokenPart] = []
    for number, der in enumerate(ders, 1):
        _take(der, number, 0, good, broken)
    return CertificateFile(file, kind, tuple(good), keys, tuple(broken))
