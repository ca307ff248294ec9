"""Links: a certificate on the way to an anchor, or the place where it breaks, with all that depends on it.

One broken certificate in one bundle is one subject, however many certificates and verifiers it breaks: one finding a
cause. Each family of defects is a fact of its own, so that each has its own rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects.view import View
from mtlsaudit.model.chain import Chain, Defect
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.trust import Handshake, Trust
from mtlsaudit.model.verdict import Evidence

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


@dataclass(slots=True, eq=False)
class _Link:
    """Filled while handshakes are gone through."""

    name: str
    bundles: tuple[str, ...]
    in_bundle: bool = False
    handshakes: list[Handshake] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    chain: str = ""
    gaps: list[Gap] = field(default_factory=list)


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


def collect(trust: Trust) -> dict[str, _Link]:
    """Every link by its id, `<certificate> in <bundle>`."""
    links: dict[str, _Link] = {}
    for handshake in trust.handshakes:
        if handshake.chains:
            _of_chains(handshake, links)
        elif handshake.holds is False:
            _of_inference(handshake, links)
    return dict(sorted(links.items()))


def _of_chains(handshake: Handshake, links: dict[str, _Link]) -> None:
    verdicts = set(handshake.verdicts().values())
    if verdicts == {True}:
        for certificate in handshake.chains[0].path[1:]:
            link = _link(links, handshake, certificate.label, certificate.sha256)
            link.handshakes.append(handshake)
        return
    for chain in handshake.chains:
        if chain.holds is None:
            _undecided(handshake, chain, links)
    refusing = [c for c in handshake.chains if c.holds is False]
    if refusing and True in verdicts:
        _differing(handshake, refusing, links)
    elif refusing and None not in verdicts:
        for defect in _told(refusing[0]):
            link = _at(handshake, refusing[0], defect, links)
            link.faults.setdefault(FAMILY.get(defect.code, "malformed"), _sentence(defect.words))


def refused_for_key(trust: Trust) -> frozenset[str]:
    """The certificates of which a link says that the CA in a bundle has another key than the one that signed them."""
    refused = (h for h in trust.handshakes if h.chains and set(h.verdicts().values()) == {False})
    return frozenset(h.credential.id for h in refused if _for_key(h))


def _for_key(handshake: Handshake) -> bool:
    """By the signature; or by the key identifiers, or the root sent along, where a CA of the same name is trusted."""
    chain = handshake.chains[0]
    trusted = {a.subject_raw for a in handshake.verifier.anchors}
    for defect in _told(chain):
        if FAMILY.get(defect.code) == "signature":
            return True
        if defect.code in ("issuer-not-found", "self-signed-not-trusted") and chain.path[-1].issuer_raw in trusted:
            return True
    return False


def _told(chain: Chain) -> Iterator[Defect]:
    """The defects that make links of their own."""
    return (d for d in chain.defects if d.fatal and d.code not in ELSEWHERE and not _told_of_leaf(d))


def _told_of_leaf(defect: Defect) -> bool:
    """A leaf that has ended is the matter of the rules on certificates."""
    return defect.depth == 0 and defect.code in ("expired", "not-yet-valid")


def _differing(handshake: Handshake, refusing: list[Chain], links: dict[str, _Link]) -> None:
    """Some engines accept, some do not. At one known engine this cannot happen."""
    fatal = [d for d in refusing[0].defects if d.fatal]
    if not fatal:
        return
    accepting = ", ".join(e for e, holds in handshake.verdicts().items() if holds)
    refused = ", ".join(c.engine for c in refusing)
    link = _at(handshake, refusing[0], fatal[0], links)
    words = f"{accepting} verifiers accept it, {refused} ones do not: {fatal[0].words}"
    link.faults.setdefault("differs", words)


def _undecided(handshake: Handshake, chain: Chain, links: dict[str, _Link]) -> None:
    defect = next((d for d in chain.defects), None)
    if defect is None:
        return
    link = _at(handshake, chain, defect, links)
    link.gaps.append(Gap("undecided", handshake.credential.id, f"{chain.engine}: {defect.words}"))


def _at(handshake: Handshake, chain: Chain, defect: Defect, links: dict[str, _Link]) -> _Link:
    certificate = next(
        (c for c in chain.path if c.sha256 == defect.sha256), chain.path[min(defect.depth, len(chain.path) - 1)]
    )
    name, identity = certificate.label, certificate.sha256
    if defect.code == "issuer-not-found":
        # Whatever lacks the same issuer has one cause: the issuer.
        name, identity = (
            certificate.issuer or "an issuer without a name",
            certificate.issuer + certificate.authority_key_id,
        )
    link = _link(links, handshake, name, identity)
    link.handshakes.append(handshake)
    link.chain = link.chain or draw(chain, defect)
    link.in_bundle = any(a.sha256 == identity for a in handshake.verifier.anchors)
    return link


def _link(links: dict[str, _Link], handshake: Handshake, name: str, identity: str) -> _Link:
    bundles = tuple(b.id for b in handshake.verifier.bundles)
    depth = "" if handshake.verifier.depth is None else f" depth {handshake.verifier.depth}"
    base = f"{name} in {', '.join(bundles)}"
    key = next(
        (
            k
            for k in (base, f"{base} ({identity[:12]})")
            if k not in links or (links[k].name == name and _same(links[k], identity))
        ),
        f"{base} ({identity[:12]}){depth}",
    )
    if key not in links:
        links[key] = _Link(name, bundles)
        links[key].faults["identity"] = identity
    return links[key]


def _same(link: _Link, identity: str) -> bool:
    return link.faults["identity"] == identity


def _of_inference(handshake: Handshake, links: dict[str, _Link]) -> None:
    credential, verifier = handshake.credential, handshake.verifier
    if credential.authority is None:
        return
    signer = f"the CA of the Secret {credential.authority.secret}"
    link = _link(links, handshake, signer, credential.authority.secret)
    link.handshakes.append(handshake)
    holds = ", ".join(f"the CA of the Secret {a.secret}" for a in verifier.authorities) or "other CAs"
    link.chain = f"{credential.id} → {signer} → ✗"
    link.faults.setdefault("untrusted", f"{credential.id} is signed by {signer}, and the bundle will hold {holds}")


def draw(chain: Chain, broken: Defect | None = None) -> str:
    """The path in a line, leaf first; ✗ stands before the certificate at fault, ✓ after an anchor that is reached."""
    names = []
    for depth, certificate in enumerate(chain.path):
        fault = broken is not None and broken.code != "issuer-not-found" and broken.depth == depth
        names.append(("✗ " if fault else "") + certificate.label)
    if broken is not None and broken.code == "issuer-not-found":
        names.append(f"✗ {chain.path[-1].issuer}, which is missing")
    return " → ".join(names) + (" ✓" if chain.holds else "")


def _breaks(handshakes: list[Handshake]) -> str:
    """Who refuses whom, shortened."""
    places = sorted({h.verifier.place for h in handshakes})
    certificates = sorted({h.credential.id for h in handshakes})
    return f"{_some(places)} {'refuses' if len(places) == 1 else 'refuse'} {_some(certificates)}"


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _sentence(words: str) -> str:
    return words.rstrip(".")


def _evidence(link: _Link) -> dict[str, tuple[Evidence, ...]]:
    bundles = dict.fromkeys(e for h in link.handshakes for b in h.verifier.bundles for e in b.evidence)
    places = dict.fromkeys(e for h in link.handshakes for e in h.verifier.evidence)
    leaves = dict.fromkeys(e for h in link.handshakes for e in h.credential.evidence)
    ordered = (*bundles, *leaves, *places) if link.in_bundle else (*leaves, *bundles, *places)
    found = tuple(dict.fromkeys(ordered))
    return {"": found, "certificates": tuple(leaves), "bundles": tuple(bundles), "verifiers": tuple(places)}
