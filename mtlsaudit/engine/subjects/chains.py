"""Links: a certificate on the way to an anchor, or the place where it breaks, with all that depends on it.

One broken certificate in one bundle is one subject, however many certificates and verifiers it breaks: one finding a
cause. Each family of defects is a fact of its own, so that each has its own rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects.defect_families import FAMILIES
from mtlsaudit.engine.subjects.links import Link, collect
from mtlsaudit.engine.subjects.view import View
from mtlsaudit.model.trust import Handshake
from mtlsaudit.model.verdict import Evidence

SCHEMA: dict[str, type] = {
    "key": str,
    "certificate": str,
    "bundles": list,
    "certificates": list,
    "verifiers": list,
    "breaks": str,
    "chain": str,
    "basis": str,
    "differs": str,
    "undecided": str,
    **dict.fromkeys(FAMILIES, str),
}
_SHOWN = 5


def subjects(view: View) -> Iterator[Subject]:
    """One subject for each CA on a path that holds, and for each certificate at which paths break."""
    for key, link in collect(view.trust).items():
        facts: dict[str, Plain | Missing] = {
            "key": key,
            "certificate": link.name,
            "bundles": link.bundles,
            "certificates": tuple(sorted({h.credential.id for h in link.handshakes})),
            "verifiers": tuple(sorted({h.verifier.place for h in link.handshakes})),
            "breaks": _breaks(link.handshakes),
            "chain": link.chain,
            "basis": "inferred" if any(not h.chains for h in link.handshakes) else "declared",
            "differs": link.faults.get("differs", ""),
            "undecided": Missing(tuple(link.gaps)) if link.gaps else "",
        }
        facts.update((name, link.faults.get(name, "")) for name in FAMILIES)
        yield Subject("link", key, facts, partial(_evidence, link))


def _breaks(handshakes: Sequence[Handshake]) -> str:
    """Who refuses whom, shortened."""
    places = sorted({h.verifier.place for h in handshakes})
    certificates = sorted({h.credential.id for h in handshakes})
    return f"{_some(places)} {'refuses' if len(places) == 1 else 'refuse'} {_some(certificates)}"


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _evidence(link: Link) -> dict[str, tuple[Evidence, ...]]:
    bundles = dict.fromkeys(e for h in link.handshakes for b in h.verifier.bundles for e in b.evidence)
    places = dict.fromkeys(e for h in link.handshakes for e in h.verifier.evidence)
    leaves = dict.fromkeys(e for h in link.handshakes for e in h.credential.evidence)
    ordered = (*bundles, *leaves, *places) if link.in_bundle else (*leaves, *bundles, *places)
    found = tuple(dict.fromkeys(ordered))
    return {"": found, "certificates": tuple(leaves), "bundles": tuple(bundles), "verifiers": tuple(places)}
