"""What earlier scans saw of a certificate, among what is known of its issues."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mtlsaudit.graph.identities import identity_of
from mtlsaudit.graph.rotation import seen_words
from mtlsaudit.model.certificate_entry import CertificateEntry, Issue, Rotation
from mtlsaudit.model.history import History, Sighting
from mtlsaudit.model.values import replace


def with_earlier(entry: CertificateEntry, history: History) -> CertificateEntry:
    """The entry with the certificates that earlier scans saw in its place, oldest first."""
    known = {issue.sha256 for issue in entry.issues}
    earlier = [s for s in history.sightings.get(identity_of(entry), ()) if s.sha256 not in known]
    if not earlier:
        return entry
    issues = _with_keys(_merged(entry.issues, earlier))
    rotation = entry.rotation or Rotation(None, None, None, ())
    others = [words for words in rotation.evidence if words not in set(seen_words(entry.issues))]
    return replace(entry, issues=issues, rotation=replace(rotation, evidence=(*seen_words(issues), *others)))


def _merged(issues: Sequence[Issue], earlier: Sequence[Sighting]) -> list[Issue]:
    """By date. A certificate that was seen is one of those that cert-manager only counted: the last of these give way."""
    counted = [issue for issue in issues if issue.source == "revision"]
    exact = len(counted) == len(earlier)
    replaced = {id(issue) for issue in counted[-len(earlier) :]}
    kept = [issue for issue in issues if id(issue) not in replaced]
    for index, seen in enumerate(earlier):
        revision = counted[index].revision if exact else None
        issue = Issue(revision, seen.sha256, seen.spki_sha256, seen.not_before, seen.not_after, None, "history")
        later = (i for i, other in enumerate(kept) if other.not_before and other.not_before > seen.not_before)
        kept.insert(next(later, len(kept)), issue)
    return kept


def _with_keys(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """Keys that were both seen are compared; what was said of the others stays."""
    out: list[Issue] = []
    for issue in issues:
        before = out[-1] if out else None
        if before is not None and before.spki_sha256 and issue.spki_sha256:
            issue = replace(issue, new_key=before.spki_sha256 != issue.spki_sha256, by_policy=False)
        out.append(issue)
    return tuple(out)
