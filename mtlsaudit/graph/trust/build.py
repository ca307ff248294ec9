"""A graph to everything about trust in it, at one time."""

from __future__ import annotations

from datetime import datetime

from mtlsaudit.graph.build import Graph
from mtlsaudit.graph.trust.bundles import Bundles
from mtlsaudit.graph.trust.chains import Judge
from mtlsaudit.graph.trust.credentials import find_credentials
from mtlsaudit.graph.trust.followed import Followers
from mtlsaudit.graph.trust.handshakes import find_meetings, groups_of_alike
from mtlsaudit.graph.trust.hierarchy import Hierarchy
from mtlsaudit.graph.trust.matrix import Matrix
from mtlsaudit.graph.trust.verifiers import find_verifiers
from mtlsaudit.model.trust import Trust


def build_trust(graph: Graph, at: datetime) -> Trust:
    """Who verifies, whom, and what comes of it at `at`."""
    hierarchy = Hierarchy(graph)
    bundles = Bundles(graph, hierarchy)
    credentials = find_credentials(graph, hierarchy)
    verifiers = find_verifiers(graph, bundles)
    spread = {str(b.resource.id): bundles.of_trust_manager(b) for b in graph.inventory.bundles.values()}
    for key in sorted(k for k, h in graph.inventory.secrets.items() if "ca.crt" in h.data_keys):
        bundles.of_secret(key)
    judge = Judge(hierarchy, at)
    handshakes = [judge.judge(m) for m in find_meetings(graph, hierarchy, credentials, verifiers)]
    matrix = Matrix(graph, hierarchy, judge, credentials)
    followers = Followers(graph, hierarchy, judge, credentials, handshakes, at)
    return Trust(
        verifiers=tuple(verifiers),
        bundles=bundles.all(),
        credentials=tuple(credentials),
        handshakes=tuple(handshakes),
        accepts={v.id: matrix.row(v) for v in verifiers},
        same_as={v.id: group[0].id for group in groups_of_alike(verifiers).values() for v in group[1:]},
        followed=followers.of(bundles.all(), verifiers, spread),
    )
