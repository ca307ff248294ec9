"""Leaves that no rule can tell apart get their verdict once: an estate holds thousands under the same few CAs.

What the search and the rules may see of such a leaf is its `Outline`: the fields that are equal in all of its kind. Whoever
asks it for anything else (a name, the serial number, the bytes) stops the shared verdict, and the leaf is judged by itself. So
a rule that reads more than the outline holds is right without knowing of it.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from operator import attrgetter
from typing import NoReturn

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.pki.path.go_parsing import go_problems
from mtlsaudit.pki.path.signatures import link_signature
from mtlsaudit.pki.path.store import Store, self_issued

_COMMON = (
    "issuer_raw",
    "issuer",
    "key",
    "signature_hash",
    "signature_algorithm",
    "key_usage",
    "ext_key_usage",
    "has_basic_constraints",
    "is_ca",
    "path_length",
    "authority_key_id",
    "authority_issuer_raw",
    "authority_serial",
    "extensions",
    "critical",
    "unhandled_critical",
    "must_staple",
    "policy_required",
    "self_signed",
    "version",
)
_common = attrgetter(*_COMMON)
_MOST_ISSUERS = 8

_kinds: dict[Hashable, int] = {}
_kind_of: dict[str, int] = {}
"""By SHA-256; 0 for a leaf that is like no other."""


class NotSharedError(Exception):
    """A rule asked for what is not common to leaves of a kind."""


class Outline:
    """What leaves of one kind have in common.

    The digests are those of one of them: `alike` has seen to it that no anchor and no certificate that is sent along has
    them, and that the signature of each possible issuer is known by them.
    """

    def __init__(self, leaf: Certificate) -> None:
        self.sha256, self.spki_sha256 = leaf.sha256, leaf.spki_sha256
        self.name_constraints, self.problems, self.negative_serial = None, (), False
        self.not_before = self.not_after = _InTime()
        for name in _COMMON:
            setattr(self, name, getattr(leaf, name))

    def __getattr__(self, name: str) -> NoReturn:
        raise NotSharedError(name)


class _InTime:
    """A notBefore or notAfter of which no more is known than that the moment asked about lies between the two."""

    def __lt__(self, at: datetime) -> bool:
        return False

    def __gt__(self, at: datetime) -> bool:
        return False

    def _refuse(self, *_: object) -> NoReturn:
        raise NotSharedError("validity")

    __format__ = __str__ = __repr__ = __sub__ = __rsub__ = __le__ = __ge__ = _refuse


def alike(leaf: Certificate, at: datetime, anchors: Store, sent: Store) -> Hashable | None:
    """Leaves of the same answer fare alike at every verifier that has these anchors and no CRL; None: no other is like it.

    `sent` are the certificates sent along.
    """
    kind = _kind_of.get(leaf.sha256)
    if kind is None:
        kind = _kind_of[leaf.sha256] = _kind(leaf)
    if not kind or not leaf.not_before < at < leaf.not_after:
        return None
    if leaf.sha256 in anchors.hashes or leaf.sha256 in sent.hashes:
        return None
    if leaf.spki_sha256 in anchors.keys or leaf.spki_sha256 in sent.keys:
        return None
    issuers = (*anchors.named(leaf.issuer_raw), *sent.named(leaf.issuer_raw))
    if len(issuers) > _MOST_ISSUERS:
        return None
    in_time = anchors.not_before < at < anchors.not_after and sent.not_before < at < sent.not_after
    signatures = tuple([link_signature(leaf, issuer) for issuer in issuers])
    return kind, anchors, sent, signatures, None if in_time else at


def _kind(leaf: Certificate) -> int:
    odd = leaf.problems or leaf.name_constraints or leaf.self_signed or leaf.negative_serial or not leaf.spki_sha256
    if odd or self_issued(leaf) or go_problems(leaf):
        return 0
    return _kinds.setdefault(_common(leaf), len(_kinds) + 1)
