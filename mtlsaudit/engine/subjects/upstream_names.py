"""Do the Services behind an Ingress prove the name that nginx demands of them (proxy-ssl-name)?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from mtlsaudit.graph.trust.ingress_verifiers import UPSTREAM_CA
from mtlsaudit.model.trust import Credential, Handshake
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.pki.hosts import host_matches, proves_host


class Demanded(NamedTuple):
    """The name, the certificates that its Services are expected to serve, and those of Services that cannot prove it.

    `declared` are the Secrets (`namespace/name`) of certificates that prove it as declared, where none does as issued.
    """

    name: str = ""
    met: tuple[str, ...] = ()
    unproved: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def demanded_names(handshakes: Iterable[Handshake]) -> Mapping[str, Demanded]:
    """`Ingress namespace/name` → what it demands, where it verifies its Services for a name and their certificates are known.

    One certificate that proves the name is enough for a Service, because which of several it serves is not known.
    """
    by_service: dict[str, dict[str, list[Handshake]]] = defaultdict(lambda: defaultdict(list))
    for handshake in handshakes:
        if handshake.verifier.kind == UPSTREAM_CA and handshake.verifier.names and _told(handshake.credential):
            by_service[handshake.verifier.place][handshake.because].append(handshake)
    return {place: _demanded(list(services.values())) for place, services in by_service.items()}


def _demanded(services: Sequence[Sequence[Handshake]]) -> Demanded:
    name = services[0][0].verifier.names[0]
    proving = [[h.credential for h in some if _proves(h.credential, name)] for some in services]
    refused = [some for some, those in zip(services, proving, strict=True) if not those]
    declared = {c.secret for those in proving if all(c.leaf is None for c in those) for c in those}
    return Demanded(
        name,
        _certificates(services),
        _certificates(refused),
        tuple(sorted(declared)),
        tuple(dict.fromkeys(e for some in refused for h in some for e in h.credential.evidence)),
    )


def _certificates(services: Sequence[Sequence[Handshake]]) -> tuple[str, ...]:
    return tuple(sorted({h.credential.id for some in services for h in some}))


def _told(credential: Credential) -> bool:
    """Of what is not issued the declared DNS names are known, and not the common name that counts without them."""
    return credential.leaf is not None or bool(credential.dns)


def _proves(credential: Credential, name: str) -> bool:
    if credential.leaf is not None:
        return proves_host(credential.leaf, name)
    return any(host_matches(d, name) for d in credential.dns)
