"""How often a certificate is replaced: declared, observed, and what shows that it really happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from mtlsaudit.model.certificate_entry import Issue, Rotation
from mtlsaudit.platforms.cert_manager.lifecycle import Interval
from mtlsaudit.platforms.cert_manager.objects import CertificateSpec
from mtlsaudit.platforms.cert_manager.status import parse_time

_LATER = timedelta(hours=1)


def rotation_of(
    spec: CertificateSpec,
    interval: Interval | None,
    observed: timedelta | None,
    issues: Sequence[Issue],
    secret_created: str,
    now: datetime,
) -> Rotation:
    """The rotation of a Certificate; `observed` is from notBefore to the renewal of the certificate that is there."""
    return Rotation(
        declared_days=_days(interval.renew_after) if interval else None,
        at_most_days=_days(interval.at_most) if interval else None,
        observed_days=_days(observed),
        evidence=tuple(_evidence(spec, issues, parse_time(secret_created), now)),
    )


def _days(span: timedelta | None) -> float | None:
    return None if span is None else round(span.total_seconds() / 86400, 6)


def _evidence(
    spec: CertificateSpec, issues: Sequence[Issue], secret_created: datetime | None, now: datetime
) -> Iterator[str]:
    """Strongest first: certificates seen one after the other, cert-manager's count, a Secret older than its certificate."""
    begins = sorted(i.not_before for i in issues if i.not_before is not None)
    yield from seen_words(issues)
    revision, created = spec.status.revision or 0, parse_time(spec.created)
    if revision > 1 and created is not None and now > created:
        mean = _span((now - created) / revision)
        yield (
            f"revision {revision} since {created:%Y-%m-%d}, on average every {mean}; changes of the spec and renewals by hand "
            "count too"
        )
    if begins and secret_created is not None and begins[-1] - secret_created > _LATER:
        yield f"the Secret was made on {secret_created:%Y-%m-%d}, its certificate on {begins[-1]:%Y-%m-%d}"


def seen_words(issues: Sequence[Issue]) -> Iterator[str]:
    """The strongest evidence, in one sentence: certificates that were seen one after the other."""
    begins = sorted(i.not_before for i in issues if i.not_before is not None)
    if len(begins) > 1:
        gaps = [b - a for a, b in pairwise(begins)]
        dates = ", ".join(f"{b:%Y-%m-%d %H:%M}" for b in begins)
        yield f"{len(begins)} certificates seen, issued {dates} UTC: {_span(min(gaps))} to {_span(max(gaps))} apart"


def _span(span: timedelta) -> str:
    return f"{span.days} days" if span.days > 1 else f"{span.total_seconds() / 3600:.1f} hours"
