"""What to scan, and the reading of it: paths to documents and gaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mtlsaudit.errors import NothingToAudit
from mtlsaudit.model.rule import Policy
from mtlsaudit.platforms import wanted
from mtlsaudit.sources.harvest import Harvest
from mtlsaudit.sources.manifests import Manifests


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


def default_paths(paths: Sequence[str]) -> tuple[str, ...]:
    """The paths as given, with `./` taken off, so that reports read the same from either spelling."""
    return tuple("-" if p == "-" else Path(p).as_posix() for p in paths)


def collect(request: Request, meanwhile: Callable[[], object] | None = None) -> Harvest:
    """Read every path; trouble becomes gaps. `meanwhile` is done once, while a second process parses.

    Raises NothingToAudit when there is nothing to judge.
    """
    source = Manifests(
        wanted,
        request.policy.skip,
        request.max_file_bytes,
        request.use_tools,
        certificates=request.certificate_files,
        password=request.password,
    )
    harvest = source.read(*request.paths, meanwhile=meanwhile)
    if not harvest.documents and not harvest.certificate_files:
        reasons = "; ".join(f"{g.subject}: {g.reason}" for g in harvest.gaps[:5])
        nothing = "no YAML or JSON document in the input"
        if request.certificate_files:
            nothing = "no file of certificates and no manifest in the input"
        raise NothingToAudit(f"nothing could be audited: {reasons or nothing}")
    return harvest
