"""Orders and Challenges (acme.cert-manager.io/v1): how far an ACME server has come with one issue, and what it waits for.

Fields and states: pkg/apis/acme/v1 of cert-manager v1.21.2. Tokens and key authorizations are not read.
"""

from __future__ import annotations

from mtlsaudit.decode.reader import Opened, Reader
from mtlsaudit.model.resource import Problem, Resource
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.verdict import Evidence

FAILED = frozenset({"invalid", "expired", "errored"})
"""Final states without a certificate (acme.IsFailureState)."""
_DONE = "valid"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Order:
    """`request` is the key of the CertificateRequest that it is made for, its controller; empty without one."""

    resource: Resource
    request: str
    state: str
    reason: str
    problems: tuple[Problem, ...]

    @property
    def key(self) -> str:
        return self.resource.id.key

    @property
    def done(self) -> bool:
        return self.state == _DONE

    @property
    def words(self) -> str:
        """Its state in a few words."""
        return f"Order {self.resource.id.name} {_state(self.state, self.reason)}"

    def evidence(self) -> Evidence:
        """Its status."""
        return self.resource.evidence(_state(self.state, self.reason), "status", "state")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Challenge:
    """`order` is the key of its Order; `type` is HTTP-01 or DNS-01."""

    resource: Resource
    order: str
    type: str
    name: str
    state: str
    reason: str
    problems: tuple[Problem, ...]

    @property
    def done(self) -> bool:
        return self.state == _DONE

    @property
    def words(self) -> str:
        """What it is for and its state in a few words."""
        return f"the {self.type} challenge for {self.name} {_state(self.state, self.reason)}"

    def evidence(self) -> Evidence:
        """Its status."""
        return self.resource.evidence(_state(self.state, self.reason), "status", "state")


def decode_order(resource: Resource) -> Order:
    """An Order."""
    opened = Opened(resource)
    state, reason = _status(opened.root)
    request = _controller(resource, opened.root, "CertificateRequest")
    return Order(resource, request, state, reason, tuple(opened.problems))


def decode_challenge(resource: Resource) -> Challenge:
    """A Challenge."""
    opened = Opened(resource)
    state, reason = _status(opened.root)
    spec = opened.root.child("spec")
    name = f"{'*.' if spec.flag('wildcard') else ''}{spec.text('dnsName') or 'a name that is missing'}"
    order = _controller(resource, opened.root, "Order")
    return Challenge(resource, order, spec.text("type") or "ACME", name, state, reason, tuple(opened.problems))


def _status(root: Reader) -> tuple[str, str]:
    status = root.child("status")
    return status.text("state") or "", status.text("reason") or ""


def _controller(resource: Resource, root: Reader, kind: str) -> str:
    """The key of the object of this kind that owns it; owners are in the same namespace."""
    owners = root.child("metadata").children("ownerReferences")
    name = next((o.text("name") for o in owners if o.text("kind") == kind), None)
    return f"{resource.id.namespace}/{name}" if name else ""


def _state(state: str, reason: str) -> str:
    return f"is {state or 'not begun'}{': ' if reason else ''}{reason}"
