"""Manifests of a repository beside what the cluster has of them (--source)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects.view import View
from mtlsaudit.graph.drift import Declaration, declarations
from mtlsaudit.model.origin import render_path
from mtlsaudit.model.verdict import Evidence

SCHEMA: dict[str, type] = {"key": str, "kind": str, "exists": bool, "differs": list}


def subjects(view: View) -> Iterator[Subject]:
    """One subject for each manifest of a kind that is compared."""
    for found in declarations(view.graph, view.joined, view.default_namespace):
        differs = tuple(
            f"{render_path(d.path)} is {d.declared} in the manifest and {d.found} in the cluster"
            for d in found.differences
        )
        if found.live is None and found.hidden is None:
            differs = ("the cluster does not have it",)
        exists: bool | Missing = found.live is not None if found.hidden is None else Missing((found.hidden,))
        facts: dict[str, Plain | Missing] = {
            "key": str(found.manifest.id),
            "kind": found.manifest.id.kind,
            "exists": exists,
            "differs": differs,
        }
        yield Subject("declaration", f"manifest of {found.manifest.id}", facts, partial(_evidence, found))


def _evidence(found: Declaration) -> dict[str, tuple[Evidence, ...]]:
    manifest, live = found.manifest, found.live
    name = (manifest.evidence(manifest.id.name, "metadata", "name"),)
    sides = tuple(
        piece
        for d in found.differences
        for piece in (
            manifest.evidence(d.declared, *d.path),
            *((live.evidence(d.found, *d.path),) if live is not None else ()),
        )
    )
    return {"": name, "exists": name, "differs": sides or name}
