"""A path in a line."""

from __future__ import annotations

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Chain, Defect
from mtlsaudit.model.trust import Handshake
from mtlsaudit.pki.names import canonical


def draw(handshake: Handshake, chain: Chain, broken: Defect | None = None) -> str:
    """The path, leaf first; ✗ stands before what is at fault, ✓ after an anchor that is reached."""
    missing = broken is not None and broken.code == "issuer-not-found"
    names = []
    for depth, certificate in enumerate(chain.path):
        fault = broken is not None and not missing and broken.depth == depth
        names.append(("✗ " if fault else "") + certificate.label)
    if missing:
        names.append("✗ " + _missing(handshake, chain.path[-1]))
    return " → ".join(names) + (" ✓" if chain.holds else "")


def _missing(handshake: Handshake, child: Certificate) -> str:
    """The issuer that is not found: there is none of its name, or none with its key, or those that are there do not fit."""
    name = child.issuer or "an issuer without a name"
    verifier, credential = handshake.verifier, handshake.credential
    there = (*verifier.anchors, *verifier.extra, *credential.path)
    alike = {c.subject_key_id for c in there if canonical(c.subject_raw) == canonical(child.issuer_raw) and c != child}
    if not alike:
        return f"{name}, which is missing"
    if child.authority_key_id and not {"", child.authority_key_id} & alike:
        return f"{name} with the key identifier {child.authority_key_id}, which is missing"
    return f"{name}, of which none fits"
