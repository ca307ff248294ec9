"""Every certificate that somebody presents: tls.crt of Secrets, and what Certificates will put there."""

from __future__ import annotations

from collections.abc import Iterator

from mtlsaudit.graph.build import Graph
from mtlsaudit.graph.trust.hierarchy import Hierarchy
from mtlsaudit.model.origin import object_name
from mtlsaudit.model.trust import Credential
from mtlsaudit.platforms.cert_manager.lifecycle import effective_usages
from mtlsaudit.platforms.cert_manager.objects import CertificateSpec

_EXTENDED = frozenset({"any", "server auth", "client auth"})


def find_credentials(graph: Graph, hierarchy: Hierarchy) -> list[Credential]:
    """All of them, in the order of their ids; the ids are those of the list of certificates."""
    return sorted(_all(graph, hierarchy), key=lambda c: c.id)


def _all(graph: Graph, hierarchy: Hierarchy) -> Iterator[Credential]:
    taken: set[str] = set()
    for spec in graph.specs:
        first = spec.secret_key not in taken  # of two Certificates with one Secret, cert-manager serves one
        taken.add(spec.secret_key)
        holder = graph.inventory.secrets.get(spec.secret_key) if first else None
        path = holder.certificates.get("tls.crt", ()) if holder else graph.lookup.requested(spec)
        yield _declared(graph, spec, hierarchy, path)
    for key, holder in graph.inventory.secrets.items():
        path = holder.certificates.get("tls.crt", ())
        if not path or key in taken:
            continue
        leaf = path[0]
        yield Credential(
            id=object_name("Secret", key),
            secret=key,
            certificate="",
            path=path,
            authority=None,
            issuer="",
            is_ca=leaf.is_ca,
            usages=leaf.ext_key_usage,
            dns=leaf.names.dns,
            evidence=(holder.resource.evidence(_subject(leaf.subject), holder.field, "tls.crt"),),
        )


def _declared(graph: Graph, spec: CertificateSpec, hierarchy: Hierarchy, path: tuple) -> Credential:  # type: ignore[type-arg]
    leaf = path[0] if path else None
    extended = tuple(u for u in effective_usages(spec) if u in _EXTENDED) or None
    holder = graph.inventory.secrets.get(spec.secret_key)
    evidence = (
        (holder.resource.evidence(_subject(leaf.subject), holder.field, "tls.crt"),)
        if leaf is not None and holder is not None
        else (spec.resource.evidence(spec.secret, *spec.field, "secretName"),)
    )
    return Credential(
        id=object_name("Certificate", spec.key),
        secret=spec.secret_key,
        certificate=spec.key,
        path=path,
        authority=hierarchy.signer_of(spec),
        issuer=spec.issuer_key,
        is_ca=leaf.is_ca if leaf else spec.is_ca,
        usages=leaf.ext_key_usage if leaf else extended,
        dns=leaf.names.dns if leaf else spec.dns,
        evidence=evidence,
    )


def _subject(subject: str) -> str:
    return subject or "(empty subject)"
