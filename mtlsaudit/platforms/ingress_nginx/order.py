"""The controller's order of Ingresses: by age, those of the same second by namespace/name backwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mtlsaudit.platforms.core.ingresses import Ingress


def in_order(ingresses: Iterable[Ingress]) -> tuple[Ingress, ...]:
    """Sorted as the controller does; an Ingress without creationTimestamp comes first."""
    return tuple(sorted(sorted(ingresses, key=lambda i: i.key, reverse=True), key=lambda i: i.resource.created))


def is_known(ingresses: Sequence[Ingress]) -> bool:
    """Does the input tell their order? Files have no creationTimestamp."""
    return len(ingresses) < 2 or all(i.resource.created for i in ingresses)
