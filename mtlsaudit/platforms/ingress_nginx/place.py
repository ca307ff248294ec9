"""Where hops are: a host and path, the Ingress that brings it, and the Service behind it."""

from __future__ import annotations

from collections.abc import Mapping

from mtlsaudit.model.fact import Basis, Gap
from mtlsaudit.model.hop import ClientSide, Hop, HopKind, Mode, UpstreamSide
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.core.estate import Estate
from mtlsaudit.platforms.core.ingresses import Backend
from mtlsaudit.platforms.ingress_nginx import NAME


@dataclass(frozen=True, slots=True)
class Place:
    """One location as a client sees it: host, path, owner and Service. The identity of its two hops."""

    host: str
    path: str
    entry: str
    service: str
    alias: bool = False

    def hop(
        self,
        kind: HopKind,
        mode: Mode,
        because: str,
        *,
        basis: Basis,
        evidence: Mapping[str, tuple[Evidence, ...]],
        gaps: tuple[Gap, ...],
        possible: tuple[Mode, ...] = (),
        client: ClientSide | None = None,
        upstream: UpstreamSide | None = None,
        platform: str = NAME,
    ) -> Hop:
        """One of the two; only an unknown one keeps its gaps."""
        return Hop(
            id=f"{kind}:{self.entry}:{self.host}{self.path}",
            kind=kind,
            platform=platform,
            entry=self.entry,
            host=self.host,
            path=self.path,
            service=self.service,
            mode=mode,
            basis=basis,
            because=because,
            client=client,
            upstream=upstream,
            possible=possible,
            evidence=evidence,
            gaps=gaps if mode is Mode.UNKNOWN else (),
        )


def service_label(namespace: str, backend: Backend, estate: Estate | None) -> str:
    """`namespace/name:port`, with the number of a named port where the Service tells it."""
    service = estate.service(namespace, backend.service) if estate else None
    port = service.port(backend.port) if service else None
    return f"{namespace}/{backend.service}:{port.port if port else backend.port}"
