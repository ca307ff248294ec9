"""The question and its answer: Verifier, verify."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, cast

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Chain, Defect, Engine, Purpose
from mtlsaudit.pki.crl import Crl
from mtlsaudit.pki.path.alike import NotSharedError, Outline, alike
from mtlsaudit.pki.path.defects import UNDECIDED
from mtlsaudit.pki.path.go_parsing import sent_along
from mtlsaudit.pki.path.judge import judge
from mtlsaudit.pki.path.search import search
from mtlsaudit.pki.path.store import Store


@dataclass(frozen=True, slots=True)
class Verifier:
    """One verifier: its family, what it is asked, whom it trusts, and when.

    `partial_chain` (OpenSSL only) takes any trusted certificate as the end of a path, as X509_V_FLAG_PARTIAL_CHAIN;
    Go does so always. `max_depth` counts the CAs between leaf and anchor, as nginx's ssl_verify_depth. With `crls`, every certificate
    of the path is looked up, and a CA without a list is a failure (nginx ssl_crl, Envoy crl); Go never looks.
    `security_level` is OpenSSL's: 2 is what it is built with since 3.2, 1 before; `openssl verify` asks for 0.
    """

    engine: Engine
    purpose: Purpose
    anchors: tuple[Certificate, ...]
    at: datetime
    partial_chain: bool = False
    max_depth: int | None = None
    crls: tuple[Crl, ...] = ()
    security_level: int = 2
    store: Store = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "store", Store.of(self.anchors))


def verify(verifier: Verifier, leaf: Certificate, intermediates: Sequence[Certificate] = ()) -> Chain:
    """The verdict on `leaf`, with what was sent along with it in its order.

    Names that a client asks for are not looked at: whether a host is among the SANs is another question. Raises nothing.
    """
    sent = Store.of(intermediates)
    group = None if verifier.crls else alike(leaf, verifier.at, verifier.store, sent)
    if group is None:
        return verify_alone(verifier, leaf, intermediates)
    v = verifier
    key = (group, v.engine, v.purpose, v.partial_chain, v.max_depth, v.security_level)
    if key not in _shared:
        if len(_shared) >= _MOST_KEPT:
            _shared.clear()
        _shared[key] = _share(verifier, leaf, intermediates)
    found = _shared[key]
    return found.of(verifier, leaf) if found else verify_alone(verifier, leaf, intermediates)


class _Shared(NamedTuple):
    """The verdict on every leaf of a group; `sha256` is that of the one that stood for them."""

    sha256: str
    holds: bool | None
    above: tuple[Certificate, ...]
    defects: tuple[Defect, ...]

    def of(self, verifier: Verifier, leaf: Certificate) -> Chain:
        defects = self.defects
        if leaf.sha256 != self.sha256 and any(d.sha256 == self.sha256 for d in defects):
            defects = tuple(
                Defect(d.code, d.depth, leaf.sha256, d.words, d.fatal) if d.sha256 == self.sha256 else d
                for d in defects
            )
        return Chain(verifier.engine, verifier.purpose, verifier.at, self.holds, (leaf, *self.above), defects)


_MOST_KEPT = 1 << 16
_shared: dict[Hashable, _Shared | None] = {}
"""None: a rule asked for more than the leaves have in common."""


def _share(verifier: Verifier, leaf: Certificate, intermediates: Sequence[Certificate]) -> _Shared | None:
    try:
        found = verify_alone(verifier, cast("Certificate", Outline(leaf)), intermediates)
    except NotSharedError:
        return None
    return _Shared(leaf.sha256, found.holds, found.path[1:], found.defects)


def verify_alone(verifier: Verifier, leaf: Certificate, intermediates: Sequence[Certificate]) -> Chain:
    found = search(verifier, leaf, intermediates)
    beside = _beside(verifier, intermediates)
    judged = [(path, (*judge(verifier, path), *beside)) for path in found.paths]
    states = [_state(defects) for _, defects in judged]
    best = min(
        range(len(judged)), key=lambda i: (_RANK[states[i]], _fatal(judged[i][1]), -len(judged[i][0].certificates))
    )
    path, defects = judged[best]
    holds = states[best]
    if found.any_of and len(set(states)) > 1:
        holds = None
        words = "the verifier takes one of several trusted certificates of that name; with one the chain holds, with another not"
        defects = (
            *defects,
            Defect("ambiguous-issuer", len(path.certificates) - 1, path.certificates[-1].sha256, words, False),
        )
    if found.cut_off and holds is not True:
        holds = None if holds is None or not _fatal_at_leaf(defects) else False
        words = "the search was stopped; there are more candidates than the verifier itself would look at"
        defects = (
            *defects,
            Defect("search-cut-off", len(path.certificates) - 1, path.certificates[-1].sha256, words, False),
        )
    return Chain(verifier.engine, verifier.purpose, verifier.at, holds, path.certificates, defects)


def _beside(verifier: Verifier, intermediates: Sequence[Certificate]) -> tuple[Defect, ...]:
    """What is wrong with certificates that were sent along, whether they are on the path or not."""
    if verifier.engine is not Engine.GO:
        return ()
    return tuple(
        Defect("unparsable-sent-along", 0, certificate.sha256, f"Go does not parse {words}", certain)
        for certificate, (words, certain) in sent_along(intermediates)
    )


_RANK = {True: 0, None: 1, False: 2}


def _state(defects: Sequence[Defect]) -> bool | None:
    if any(d.fatal for d in defects):
        return False
    return None if any(d.code in UNDECIDED for d in defects) else True


def _fatal(defects: Sequence[Defect]) -> int:
    return sum(d.fatal for d in defects)


_LEAF_ONLY = frozenset(
    {"expired", "not-yet-valid", "key-usage-unfit", "extended-usage-unfit", "unknown-critical-extension"}
)


def _fatal_at_leaf(defects: Sequence[Defect]) -> bool:
    """Is something wrong with the leaf itself, so that no other path could help?"""
    return any(d.fatal and d.depth == 0 and d.code in _LEAF_ONLY for d in defects)
