"""From a leaf to an anchor: which paths the verifier would come to.

Go tries every candidate until one path holds (crypto/x509, buildChains). OpenSSL and BoringSSL take one issuer at a
time and never go back: a trusted one first, else the first that fits among those sent along. So several trusted
certificates that fit equally leave open which is taken; then all paths come back, as `any_of`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Engine
from mtlsaudit.pki.path.paths import Found
from mtlsaudit.pki.path.search_go import GoSearch
from mtlsaudit.pki.path.search_greedy import greedy
from mtlsaudit.pki.path.store import Store

if TYPE_CHECKING:
    from mtlsaudit.pki.path.verifier import Verifier


def search(verifier: Verifier, leaf: Certificate, intermediates: Sequence[Certificate]) -> Found:
    """All paths that the verifier may come to."""
    if verifier.engine is Engine.GO:
        return GoSearch(verifier.store, Store.of(intermediates)).search(leaf)
    return greedy(verifier, leaf, intermediates)
