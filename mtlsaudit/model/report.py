"""The result of a scan: what every output format reads, and the only thing it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mtlsaudit.model.certificate_entry import CertificateEntry, NotMade
from mtlsaudit.model.certificate_file import CertificateFile
from mtlsaudit.model.coverage import Coverage
from mtlsaudit.model.hop import Hop
from mtlsaudit.model.origin import Position, Site
from mtlsaudit.model.rule import Policy, Rule
from mtlsaudit.model.trust import NO_TRUST, Trust
from mtlsaudit.model.verdict import Assessment


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ScanInfo:
    """How the scan was asked for. `assumptions`, and `notes` of the source, are sentences that every format puts at its top."""

    now: datetime
    sources: tuple[str, ...]
    world: str
    default_namespace: str
    policy: Policy
    rules_digest: str
    assumptions: tuple[str, ...] = ()
    cert_manager_version: str = ""
    history: str = ""
    notes: tuple[str, ...] = ()
    cluster: str = ""
    """The cluster that was read; empty where files were."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Report:
    """All outcomes are here; formats choose what they show. `positions` and `lines` cover every site that is cited."""

    tool_version: str
    scan: ScanInfo
    coverage: Coverage
    hops: tuple[Hop, ...]
    certificates: tuple[CertificateEntry, ...]
    assessments: tuple[Assessment, ...]
    rules: Mapping[str, Rule]
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """rule id → outcome → how many subjects, also for outcomes that `assessments` leaves out."""

    trust: Trust = NO_TRUST
    positions: Mapping[Site, Position] = field(default_factory=dict)
    lines: Mapping[Site, str] = field(default_factory=dict)
    files: tuple[CertificateFile, ...] = ()
    """Files of certificates, as they were read; their certificates are in `certificates` too."""

    file_issuers: Mapping[str, str] = field(default_factory=dict)
    """Entry of a file → the entry of the same file that issued it, where its signature was verified."""

    not_made: tuple[NotMade, ...] = ()
    """Certificates that Ingresses ask for and cert-manager does not make."""

    bundled: tuple[CertificateEntry, ...] = ()
    """For an inventory: each certificate that stands in bundles and chains only, once, with every place as its evidence."""
