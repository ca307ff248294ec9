"""The certificates of trust bundles and chains, for an inventory: CAs whose own Secret is not in the input expire too."""

from __future__ import annotations

from collections.abc import Iterable

from mtlsaudit.graph.build import Graph
from mtlsaudit.graph.certificate_files import lone_entry
from mtlsaudit.graph.certificate_uses import certificate_uses
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.model.verdict import Evidence


def bundled_entries(graph: Graph, entries: Iterable[CertificateEntry]) -> tuple[CertificateEntry, ...]:
    """Each certificate of a Secret or ConfigMap that is no entry yet, once, named after the first place it stands in."""
    known = {entry.sha256 for entry in entries}
    used = certificate_uses(graph)
    found: dict[str, tuple[str, Certificate, list[Evidence], dict[str, None]]] = {}
    inventory = graph.inventory
    for holder in (*inventory.secrets.values(), *inventory.config_maps.values()):
        for key, certificates in sorted(holder.certificates.items()):
            for number, cert in enumerate(certificates, 1):
                if cert.sha256 in known:
                    continue
                place = f"{holder.resource.id} {key}#{number}"
                _, _, evidence, users = found.setdefault(cert.sha256, (place, cert, [], {}))
                evidence.append(holder.resource.evidence("present", holder.field, key))
                if holder.resource.id.kind == "Secret":
                    users.update(dict.fromkeys(used.get(holder.key, ())))
    return tuple(
        lone_entry(place, cert, tuple(evidence), "bundle", tuple(users))
        for place, cert, evidence, users in found.values()
    )
