"""Who verifies certificates, with which anchors, and how each certificate fares there."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Chain, Engine, Purpose
from mtlsaudit.model.fact import Basis, Gap
from mtlsaudit.model.values import dataclass, field
from mtlsaudit.model.verdict import Evidence


class Verifies(StrEnum):
    """Whose certificates a verifier checks; PEERS where the objects do not tell (a bundle that a pod mounts)."""

    CLIENTS = "clients"
    SERVERS = "servers"
    PEERS = "peers"


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA as the declared objects know it: the Secret that holds its key, before anything was issued.

    `secret` is `namespace/name`. `parent` is the Secret of the CA above it, empty for a root; `is_root` is None where
    the issuer above is not known. `issuers` are the issuer objects that sign with it (`Kind namespace/name`).
    """

    secret: str
    parent: str
    is_root: bool | None
    issuers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TrustBundle:
    """The CA certificates in one field of one object.

    `id` is the object and the field. `anchors` is None where the content is not known; then `authorities` names the
    Secrets of the CAs that it will hold, as far as they can be told, and `gaps` says what is missing. `system` says
    that the public roots of the operating system belong to it; `crl` is the PEM text of ca.crl beside it. `follows`
    names the objects that a controller copies it from, so that a change there arrives here by itself; it is empty
    where a person must edit it.
    """

    id: str
    object: str
    field: str
    anchors: tuple[Certificate, ...] | None
    authorities: tuple[Authority, ...] = ()
    system: bool = False
    crl: str = ""
    bad_blocks: tuple[str, ...] = ()
    holds_private_key: bool = False
    follows: tuple[str, ...] = ()
    basis: Basis = Basis.DECLARED
    evidence: tuple[Evidence, ...] = ()
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Verifier:
    """One place that verifies certificates.

    `kind` is a short word for the sort of place (docs/trust.md lists them). `engines` has one entry where the software
    is known, and several where it is not: then a certificate is said to be accepted only if all of them accept it.
    `depth` is the most certificates between leaf and anchor, None where there is no limit of its own.
    `names` are the DNS names that the server must prove, where the place says them; `targets` are the hosts, Services or
    workloads that it is about. `extra` are certificates that the software loads from the same file as its anchors.
    """

    id: str
    kind: str
    place: str
    field: str
    verifies: Verifies
    engines: tuple[Engine, ...]
    bundles: tuple[TrustBundle, ...]
    depth: int | None = None
    targets: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    extra: tuple[Certificate, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def anchors(self) -> tuple[Certificate, ...]:
        """The anchors that are known, each once."""
        return tuple({c.sha256: c for b in self.bundles for c in b.anchors or ()}.values())

    @property
    def is_known(self) -> bool:
        """Is every anchor known? Only then can a certificate be said to be refused."""
        return bool(self.bundles) and all(b.anchors is not None for b in self.bundles)

    @property
    def system(self) -> bool:
        return any(b.system for b in self.bundles)

    @property
    def authorities(self) -> tuple[Authority, ...]:
        """The CAs that declared objects will put into it."""
        return tuple(dict.fromkeys(a for b in self.bundles for a in b.authorities))

    @property
    def all_gaps(self) -> tuple[Gap, ...]:
        return tuple(dict.fromkeys((*self.gaps, *(g for b in self.bundles for g in b.gaps))))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Credential:
    """A certificate that somebody presents: tls.crt of a Secret, or what a Certificate in the input will put there.

    `path` is leaf first, as the Secret holds it; empty where nothing was issued. `authority` is the CA that signs it, as
    the declared objects say. `certificate` is the `namespace/name` of its Certificate, or empty.
    """

    id: str
    secret: str
    certificate: str
    path: tuple[Certificate, ...]
    authority: Authority | None
    issuer: str
    is_ca: bool
    usages: tuple[str, ...] | None
    dns: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()

    @property
    def leaf(self) -> Certificate | None:
        return self.path[0] if self.path else None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Handshake:
    """A certificate at a verifier that is expected to meet it; `because` says why it is.

    `chains` has the verdict of each engine where both sides are known; otherwise `inferred` has what the declared
    objects come to, None where they do not tell, and `gaps` why.
    """

    credential: Credential
    verifier: Verifier
    purpose: Purpose
    because: str
    chains: tuple[Chain, ...] = ()
    inferred: Mapping[Engine, bool | None] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()

    @property
    def basis(self) -> Basis:
        return Basis.DECLARED if self.chains else Basis.INFERRED

    def verdicts(self) -> dict[Engine, bool | None]:
        """What each engine says; None where it cannot be told."""
        return {c.engine: c.holds for c in self.chains} if self.chains else dict(self.inferred)

    @property
    def holds(self) -> bool | None:
        """True if every engine accepts, False if none does, None where they differ or it cannot be told."""
        found = set(self.verdicts().values())
        return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Accepted:
    """An issuer whose certificates a verifier accepts: a CA certificate or, before it is issued, the Secret of the CA.

    `name` is the subject or the Secret; `sha256` is empty for what is inferred. `anchor` says whether it is one of the
    anchors itself, `public` whether it is a root of the public Web PKI. `certificates` counts those in the input that name
    it as their issuer.
    """

    name: str
    sha256: str
    anchor: bool
    public: bool
    issuers: tuple[str, ...] = ()
    certificates: int = 0


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Followed:
    """A CA of an issuer in the input that a bundle, which a person writes, holds under its present key or an earlier one.

    `present` is the certificate that it signs with now, None where that was not seen. `missing` says that the bundle
    carries nothing which that one signs, and that nobody has shown it such a certificate yet; None where it cannot be
    told, with `gaps`. `places` verify with the bundle. `waiting` are the certificates of the earlier key that they accept
    today, and will refuse once they are renewed.
    """

    authority: Authority
    present: Certificate | None
    missing: bool | None
    places: tuple[str, ...] = ()
    waiting: tuple[Credential, ...] = ()
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Trust:
    """Everything about trust in one estate at one time, each list in the order of its ids."""

    verifiers: tuple[Verifier, ...]
    bundles: tuple[TrustBundle, ...]
    credentials: tuple[Credential, ...]
    handshakes: tuple[Handshake, ...]
    accepts: Mapping[str, tuple[Accepted, ...]]
    """Verifier id → the issuers that it accepts: the trust matrix."""

    same_as: Mapping[str, str] = field(default_factory=dict)
    """Verifier id → the first one with the same engines, anchors, depth and CRLs, whose verdicts are its own."""

    followed: Mapping[str, tuple[Followed, ...]] = field(default_factory=dict)
    """Bundle id → the CAs that it holds and that issuers of the input sign with, or did."""


NO_TRUST = Trust((), (), (), (), {})
"""Of an estate in which nothing verifies anything."""
