"""Every certificate of the estate: what Certificates declare, what Secrets hold, joined by the Secret's name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from mtlsaudit.graph.build import Graph
from mtlsaudit.graph.certificate_fields import (
    NO_STATUS,
    UNDECLARED,
    address,
    asked_usages,
    days,
    declaration,
    key_of,
    status_of,
    usages_of,
)
from mtlsaudit.graph.certificate_uses import certificate_uses
from mtlsaudit.graph.chains import issued_chain
from mtlsaudit.graph.issues import issues_of
from mtlsaudit.graph.rotation import rotation_of
from mtlsaudit.model.certificate import Certificate, Names, Revocation
from mtlsaudit.model.certificate_entry import CertificateEntry, Issue, IssuedChain, Rotation
from mtlsaudit.model.origin import object_name
from mtlsaudit.platforms.cert_manager.admission import review
from mtlsaudit.platforms.cert_manager.lifecycle import (
    Interval,
    Version,
    declared_interval,
    effective_usages,
    key_rotates,
    renewal,
)
from mtlsaudit.platforms.cert_manager.objects import CERTIFICATE, CertificateSpec
from mtlsaudit.platforms.cert_manager.ownership import CERTIFICATE_NAME
from mtlsaudit.platforms.cert_manager.requests import CertificateRequest
from mtlsaudit.platforms.cert_manager.status import parse_time
from mtlsaudit.platforms.core.secrets import CertificateHolder


def certificate_entries(graph: Graph, version: Version | None, now: datetime) -> list[CertificateEntry]:
    """All entries, sorted by id. `version` is that of cert-manager, where the user gave it."""
    assembly = _Assembly(graph, version, now)
    entries = [assembly.declared(spec) for spec in graph.specs]
    made = {spec.secret_key for spec in graph.specs}
    holders = graph.inventory.secrets.values()
    entries += [assembly.found(h) for h in holders if h.key not in made and h.certificates.get("tls.crt")]
    return sorted(entries, key=lambda e: e.id)


class _Assembly:
    """What the entries of one scan have in common."""

    def __init__(self, graph: Graph, version: Version | None, now: datetime) -> None:
        self._graph = graph
        self._version = version
        self._now = now
        self._used = certificate_uses(graph)
        self._requests: dict[str, list[CertificateRequest]] = defaultdict(list)
        for request in graph.inventory.requests:
            self._requests[request.certificate].append(request)

    def declared(self, spec: CertificateSpec) -> CertificateEntry:
        """The entry of a Certificate, with what its Secret holds where the Secret is its own."""
        issuer = self._graph.lookup.issuer_of(spec)
        interval = declared_interval(spec, issuer, self._version)
        holder = self._own_secret(spec)
        chain = holder.certificates.get("tls.crt", ()) if holder else self._graph.lookup.requested(spec)
        leaf = chain[0] if chain else None
        pending = leaf is None and spec.status.ready is not None
        observed = _renewal_time(spec, leaf, self._version) if leaf and interval else None
        after = observed - leaf.not_before if observed and leaf else None
        if leaf is None and not pending and interval:
            after = interval.renew_after
        lifetime = leaf.not_after - leaf.not_before if leaf else None
        if leaf is None and not pending and interval:
            lifetime = interval.lifetime
        rotates = key_rotates(spec, self._version)
        issues = self._issues(spec, holder, leaf, rotates)
        return CertificateEntry(
            id=object_name("Certificate", spec.key),
            certificate=spec.key,
            secret=spec.secret_key,
            issued=spec.status.revision is not None,
            lifetime_days=days(lifetime),
            renew_after_days=days(after),
            renews=not spec.never_renews,
            declared=declaration(spec),
            key_rotates=rotates,
            key=leaf.key if leaf else key_of(spec),
            usages=usages_of(leaf) if leaf else asked_usages(effective_usages(spec), spec.is_ca),
            subject=leaf.subject if leaf else spec.subject,
            issuer=leaf.issuer if leaf else spec.issuer_key,
            names=leaf.names if leaf else Names(spec.dns, spec.uri, tuple(map(address, spec.ip)), spec.email),
            status=status_of(spec),
            not_before=leaf.not_before if leaf else None if self._shares(spec) else spec.status.not_before,
            not_after=leaf.not_after if leaf else None if self._shares(spec) else spec.status.not_after,
            serial=leaf.serial if leaf else "",
            sha256=leaf.sha256 if leaf else "",
            spki_sha256=leaf.spki_sha256 if leaf else "",
            managed_by="ingress-shim" if spec.made_by else "cert-manager",
            used_by=self._used.get(spec.secret_key, ()),
            basis="inferred" if spec.made_by or (chain and holder is None) else "declared",
            evidence=(spec.resource.evidence(spec.secret, *spec.field, "secretName"),),
            pending=pending,
            chain=self._chain(spec, holder, chain),
            revocation=leaf.revocation if leaf else Revocation(),
            issues=issues,
            webhook=review(spec),
            rotation=self._rotation(spec, interval, after if leaf else None, issues, holder),
            renewal_time=observed,
            signature_algorithm=leaf.signature_algorithm if leaf else "",
        )

    def found(self, holder: CertificateHolder) -> CertificateEntry:
        """The entry of a Secret that no Certificate in the input makes."""
        chain = holder.certificates["tls.crt"]
        leaf = chain[0]
        named = CERTIFICATE_NAME in holder.resource.annotations
        return CertificateEntry(
            id=object_name("Secret", holder.key),
            certificate="",
            secret=holder.key,
            issued=True,
            lifetime_days=days(leaf.not_after - leaf.not_before),
            renew_after_days=None,
            renews=False,
            declared=UNDECLARED,
            key_rotates=None,
            key=leaf.key,
            usages=usages_of(leaf),
            subject=leaf.subject,
            issuer=leaf.issuer,
            names=leaf.names,
            status=NO_STATUS,
            not_before=leaf.not_before,
            not_after=leaf.not_after,
            serial=leaf.serial,
            sha256=leaf.sha256,
            spki_sha256=leaf.spki_sha256,
            managed_by="cert-manager" if named and not self._graph.estate.world.shows(CERTIFICATE) else "",
            used_by=self._used.get(holder.key, ()),
            basis="observed",
            evidence=(holder.resource.evidence("present", holder.field, "tls.crt"),),
            chain=issued_chain(chain, holder.certificates.get("ca.crt", ()), ()),
            revocation=leaf.revocation,
            issues=(Issue(None, leaf.sha256, leaf.spki_sha256, leaf.not_before, leaf.not_after, True, "secret"),),
            signature_algorithm=leaf.signature_algorithm,
        )

    def _own_secret(self, spec: CertificateSpec) -> CertificateHolder | None:
        if self._graph.lookup.makers.get(spec.secret_key) is not spec:
            return None
        return self._graph.inventory.secrets.get(spec.secret_key)

    def _shares(self, spec: CertificateSpec) -> bool:
        """Is the Secret another Certificate's? Then the dates in the status are that one's."""
        return self._graph.lookup.makers.get(spec.secret_key) is not spec

    def _chain(
        self, spec: CertificateSpec, holder: CertificateHolder | None, chain: tuple[Certificate, ...]
    ) -> IssuedChain | None:
        if holder is None or not chain:
            return None
        issuer = self._graph.lookup.issuer_of(spec)
        current = self._graph.lookup.authorities.current(issuer) if issuer else ()
        return issued_chain(chain, holder.certificates.get("ca.crt", ()), current)

    def _issues(
        self, spec: CertificateSpec, holder: CertificateHolder | None, leaf: Certificate | None, rotates: bool | None
    ) -> tuple[Issue, ...]:
        created = parse_time(holder.resource.created) if holder else None
        return issues_of(spec, leaf, self._requests.get(spec.key, ()), created, rotates)

    def _rotation(
        self,
        spec: CertificateSpec,
        interval: Interval | None,
        observed: timedelta | None,
        issues: Sequence[Issue],
        holder: CertificateHolder | None,
    ) -> Rotation:
        return rotation_of(spec, interval, observed, issues, holder.resource.created if holder else "", self._now)


def _renewal_time(spec: CertificateSpec, leaf: Certificate, version: Version | None) -> datetime | None:
    """What cert-manager reported for this certificate, else what it would come to."""
    status = spec.status
    if status.not_before == leaf.not_before and status.not_after == leaf.not_after:
        return status.renewal_time
    return renewal(leaf.not_before, leaf.not_after, spec, version).time
