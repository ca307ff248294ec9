"""What `cryptography` raises where it cannot read a part of a certificate or list, and what it says then, in one line."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


def in_words(error: Exception) -> str:
    """The first line of its message, shortened; its type where it has none."""
    return str(error).splitlines()[0][:160] if str(error) else type(error).__name__
