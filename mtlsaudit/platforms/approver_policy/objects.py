"""CertificateRequestPolicy (policy.cert-manager.io/v1alpha1): where one exists, approver-policy decides, and what no policy
allows is denied. Without it cert-manager approves every request (approver-policy v0.27).
"""

from __future__ import annotations

from mtlsaudit.decode.reader import Opened
from mtlsaudit.model.resource import Resource
from mtlsaudit.model.values import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class RequestPolicy:
    """`issuers` are the (kind, name) patterns of `selector.issuerRef`; an empty pattern takes every issuer."""

    resource: Resource
    issuers: tuple[str, str]


def decode_request_policy(resource: Resource) -> RequestPolicy:
    """A CertificateRequestPolicy."""
    reference = Opened(resource).root.child("spec", "selector", "issuerRef")
    return RequestPolicy(resource, (reference.text("kind") or "", reference.text("name") or ""))
