"""Which certificate meets which verifier, and why that is to be expected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple

from mtlsaudit.graph.build import Graph
from mtlsaudit.graph.trust.hierarchy import Hierarchy
from mtlsaudit.graph.trust.mounted_verifiers import SECRET_CA
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Purpose
from mtlsaudit.model.trust import Credential, Verifier, Verifies
from mtlsaudit.platforms.ingress_nginx.names import matches


class Meeting(NamedTuple):
    """A pair that is expected, before it was judged."""

    credential: Credential
    verifier: Verifier
    purpose: Purpose
    because: str


def find_meetings(
    graph: Graph, hierarchy: Hierarchy, credentials: Sequence[Credential], verifiers: Sequence[Verifier]
) -> list[Meeting]:
    """All pairs, in the order of verifiers and then of certificates; of alike verifiers of many clients the first alone."""
    by_secret = {c.secret: c for c in credentials}
    clients = _Clients(graph, hierarchy, [c for c in credentials if not c.is_ca and for_clients(c)])
    alike = groups_of_alike(verifiers)
    found: list[Meeting] = []
    for verifier in verifiers:
        same = alike[likeness(verifier)]
        if verifier.verifies is Verifies.CLIENTS and verifier is not same[0] and clients.are_many(verifier, len(same)):
            continue
        if verifier.is_known and not verifier.anchors and not verifier.authorities:
            continue  # it trusts nobody: other rules say why
        match verifier.verifies:
            case Verifies.CLIENTS:
                found += clients.of(verifier, len(same))
            case Verifies.SERVERS:
                found += _servers(graph, by_secret, verifier)
            case Verifies.PEERS if verifier.kind == SECRET_CA:
                found += _own(by_secret.get(verifier.place.removeprefix("Secret ")), verifier)
    return found


def for_clients(credential: Credential) -> bool:
    """Made for a client: it says so, or it says nothing and has no DNS name that a server would be called by."""
    if credential.usages is None:
        return not credential.dns
    return "client auth" in credential.usages


MOST_PAIRS = 1000
"""Of clients and alike verifiers. A CA for everybody makes pairs by the square of the estate, all with one verdict."""


def likeness(verifier: Verifier) -> Hashable:
    """What its verdict rests on: verifiers that are equal in it accept and refuse the same certificates."""
    bundles = tuple(
        (None if b.anchors is None else tuple(c.sha256 for c in b.anchors), b.authorities, b.system, b.crl)
        for b in verifier.bundles
    )
    return verifier.verifies, verifier.engines, verifier.depth, bundles, tuple(c.sha256 for c in verifier.extra)


def groups_of_alike(verifiers: Sequence[Verifier]) -> Mapping[Hashable, Sequence[Verifier]]:
    """Likeness → the verifiers of it, in their order."""
    groups: dict[Hashable, list[Verifier]] = defaultdict(list)
    for verifier in verifiers:
        groups[likeness(verifier)].append(verifier)
    return groups


class _Clients:
    """Client certificates by the CA that issued them: by name as issued, by Secret as declared."""

    def __init__(self, graph: Graph, hierarchy: Hierarchy, credentials: Sequence[Credential]) -> None:
        self._hierarchy = hierarchy
        self._found: dict[Hashable, dict[str, tuple[Credential, str]]] = {}
        self._by_name: dict[bytes, list[Credential]] = defaultdict(list)
        self._by_key: dict[str, list[Credential]] = defaultdict(list)
        self._by_secret: dict[str, list[Credential]] = defaultdict(list)
        for credential in credentials:
            holder = graph.inventory.secrets.get(credential.secret)
            for certificate in credential.path:
                self._by_name[certificate.issuer_raw].append(credential)
                if certificate.authority_key_id:
                    self._by_key[certificate.authority_key_id].append(credential)
            for anchor in holder.certificates.get("ca.crt", ()) if holder and credential.path else ():
                self._by_name[anchor.subject_raw].append(credential)
            if credential.authority is not None:
                for authority in hierarchy.upwards(credential.authority):
                    self._by_secret[authority.secret].append(credential)

    def are_many(self, verifier: Verifier, alike: int) -> bool:
        """Too many to be told for each of the verifiers that are alike?"""
        return alike > 1 and alike * len(self._known(verifier)) > MOST_PAIRS

    def of(self, verifier: Verifier, alike: int) -> Iterator[Meeting]:
        """The clients of one verifier; where they are many, said of all that are alike."""
        found = self._known(verifier)
        others = f"; so do {alike - 1} more places alike" if self.are_many(verifier, alike) else ""
        for name in sorted(found):
            credential, because = found[name]
            yield Meeting(credential, verifier, Purpose.CLIENT, f"{because}, which {verifier.place} trusts{others}")

    def _known(self, verifier: Verifier) -> dict[str, tuple[Credential, str]]:
        key = likeness(verifier)
        if key not in self._found:
            self._found[key] = self._find(verifier)
        return self._found[key]

    def _find(self, verifier: Verifier) -> dict[str, tuple[Credential, str]]:
        found: dict[str, tuple[Credential, str]] = {}
        for anchor in verifier.anchors:
            for credential in (*self._by_name[anchor.subject_raw], *self._by_key[anchor.subject_key_id]):
                words = f"it is a client certificate of {anchor.label}"
                found.setdefault(credential.id, (credential, words))
        for authority in verifier.authorities:
            for credential in self._by_secret[authority.secret]:
                words = f"it is a client certificate under the CA of the Secret {authority.secret}"
                found.setdefault(credential.id, (credential, words))
        return found


def _servers(graph: Graph, by_secret: dict[str, Credential], verifier: Verifier) -> Iterator[Meeting]:
    for service in verifier.targets:
        for credential, because in serving(graph, by_secret, service, verifier.names):
            yield Meeting(credential, verifier, Purpose.SERVER, because)


def serving(
    graph: Graph, by_secret: dict[str, Credential], service: str, names: Sequence[str] = ()
) -> Iterator[tuple[Credential, str]]:
    """The certificates that the pods behind a Service (`namespace/name`) serve: those that they mount with its name.

    A pod may mount others, for instance to be a client; the only one that is no client's counts without the name.
    """
    namespace, _, name = service.partition("/")
    wanted = (*names, *(f"{name}{tail}" for tail in ("", f".{namespace}", f".{namespace}.svc")))
    wanted = (*wanted, f"{name}.{namespace}.svc.cluster.local")
    mounted: dict[str, Credential] = {}
    for workload in graph.behind(service):
        for secret in workload.secrets:
            credential = by_secret.get(f"{workload.namespace}/{secret}")
            if credential is not None and not credential.is_ca:
                mounted[credential.id] = credential
    named = [c for c in mounted.values() if any(matches(d, n) for d in c.dns for n in wanted)]
    only = [
        c for c in mounted.values() if c.usages is None or "client auth" not in c.usages or "server auth" in c.usages
    ]
    for credential in named or (only if len(only) == 1 else []):
        yield credential, f"the pods behind the Service {service} mount it"


def _own(credential: Credential | None, verifier: Verifier) -> Iterator[Meeting]:
    """A certificate against the CA in its own Secret: what its peers, which hold the same CA, will say of it."""
    if credential is not None and credential.path and not _is_root(credential.path[0]) and verifier.anchors:
        yield Meeting(credential, verifier, Purpose.NONE, "both are in one Secret, so its peers trust that CA")


def _is_root(certificate: Certificate) -> bool:
    return certificate.is_ca and certificate.self_signed
