"""The revocation lists beside the anchors of a bundle, as rules see them: do they hold now, and has a CA of the bundle signed them?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from mtlsaudit.engine.subject import Missing, Plain
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.trust import TrustBundle
from mtlsaudit.pki.crl import Crl, crls_in
from mtlsaudit.pki.path.revocation import signatures_by
from mtlsaudit.pki.signature import Signature

_WEEK = timedelta(days=7)


def revocation(bundle: TrustBundle, now: datetime) -> dict[str, Plain | Missing]:
    """`crl` names the lists; `crl_problem` says what is wrong with them, and is Missing where that cannot be told.

    `crl_ending` names those of which the last sixth has begun, or the last week: a job that renews them is late by then.
    """
    found, wrong = crls_in(bundle.crl)
    told: list[str] = []
    gaps: list[Gap] = []
    for crl in found:
        for told_of in _problems(crl, bundle, now):
            if isinstance(told_of, Gap):
                gaps.append(told_of)
            else:
                told.append(told_of)
    if wrong:
        told.append(f"ca.crl cannot be read: {wrong[0]}")
    problem: Plain | Missing = "; ".join(dict.fromkeys(told))
    if not told and gaps:
        problem = Missing(tuple(dict.fromkeys((*bundle.gaps, *gaps))))
    ending = "; ".join(
        f"the list of {c.issuer} ends on {c.next_update:%Y-%m-%d %H:%M} UTC" for c in found if _ends(c, now)
    )
    return {
        "crl_ending": ending,
        "crl": ", ".join(c.issuer or "(no name)" for c in found) or "unreadable",
        "crl_problem": problem,
    }


def _ends(crl: Crl, now: datetime) -> bool:
    if crl.next_update is None or crl.next_update <= now:
        return False
    return crl.next_update - now < min(_WEEK, (crl.next_update - crl.this_update) / 6)


def _problems(crl: Crl, bundle: TrustBundle, now: datetime) -> Iterator[str | Gap]:
    if crl.next_update is not None and crl.next_update <= now:
        yield f"the list of {crl.issuer} had to be renewed by {crl.next_update:%Y-%m-%d}"
        return
    if bundle.anchors is None:
        yield Gap(
            "not-in-input", bundle.id, f"whether a CA of {bundle.id} has signed the list of {crl.issuer} is not known"
        )
        return
    signatures = signatures_by(crl, bundle.anchors)
    results = set(signatures.values())
    if not results:
        yield f"no CA of the bundle has issued the list of {crl.issuer}"
    elif results == {Signature.BAD}:
        yield f"the list of {crl.issuer} is signed by another key than that of the CA of this name"
    elif Signature.GOOD not in results:
        yield Gap("unreadable", bundle.id, f"the signature of the list of {crl.issuer} cannot be checked")
    elif any(s is Signature.BAD and _takes(crl, key_id) for (_, key_id), s in signatures.items()):
        yield f"the list of {crl.issuer} does not say by which of the keys of this CA it is signed"


def _takes(crl: Crl, key_id: str) -> bool:
    """Would a verifier look into this list for what the CA with this key identifier has issued?"""
    return not (crl.authority_key_id and key_id) or crl.authority_key_id == key_id
