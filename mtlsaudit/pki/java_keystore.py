"""JKS, Java's own keystore: its certificates are not encrypted, and are read without the password.

The layout is that of OpenJDK's sun.security.provider.JavaKeyStore: big-endian counts and lengths, entries of private keys
(tag 1: an encrypted key and its chain) and of trusted certificates (tag 2). JCEKS has the same ones, and secret keys (tag
3) whose length is not written, so that nothing after one can be read. The digest at the end needs the password; nobody
checks it here.
"""

from __future__ import annotations

from typing import NamedTuple

MAGIC = {b"\xfe\xed\xfe\xed": "JKS", b"\xce\xce\xce\xce": "JCEKS"}
_KEY, _TRUSTED = 1, 2


class JavaKeystore(NamedTuple):
    """`certificates` as DER, chains leaf first; `trouble` says why something after them could not be read."""

    certificates: tuple[bytes, ...]
    keys: int
    trouble: str = ""


class _CutOff(ValueError):
    pass


class _Bytes:
    """A cursor that refuses to read past the end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, size: int) -> bytes:
        if size > len(self._data) - self._at:
            raise _CutOff
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, size: int = 4) -> int:
        return int.from_bytes(self.take(size))


def read_java_keystore(data: bytes) -> JavaKeystore:
    """The certificates and how many private keys there are. Raises nothing: what cannot be read is said."""
    cursor = _Bytes(data)
    certificates: list[bytes] = []
    keys = 0
    try:
        cursor.take(4)
        version = cursor.number()
        if version not in (1, 2):
            return JavaKeystore((), 0, f"a keystore of version {version}, which is not known")
        for _ in range(cursor.number()):
            tag = cursor.number()
            cursor.take(cursor.number(2))  # the alias
            cursor.take(8)  # when it was added
            if tag == _KEY:
                keys += 1
                cursor.take(cursor.number())
                certificates.extend(_certificate(cursor, version) for _ in range(cursor.number()))
            elif tag == _TRUSTED:
                certificates.append(_certificate(cursor, version))
            else:
                return JavaKeystore(tuple(certificates), keys, "a secret key, after which nothing can be read")
    except _CutOff:
        return JavaKeystore(tuple(certificates), keys, "cut off")
    return JavaKeystore(tuple(certificates), keys)


def _certificate(cursor: _Bytes, version: int) -> bytes:
    if version == 2:
        cursor.take(cursor.number(2))  # the type, which is X.509
    return cursor.take(cursor.number())
