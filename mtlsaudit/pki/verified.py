"""Each signature is verified once: what came out is remembered by (what was signed, key), and can be kept for a later run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mtlsaudit.pki.signature import Signature

Link = tuple[str, str]
"""The SHA-256 of the certificate or list and that of the issuer's public key: the same two always give the same answer."""

_known: dict[Link, Signature] = {}


def once(link: Link, check: Callable[[], Signature]) -> Signature:
    """What `check` came to for this link, which is asked where that is not known yet."""
    found = _known.get(link)
    if found is None:
        found = _known[link] = check()
    return found


def known_signatures() -> Mapping[Link, Signature]:
    """A copy of what this process has verified, or was told."""
    return dict(_known)


def remember_signatures(known: Mapping[Link, Signature]) -> None:
    """Take over what an earlier run verified. The caller vouches for where it was kept."""
    _known.update(known)
