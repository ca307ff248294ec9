"""Ingresses that ask cert-manager's ingress-shim for certificates, whichever controller serves them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects.view import View
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.cert_manager.shim import NotMade, asks_for_certificate
from mtlsaudit.platforms.core.ingresses import Ingress

SCHEMA: dict[str, type] = {"key": str, "not_made": list, "problem": str}


def subjects(view: View) -> Iterator[Subject]:
    """One subject for each Ingress that names an issuer."""
    failures: dict[str, list[NotMade]] = defaultdict(list)
    for failure in view.graph.not_made:
        failures[failure.ingress.key].append(failure)
    for ingress in view.graph.inventory.ingresses:
        if asks_for_certificate(ingress) and not ingress.problems:
            found = failures[ingress.key]
            facts: dict[str, Plain | Missing] = {
                "key": ingress.key,
                "not_made": tuple(f.secret for f in found),
                "problem": found[0].problem.reason if found else "",
            }
            yield Subject("shim", f"Ingress {ingress.key}", facts, partial(_evidence, ingress, found))


def _evidence(ingress: Ingress, failures: Sequence[NotMade]) -> dict[str, tuple[Evidence, ...]]:
    resource = ingress.resource
    found: dict[str, tuple[Evidence, ...]] = {"": (resource.evidence(resource.id.name, "metadata", "name"),)}
    if failures:
        path = failures[0].problem.path
        value = (
            resource.annotations.get(str(path[-1])) if path[0] == "metadata" else failures[0].secret.partition("/")[2]
        )
        found["problem"] = (resource.evidence(value, *path),)
    return found
