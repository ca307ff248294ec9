"""Private CAs that may issue for every name, each told once: at the first bundle that workloads mount."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from mtlsaudit.graph.trust.public import is_public_root
from mtlsaudit.model.trust import TrustBundle


def unbounded(bundles: Sequence[TrustBundle], mounted: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Bundle → names of its CAs without name constraints. `mounted` are the ids of bundles that workloads verify peers with."""
    told: set[str] = set()
    out: dict[str, tuple[str, ...]] = {}
    for bundle in bundles:
        if bundle.id not in mounted:
            continue
        new = {
            a.sha256: a.label
            for a in bundle.anchors or ()
            if a.is_ca and a.name_constraints is None and a.sha256 not in told and not is_public_root(a)
        }
        told |= set(new)
        out[bundle.id] = tuple(new.values())
    return out
