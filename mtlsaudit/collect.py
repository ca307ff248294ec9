"""What to scan, and the reading of it: paths or a cluster to documents and gaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mtlsaudit.errors import NothingToAudit, SnapshotError
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms import CLUSTER_SCOPED, KINDS, wanted
from mtlsaudit.sources.cluster_info import world_of_dump
from mtlsaudit.sources.harvest import Harvest
from mtlsaudit.sources.manifests import Manifests

if TYPE_CHECKING:
    from mtlsaudit.sources.cluster.access import Target
    from mtlsaudit.sources.cluster.connection import Connection
    from mtlsaudit.sources.cluster.read import Progress
    from mtlsaudit.sources.cluster.tiers import Tier


SNAPSHOT_SUFFIXES = (".tar.gz", ".tgz")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Live:
    """Which cluster to read, how much of it, and how hard. `namespaces` empty: all. Times in seconds, `rate` a second."""

    target: Target
    tier: Tier
    namespaces: tuple[str, ...] = ()
    rate: float = 50
    timeout: float = 60
    progress: Progress | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Request:
    """What to scan and how; `closed` says that what is not in the input does not exist."""

    paths: tuple[str, ...]
    now: datetime
    policy: Policy
    closed: bool = False
    default_namespace: str = "default"
    cert_manager_version: str = ""
    max_file_bytes: int = 64 << 20
    use_tools: bool = True
    keep_all: bool = False
    certificate_files: bool = False
    password: bytes | None = None
    """Opens the PKCS#12 files; goes nowhere else."""

    live: Live | None = None
    """A cluster, instead of paths."""

    source: tuple[str, ...] = ()
    """Where the manifests of what is scanned lie: a repository beside a cluster, a snapshot or a dump."""


def default_paths(paths: Sequence[str]) -> tuple[str, ...]:
    """The paths as given, with `./` taken off, so that reports read the same from either spelling."""
    return tuple("-" if p == "-" else Path(p).as_posix() for p in paths)


def collect(request: Request, meanwhile: Callable[[], object] | None = None) -> Harvest:
    """Read every path, or the cluster; trouble becomes gaps. `meanwhile` is done once, while the reading goes on.

    Raises NothingToAudit when there is nothing to judge.
    """
    harvest = _collect(request, meanwhile)
    if request.source:
        from mtlsaudit.sources.repository import join

        declared = Manifests(wanted, request.policy.skip, request.max_file_bytes, request.use_tools).read(
            *request.source
        )
        declared.settle()
        join(harvest, declared, CLUSTER_SCOPED)
    return harvest


def _collect(request: Request, meanwhile: Callable[[], object] | None) -> Harvest:
    if request.live is not None:
        return collect_live(request.live, meanwhile)
    if any(path.endswith(SNAPSHOT_SUFFIXES) for path in request.paths):
        return _open_snapshot(request.paths, meanwhile)
    source = Manifests(
        wanted,
        request.policy.skip,
        request.max_file_bytes,
        request.use_tools,
        certificates=request.certificate_files,
        password=request.password,
    )
    harvest = source.read(*request.paths, meanwhile=meanwhile)
    if source.dump is not None and request.closed:
        harvest.world = world_of_dump(source.dump, KINDS)
    if not harvest.documents and not harvest.certificate_files:
        reasons = "; ".join(f"{g.subject}: {g.reason}" for g in harvest.gaps[:5])
        nothing = "no YAML or JSON document in the input"
        if request.certificate_files:
            nothing = "no file of certificates and no manifest in the input"
        raise NothingToAudit(f"nothing could be audited: {reasons or nothing}")
    return harvest


def connect(live: Live) -> Connection:
    """The connection that a live scan uses. Raises ClusterError."""
    from mtlsaudit.sources.cluster.access import Access
    from mtlsaudit.sources.cluster.connection import Connection

    return Connection(Access(live.target), live.rate, live.timeout)


def collect_live(live: Live, meanwhile: Callable[[], object] | None = None) -> Harvest:
    """The lists first; then, by what they name, the Secrets that the tier allows."""
    from mtlsaudit.platforms.core.workloads import is_copy
    from mtlsaudit.sources.cluster.read import ClusterReader
    from mtlsaudit.sources.cluster.tiers import Tier, told

    connection = connect(live)
    try:
        reader = ClusterReader(connection, KINDS, live.namespaces, live.tier, is_copy)
        harvest = reader.read(meanwhile, live.progress)
        if live.tier is not Tier.NONE:
            reader.get_secrets(_wanted_secrets(harvest, everything=live.tier is Tier.LIST))
        harvest.notes.append(told(live.tier))
        return harvest
    finally:
        connection.close()


def _open_snapshot(paths: Sequence[str], meanwhile: Callable[[], object] | None) -> Harvest:
    from mtlsaudit.sources.snapshot import read_snapshot

    if len(paths) > 1:
        raise SnapshotError(f"{', '.join(paths)}: a snapshot is a whole cluster, and is scanned alone")
    harvest, taken = read_snapshot(paths[0], wanted)
    harvest.notes.insert(0, f"The cluster {harvest.source} as it was at {taken}, read from the snapshot {paths[0]}")
    if meanwhile is not None:
        meanwhile()
    return harvest


def _wanted_secrets(harvest: Harvest, *, everything: bool) -> frozenset[str]:
    from mtlsaudit.graph.inventory import take_inventory
    from mtlsaudit.graph.references import declared_secrets, named_secrets

    inventory = take_inventory(harvest, "default")
    return named_secrets(inventory) | (declared_secrets(inventory) if everything else frozenset())
