"""The trust matrix: the issuers whose certificates each verifier accepts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from mtlsaudit.graph.build import Graph
from mtlsaudit.graph.trust.chains import Judge
from mtlsaudit.graph.trust.hierarchy import Hierarchy
from mtlsaudit.graph.trust.public import is_public_root
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Purpose
from mtlsaudit.model.trust import Accepted, Credential, Verifier


class Matrix:
    """Rows are worked out once for each distinct set of anchors."""

    def __init__(self, graph: Graph, hierarchy: Hierarchy, judge: Judge, credentials: Sequence[Credential]) -> None:
        self._hierarchy, self._judge = hierarchy, judge
        self._children: dict[bytes, list[Certificate]] = defaultdict(list)
        for certificate in authorities(graph):
            self._children[certificate.issuer_raw].append(certificate)
        self._issued = Counter((c.path[0].issuer_raw, c.path[0].authority_key_id) for c in credentials if c.path)
        self._declared = Counter(c.authority.secret for c in credentials if not c.path and c.authority)
        self._issuers = _issuers_by_key(graph, hierarchy)
        self._rows: dict[object, tuple[Accepted, ...]] = {}

    def row(self, verifier: Verifier) -> tuple[Accepted, ...]:
        """The anchors first, then the CAs of the input that chain to them, then what is only declared."""
        key = (
            tuple(a.sha256 for a in (*verifier.anchors, *verifier.extra)),
            verifier.authorities,
            verifier.engines,
            verifier.depth,
        )
        if key not in self._rows:
            self._rows[key] = tuple(self._row(verifier))
        return self._rows[key]

    def _row(self, verifier: Verifier) -> list[Accepted]:
        found: dict[str, Accepted] = {}
        waiting: list[tuple[Certificate, tuple[Certificate, ...]]] = [(a, ()) for a in verifier.anchors if a.is_ca]
        while waiting:
            certificate, above = waiting.pop(0)
            if certificate.spki_sha256 in found:
                continue
            found[certificate.spki_sha256] = self._accepted(certificate, anchor=not above)
            below = self._children[certificate.subject_raw]
            fresh = [c for c in below if c.spki_sha256 not in found]
            sent = (certificate, *above)
            waiting += [(c, sent) for c in fresh if self._chains(verifier, (c, *sent))]
        return [*found.values(), *self._declared_below(verifier)]

    def _declared_below(self, verifier: Verifier) -> Iterator[Accepted]:
        """The CAs that are only declared, and stand under one of the verifier's."""
        trusted = {a.secret for a in verifier.authorities}
        for authority in self._hierarchy.declared() if trusted else ():
            if self._hierarchy.chain_of(authority):
                continue  # it is there, and was found by its certificate
            if any(a.secret in trusted for a in self._hierarchy.upwards(authority)):
                number = self._declared[authority.secret]
                anchor = authority.secret in trusted
                yield Accepted(f"Secret {authority.secret}", "", anchor, False, authority.issuers, number)

    def _chains(self, verifier: Verifier, path: tuple[Certificate, ...]) -> bool:
        return all(self._judge.chain(verifier, e, Purpose.NONE, path).holds is True for e in verifier.engines)

    def _accepted(self, certificate: Certificate, anchor: bool) -> Accepted:
        number = self._issued[certificate.subject_raw, certificate.subject_key_id]
        if certificate.subject_key_id:
            number += self._issued[certificate.subject_raw, ""]
        return Accepted(
            name=certificate.label,
            sha256=certificate.sha256,
            anchor=anchor,
            public=is_public_root(certificate),
            issuers=tuple(self._issuers.get(certificate.spki_sha256, ())),
            certificates=number,
        )


def authorities(graph: Graph) -> Iterable[Certificate]:
    """Every CA certificate in a Secret or ConfigMap of the input, each once."""
    found: dict[str, Certificate] = {}
    for holder in (*graph.inventory.secrets.values(), *graph.inventory.config_maps.values()):
        for chain in holder.certificates.values():
            found.update((c.sha256, c) for c in chain if c.is_ca)
    return found.values()


def _issuers_by_key(graph: Graph, hierarchy: Hierarchy) -> Mapping[str, list[str]]:
    """SPKI digest → the issuer objects that sign with that key."""
    out: dict[str, list[str]] = defaultdict(list)
    for key, issuer in graph.inventory.issuers.items():
        holder = graph.inventory.secrets.get(hierarchy.secret_of(issuer)) if issuer.type == "ca" else None
        chain = holder.certificates.get("tls.crt", ()) if holder else ()
        if chain:
            out[chain[0].spki_sha256].append(key)
    return out
