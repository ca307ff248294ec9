"""Links, put together from handshakes: a certificate on the way to an anchor, or the place where it breaks."""

from __future__ import annotations

from mtlsaudit.engine.subjects.defect_families import FAMILY, told
from mtlsaudit.engine.subjects.drawn_chains import draw
from mtlsaudit.model.chain import Chain, Defect
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.trust import Handshake, Trust
from mtlsaudit.model.values import dataclass, field


@dataclass(slots=True, eq=False)
class Link:
    """What depends on it, and what is wrong with it, by family. Filled while handshakes are gone through."""

    name: str
    bundles: tuple[str, ...]
    in_bundle: bool = False
    handshakes: list[Handshake] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    chain: str = ""
    gaps: list[Gap] = field(default_factory=list)


def collect(trust: Trust) -> dict[str, Link]:
    """Every link by its id, `<certificate> in <bundle>`."""
    links: dict[str, Link] = {}
    for handshake in trust.handshakes:
        if handshake.chains:
            _of_chains(handshake, links)
        elif handshake.holds is False:
            _of_inference(handshake, links)
    return dict(sorted(links.items()))


def _of_chains(handshake: Handshake, links: dict[str, Link]) -> None:
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
        for defect in told(refusing[0]):
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
    for defect in told(chain):
        if FAMILY.get(defect.code) == "signature":
            return True
        if defect.code in ("issuer-not-found", "self-signed-not-trusted") and chain.path[-1].issuer_raw in trusted:
            return True
    return False


def _differing(handshake: Handshake, refusing: list[Chain], links: dict[str, Link]) -> None:
    """Some engines accept, some do not. At one known engine this cannot happen."""
    fatal = [d for d in refusing[0].defects if d.fatal]
    if not fatal:
        return
    accepting = ", ".join(e for e, holds in handshake.verdicts().items() if holds)
    refused = ", ".join(c.engine for c in refusing)
    link = _at(handshake, refusing[0], fatal[0], links)
    words = f"{accepting} verifiers accept it, {refused} ones do not: {fatal[0].words}"
    link.faults.setdefault("differs", words)


def _undecided(handshake: Handshake, chain: Chain, links: dict[str, Link]) -> None:
    defect = next((d for d in chain.defects), None)
    if defect is None:
        return
    link = _at(handshake, chain, defect, links)
    link.gaps.append(Gap("undecided", handshake.credential.id, f"{chain.engine}: {defect.words}"))


def _at(handshake: Handshake, chain: Chain, defect: Defect, links: dict[str, Link]) -> Link:
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
    link.chain = link.chain or draw(handshake, chain, defect)
    link.in_bundle = any(a.sha256 == identity for a in handshake.verifier.anchors)
    return link


def _link(links: dict[str, Link], handshake: Handshake, name: str, identity: str) -> Link:
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
        links[key] = Link(name, bundles)
        links[key].faults["identity"] = identity
    return links[key]


def _same(link: Link, identity: str) -> bool:
    return link.faults["identity"] == identity


def _of_inference(handshake: Handshake, links: dict[str, Link]) -> None:
    credential, verifier = handshake.credential, handshake.verifier
    if credential.authority is None:
        return
    signer = f"the CA of the Secret {credential.authority.secret}"
    link = _link(links, handshake, signer, credential.authority.secret)
    link.handshakes.append(handshake)
    holds = ", ".join(f"the CA of the Secret {a.secret}" for a in verifier.authorities) or "other CAs"
    link.chain = f"{credential.id} → {signer} → ✗"
    link.faults.setdefault("untrusted", f"{credential.id} is signed by {signer}, and the bundle will hold {holds}")


def _sentence(words: str) -> str:
    return words.rstrip(".")
