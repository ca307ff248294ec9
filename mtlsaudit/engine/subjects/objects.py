"""Objects that the API server refuses, and Secrets with what should not be in a manifest."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects.view import View
from mtlsaudit.model.origin import render_path
from mtlsaudit.model.resource import Problem, Resource
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.core.secrets import CertificateHolder

SCHEMA: dict[str, type] = {"key": str, "kind": str, "problems": list, "decides_tls": bool}
SECRET_SCHEMA: dict[str, type] = {
    "key": str,
    "kind": str,
    "type": str,
    "private_keys": list,
    "in_manifest": bool,
    "bad_blocks": list,
    "is_ca_bundle": bool,
    "non_ca_anchors": list,
    "last_applied": bool,
    "mismatched_pair": bool,
}


def subjects(view: View) -> Iterator[Subject]:
    """One subject for each decoded object."""
    inventory = view.graph.inventory
    holders = (*inventory.secrets.values(), *inventory.config_maps.values())
    groups: tuple[tuple[tuple[Resource, tuple[Problem, ...]], ...], ...] = (
        tuple((i.resource, i.problems) for i in inventory.ingresses),
        tuple((s.resource, s.problems) for s in inventory.services.values()),
        tuple((w.resource, w.problems) for w in inventory.workloads),
        tuple((p.resource, p.problems) for p in inventory.policies),
        tuple((i.resource, i.problems) for i in inventory.issuers.values()),
        tuple((h.resource, h.problems) for h in holders),
    )
    for group in groups:
        for resource, problems in group:
            yield _object(resource, problems)


def _object(resource: Resource, problems: tuple[Problem, ...]) -> Subject:
    facts: dict[str, Plain | Missing] = {
        "key": resource.id.key,
        "kind": resource.id.kind,
        "problems": tuple(f"{render_path(p.path)}: {p.reason}" for p in problems),
        "decides_tls": resource.id.kind in ("Ingress", "Secret"),
    }
    return Subject("object", str(resource.id), facts, partial(_problem_evidence, resource, problems))


def _problem_evidence(resource: Resource, problems: tuple[Problem, ...]) -> dict[str, tuple[Evidence, ...]]:
    own = (resource.evidence(resource.id.name, "metadata", "name"),)
    return {"": own, "problems": tuple(Evidence(resource.site(*p.path), p.reason) for p in problems) or own}


def secret_subjects(view: View) -> Iterator[Subject]:
    """One subject for each Secret, and for each ConfigMap that holds certificates or keys."""
    inventory = view.graph.inventory
    for holder in inventory.secrets.values():
        yield _secret(holder)
    for holder in inventory.config_maps.values():
        if holder.certificates or holder.private_keys or holder.bad_blocks:
            yield _secret(holder)


def _secret(holder: CertificateHolder) -> Subject:
    resource = holder.resource
    anchors = holder.certificates.get("ca.crt", ())
    bad = [b for b in holder.bad_blocks if b.reason != "empty"]
    facts: dict[str, Plain | Missing] = {
        "key": holder.key,
        "kind": resource.id.kind,
        "type": holder.type,
        "private_keys": tuple(sorted(holder.private_keys)),
        "in_manifest": not resource.admitted,
        "bad_blocks": tuple(f"{b.key} block {b.index + 1}: {b.reason}" for b in bad),
        "is_ca_bundle": bool(anchors),
        "non_ca_anchors": tuple(sorted({a.subject or a.sha256[:12] for a in anchors if not a.is_ca})),
        "last_applied": resource.annotations.get("kubectl.kubernetes.io/last-applied-configuration") == "withheld",
        "mismatched_pair": holder.view().pair.value == "garbage",
    }

    return Subject("secret", f"{resource.id.kind} {holder.key}", facts, partial(_secret_evidence, holder))


def _secret_evidence(holder: CertificateHolder) -> dict[str, tuple[Evidence, ...]]:
    resource, field = holder.resource, holder.field
    keys = sorted(holder.private_keys)
    bad = sorted({b.key for b in holder.bad_blocks if b.reason != "empty"})
    return {
        "": (resource.evidence(resource.id.name, "metadata", "name"),),
        "private_keys": tuple(resource.evidence("a private key (withheld)", field, k) for k in keys),
        "bad_blocks": tuple(resource.evidence("present", field, k) for k in bad),
        "non_ca_anchors": (resource.evidence("present", field, "ca.crt"),),
        "mismatched_pair": (resource.evidence("present", field, "tls.crt"),),
    }
