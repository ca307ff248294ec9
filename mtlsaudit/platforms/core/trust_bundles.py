"""ClusterTrustBundle (certificates.k8s.io, beta since Kubernetes 1.33): anchors that any pod may project as a file."""

from __future__ import annotations

from mtlsaudit.decode.reader import Opened
from mtlsaudit.model.resource import Problem, Resource
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.core.anchors import Anchors, read_pem


@dataclass(frozen=True, slots=True, eq=False)
class ClusterTrustBundle:
    resource: Resource
    signer: str
    anchors: Anchors
    problems: tuple[Problem, ...]


def decode_cluster_trust_bundle(resource: Resource) -> ClusterTrustBundle:
    """A ClusterTrustBundle."""
    opened = Opened(resource)
    spec = opened.root.child("spec")
    anchors = read_pem("trustBundle", spec.text("trustBundle") or "")
    return ClusterTrustBundle(resource, spec.text("signerName") or "", anchors, tuple(opened.problems))
