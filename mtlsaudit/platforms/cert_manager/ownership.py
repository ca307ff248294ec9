"""Which Certificate owns a Secret that several name (internal/controller/certificates, v1.21)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from mtlsaudit.platforms.cert_manager.objects import CertificateSpec

CERTIFICATE_NAME = "cert-manager.io/certificate-name"
_NEXT_PRIVATE_KEY = "cert-manager.io/next-private-key"


def sharers(specs: Iterable[CertificateSpec]) -> Mapping[str, tuple[CertificateSpec, ...]]:
    """Secret → the Certificates that name it, oldest first; what was never applied counts as youngest."""
    found: dict[str, list[CertificateSpec]] = defaultdict(list)
    for spec in specs:
        if spec.secret:
            found[spec.secret_key].append(spec)
    return {key: tuple(sorted(made, key=_age)) for key, made in found.items()}


def _age(spec: CertificateSpec) -> tuple[bool, str, str]:
    return spec.created == "", spec.created, spec.name


def owner(made: tuple[CertificateSpec, ...], annotations: Mapping[str, str]) -> CertificateSpec:
    """The Certificate that the Secret's annotation names, if it is one of them; else the oldest."""
    named = annotations.get(CERTIFICATE_NAME)
    return next((spec for spec in made if spec.name == named), made[0])


def is_staged_key(labels: Mapping[str, str]) -> bool:
    """A Secret in which cert-manager keeps the key of an issue under way: no copy, and gone when the issue is done."""
    return labels.get(_NEXT_PRIVATE_KEY) == "true"
