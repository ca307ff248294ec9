"""Namespaces, for their labels."""

from __future__ import annotations

from mtlsaudit.model.resource import Resource
from mtlsaudit.model.values import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Namespace:
    resource: Resource
    labels: dict[str, str]


def decode_namespace(resource: Resource) -> Namespace:
    """A Namespace; the API server adds kubernetes.io/metadata.name to every one."""
    return Namespace(resource, {**resource.labels, "kubernetes.io/metadata.name": resource.id.name})
