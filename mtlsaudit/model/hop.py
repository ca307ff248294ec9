"""A hop: one way from a client to an entry, or from an entry to a service, and its effective mode."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from mtlsaudit.model.fact import Basis, Gap
from mtlsaudit.model.values import dataclass, field
from mtlsaudit.model.verdict import Evidence


class HopKind(StrEnum):
    CLIENT_TO_ENTRY = "client-to-entry"
    ENTRY_TO_SERVICE = "entry-to-service"


class Mode(StrEnum):
    """The weakest way in that a hop leaves open (docs/vocabulary.md)."""

    MUTUAL = "mutual"
    OFFERED = "offered"
    PERMISSIVE = "permissive"
    SERVER_TLS = "server-tls"
    PLAINTEXT = "plaintext"
    REFUSED = "refused"
    PASSTHROUGH = "passthrough"
    UNKNOWN = "unknown"


class Plaintext(StrEnum):
    """What the port without TLS does for the same location."""

    SERVED = "served"
    REDIRECTED = "redirected"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class ClientAuth(StrEnum):
    """What the TLS side asks of a client."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    UNVERIFIED = "unverified"
    NONE = "none"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ClientSide:
    """The TLS and the plaintext side of a client-to-entry hop.

    `trust` is the Secret whose CA verifies the clients (`namespace/name`), `decided_by` the Ingress whose
    settings won, `plaintext_cause` a short word for why the plaintext port serves and `plaintext_because` a sentence.
    """

    plaintext: Plaintext
    client_auth: ClientAuth
    plaintext_cause: str = ""
    plaintext_because: str = ""
    trust: str = ""
    decided_by: str = ""
    match_cn: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class UpstreamSide:
    """How the entry speaks to the service; None where it cannot be told."""

    encryption: str | None
    server_verified: bool | None
    client_certificate: bool | None
    credential: str = ""
    port_expects_tls: bool = False
    protocol: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Hop:
    """One hop. `possible` lists the modes that remain when `mode` is unknown; `because` is one sentence."""

    id: str
    kind: HopKind
    platform: str
    entry: str
    host: str
    path: str
    mode: Mode
    basis: Basis
    because: str
    service: str = ""
    client: ClientSide | None = None
    upstream: UpstreamSide | None = None
    possible: tuple[Mode, ...] = ()
    evidence: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()

    def all_evidence(self) -> tuple[Evidence, ...]:
        """Every piece once, in the order of aspects."""
        seen: dict[Evidence, None] = {}
        for pieces in self.evidence.values():
            seen.update(dict.fromkeys(pieces))
        return tuple(seen)


def client_mode(plaintext: Plaintext, auth: ClientAuth) -> Mode:
    """The mode of a terminated client-to-entry hop from its two sides (conformance/README.md)."""
    if Plaintext.UNKNOWN is plaintext or ClientAuth.UNKNOWN is auth:
        return Mode.UNKNOWN
    served = plaintext is Plaintext.SERVED
    match auth:
        case ClientAuth.REQUIRED:
            return Mode.PERMISSIVE if served else Mode.MUTUAL
        case ClientAuth.OPTIONAL:
            return Mode.PERMISSIVE
        case ClientAuth.REFUSED:
            return Mode.PLAINTEXT if served else Mode.REFUSED
        case _:
            return Mode.PLAINTEXT if served else Mode.SERVER_TLS
