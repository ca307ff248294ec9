"""Which rule tells of which defect of a path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mtlsaudit.model.chain import Chain, Defect

FAMILY: Mapping[str, str] = {
    "issuer-not-found": "incomplete",
    "name-encoding-differs": "incomplete",
    "self-signed-not-trusted": "untrusted",
    "signature-invalid": "signature",
    "key-identifiers-differ": "signature",
    "no-authority-key-identifier": "signature",
    "no-subject-key-identifier": "signature",
    "expired": "validity",
    "not-yet-valid": "validity",
    "no-basic-constraints": "authority",
    "not-a-ca": "authority",
    "path-too-long": "length",
    "ca-without-cert-sign": "key_usage",
    "key-usage-unfit": "key_usage",
    "extended-usage-unfit": "extended_usage",
    "extended-usage-any-only": "extended_usage",
    "ca-extended-usage-unfit": "extended_usage",
    "name-not-permitted": "names",
    "name-excluded": "names",
    "name-unmatchable": "names",
    "name-constraint-unsupported": "names",
    "signature-sha1": "weak",
    "signature-md5": "weak",
    "algorithm-unsupported": "weak",
    "key-too-small": "weak",
    "too-deep": "depth",
    "crl-missing": "revocation",
    "crl-not-yet-valid": "revocation",
    "ca-without-crl-sign": "revocation",
    "crl-unknown-critical-extension": "revocation",
    "revoked": "revocation",
    "unknown-critical-extension": "malformed",
    "malformed-part": "malformed",
    "negative-serial": "malformed",
}
"""Defect code → the fact that tells of it. `ELSEWHERE` and what leaves a chain undecided are not here."""

ELSEWHERE = frozenset({"anchor-not-self-signed", "crl-expired", "crl-signature-invalid"})
"""Faults of a bundle alone: its own rules say so once (`engine/subjects/bundles.py`)."""

FAMILIES = tuple(dict.fromkeys(FAMILY.values()))


def told(chain: Chain) -> Iterator[Defect]:
    """The defects that make links of their own."""
    return (d for d in chain.defects if d.fatal and d.code not in ELSEWHERE and not _of_leaf_alone(d))


def _of_leaf_alone(defect: Defect) -> bool:
    """A leaf that has ended is the matter of the rules on certificates."""
    return defect.depth == 0 and defect.code in ("expired", "not-yet-valid")
