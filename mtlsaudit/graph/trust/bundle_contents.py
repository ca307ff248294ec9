"""What is in a bundle: what stands in its field, or what a controller will copy there."""

from __future__ import annotations

from collections.abc import Iterable

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.fact import Basis
from mtlsaudit.model.origin import FieldPath, render_path
from mtlsaudit.model.resource import Resource
from mtlsaudit.model.trust import TrustBundle
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.core.anchors import BadBlock
from mtlsaudit.platforms.core.secrets import CertificateHolder


def held(name: str, holder: CertificateHolder, entry: str, follows: tuple[str, ...]) -> TrustBundle:
    """What stands in an entry of a Secret or a ConfigMap."""
    resource = holder.resource
    anchors = holder.certificates.get(entry, ())
    return TrustBundle(
        id=name,
        object=str(resource.id),
        field=entry,
        anchors=anchors,
        crl=holder.crl_text if entry == "ca.crt" else "",
        bad_blocks=block_words(b for b in holder.bad_blocks if b.key == entry),
        holds_private_key=entry in holder.private_keys,
        follows=follows,
        evidence=(resource.evidence(counted(anchors) if anchors else None, holder.field, entry),),
    )


def copied(
    name: str,
    resource: Resource,
    path: FieldPath,
    source: TrustBundle,
    follows: tuple[str, ...],
    evidence: Evidence,
) -> TrustBundle:
    """What a controller will copy from another bundle."""
    return TrustBundle(
        id=name,
        object=str(resource.id),
        field=render_path(path),
        anchors=source.anchors,
        authorities=source.authorities,
        follows=follows,
        basis=Basis.INFERRED,
        evidence=(evidence,),
        gaps=source.gaps,
    )


def block_words(blocks: Iterable[BadBlock]) -> tuple[str, ...]:
    """The parts that cannot be read, numbered from 1."""
    return tuple(f"block {b.index + 1}: {b.reason}" for b in blocks)


def counted(certificates: tuple[Certificate, ...]) -> str:
    """How many there are."""
    return f"{len(certificates)} certificate{'' if len(certificates) == 1 else 's'}"
