"""NetworkPolicies, decoded with the defaults that the API server fills in."""

from __future__ import annotations

from mtlsaudit.decode.reader import Opened, Reader
from mtlsaudit.model.resource import Problem, Resource
from mtlsaudit.model.values import dataclass

NETWORK_POLICY = ("networking.k8s.io", "NetworkPolicy")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of matchExpressions."""

    key: str
    operator: str
    values: tuple[str, ...]

    def holds(self, labels: dict[str, str]) -> bool:
        """Apimachinery labels.Requirement.Matches: NotIn holds where the key is absent."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return self.key not in labels or labels[self.key] not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels
            case _:
                return False


@dataclass(frozen=True, slots=True)
class Selector:
    """A label selector; an empty one selects everything."""

    labels: tuple[tuple[str, str], ...]
    expressions: tuple[Requirement, ...]

    def matches(self, labels: dict[str, str]) -> bool:
        """Do the labels fulfil every line?"""
        for key, value in self.labels:
            if key not in labels or labels[key] != value:
                return False
        return all(e.holds(labels) for e in self.expressions)

    @property
    def is_everything(self) -> bool:
        return not self.labels and not self.expressions


@dataclass(frozen=True, slots=True)
class Block:
    """An address range and its exceptions."""

    cidr: str
    excluded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Peer:
    """None for a selector that is not there: `namespaces` absent means the policy's own namespace."""

    pods: Selector | None
    namespaces: Selector | None
    block: Block | None


@dataclass(frozen=True, slots=True)
class PolicyPort:
    protocol: str
    port: int | str | None
    end: int | None


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """`peers` or `ports` None: everyone, every port."""

    peers: tuple[Peer, ...] | None
    ports: tuple[PolicyPort, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class NetworkPolicy:
    """`ingress` and `egress` are None where the policy does not isolate that direction."""

    resource: Resource
    pods: Selector
    ingress: tuple[PolicyRule, ...] | None
    egress: tuple[PolicyRule, ...] | None
    problems: tuple[Problem, ...]


def decode_policy(resource: Resource) -> NetworkPolicy:
    """A NetworkPolicy; missing policyTypes become Ingress, and Egress when there is an egress rule."""
    opened = Opened(resource)
    spec = opened.root.child("spec")
    types = spec.texts("policyTypes")
    if not types:
        types = ("Ingress", "Egress") if spec.children("egress") else ("Ingress",)
    return NetworkPolicy(
        resource=resource,
        pods=_selector(spec.child("podSelector")),
        ingress=tuple(_rule(r, "from", opened) for r in spec.children("ingress")) if "Ingress" in types else None,
        egress=tuple(_rule(r, "to", opened) for r in spec.children("egress")) if "Egress" in types else None,
        problems=tuple(opened.problems),
    )


def _selector(reader: Reader) -> Selector:
    expressions = tuple(
        Requirement(e.text("key") or "", e.text("operator") or "", e.texts("values"))
        for e in reader.children("matchExpressions")
    )
    return Selector(tuple(reader.strings("matchLabels").items()), expressions)


def _rule(reader: Reader, direction: str, opened: Opened) -> PolicyRule:
    peers = tuple(_peer(p, opened) for p in reader.children(direction))
    ports = tuple(
        PolicyPort(p.text("protocol") or "TCP", p.port("port"), p.number("endPort")) for p in reader.children("ports")
    )
    return PolicyRule(peers or None, ports or None)


def _peer(reader: Reader, opened: Opened) -> Peer:
    if not reader.keys():
        opened.problems.append(Problem(reader.path, "an empty peer: the API server refuses the policy"))
    block = reader.child("ipBlock")
    return Peer(
        pods=_selector(reader.child("podSelector")) if reader.has("podSelector") else None,
        namespaces=_selector(reader.child("namespaceSelector")) if reader.has("namespaceSelector") else None,
        block=Block(block.text("cidr") or "", block.texts("except")) if reader.has("ipBlock") else None,
    )
