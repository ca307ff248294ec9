"""The result of a scan: what every output format reads, and the only thing it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar, overload

from mtlsaudit.model.certificate_entry import CertificateEntry, NotMade
from mtlsaudit.model.certificate_file import CertificateFile
from mtlsaudit.model.coverage import Coverage
from mtlsaudit.model.hop import Hop
from mtlsaudit.model.origin import Position, Site
from mtlsaudit.model.rule import Policy, Rule
from mtlsaudit.model.trust import NO_TRUST, Trust
from mtlsaudit.model.values import dataclass, field
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


_Found = TypeVar("_Found", covariant=True)
_Entry = TypeVar("_Entry", covariant=True)


class BySite(Protocol[_Found]):
    """What is known of a site, such as its line; a dict will do."""

    def get(self, site: Site, /) -> _Found | None:
        """None where nothing is known."""
        ...


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Judged:
    """What the rules came to. `counts`: rule id → outcome → how many subjects, also for what is not listed."""

    assessments: tuple[Assessment, ...] = ()
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def joined(parts: Iterable[Judged]) -> Judged:
    """What the parts of a judgement come to together; a rule is in one of them only."""
    every = list(parts)
    found = [a for part in every for a in part.assessments]
    found.sort(key=lambda a: (a.severity.rank, a.rule))
    counts = {rule: tally for part in every for rule, tally in part.counts.items()}
    return Judged(tuple(found), dict(sorted(counts.items())))


class JudgedLater:
    """The same, worked out when it is first asked for: a format may write the hops while the rules still run.

    The kinds of subjects can be judged apart, by `judge` of one of them; of None it judges all. `early` are those that need
    no trust, `late` the others.
    """

    def __init__(self, judge: Callable[[str | None], Judged], early: Sequence[str], late: Sequence[str]) -> None:
        self._judge: Callable[[str | None], Judged] | None = judge
        self.early, self.late = early, late
        self._judged: Judged | None = None

    @property
    def done(self) -> bool:
        return self._judged is not None

    def judge(self, kind: str) -> Judged:
        """What the rules of one kind come to. Only before all are judged."""
        assert self._judge is not None
        return self._judge(kind)

    def settle(self, judged: Judged) -> None:
        """Take what was worked out elsewhere, of all kinds; what it was worked out from is let go."""
        self._judged, self._judge = judged, None

    @property
    def assessments(self) -> tuple[Assessment, ...]:
        """As of `Judged`."""
        return self._all().assessments

    @property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """As of `Judged`."""
        return self._all().counts

    def _all(self) -> Judged:
        if self._judge is not None:
            self.settle(self._judge(None))
        assert self._judged is not None
        return self._judged


class Later(Generic[_Found]):
    """A value that is made when it is first asked for."""

    def __init__(self, make: Callable[[], _Found]) -> None:
        self._make: Callable[[], _Found] | None = make

    @property
    def is_made(self) -> bool:
        return self._make is None

    def __call__(self) -> _Found:
        if self._make is not None:
            self._value, self._make = self._make(), None
        return self._value


class LaterSequence(Sequence[_Entry]):
    """Entries that are made when they are first looked at; there are `at_most` so many."""

    def __init__(self, make: Callable[[], Sequence[_Entry]], at_most: int) -> None:
        self.later = Later(make)
        self.at_most = at_most

    def settle(self, entries: Sequence[_Entry]) -> None:
        """Take what was made elsewhere."""
        self.later = Later(lambda: entries)
        self.later()

    def __len__(self) -> int:
        return len(self.later())

    def __iter__(self) -> Iterator[_Entry]:
        return iter(self.later())

    @overload
    def __getitem__(self, at: int) -> _Entry: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[_Entry]: ...
    def __getitem__(self, at: int | slice) -> _Entry | Sequence[_Entry]:
        return self.later()[at]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Report:
    """All outcomes are here; formats choose what they show. `positions` and `lines` know every site that is cited."""

    tool_version: str
    scan: ScanInfo
    coverage: Coverage
    hops: tuple[Hop, ...]
    certificates: Sequence[CertificateEntry]
    rules: Mapping[str, Rule]
    judged: Judged | JudgedLater = Judged()
    trust_later: Callable[[], Trust] = lambda: NO_TRUST
    positions: BySite[Position] = field(default_factory=dict)
    lines: BySite[str] = field(default_factory=dict)
    files: tuple[CertificateFile, ...] = ()
    """Files of certificates, as they were read; their certificates are in `certificates` too."""

    file_issuers: Mapping[str, str] = field(default_factory=dict)
    """Entry of a file → the entry of the same file that issued it, where its signature was verified."""

    not_made: tuple[NotMade, ...] = ()
    """Certificates that Ingresses ask for and cert-manager does not make."""

    bundled: tuple[CertificateEntry, ...] = ()
    """For an inventory: each certificate that stands in bundles and chains only, once, with every place as its evidence."""

    @property
    def trust(self) -> Trust:
        """Who verifies whom; worked out when it is first asked for."""
        return self.trust_later()

    @property
    def assessments(self) -> tuple[Assessment, ...]:
        """Failures and unknowns, worst first, or all outcomes where they were asked for."""
        return self.judged.assessments
