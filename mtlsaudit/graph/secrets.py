"""What is known of each Secret: present, made by a Certificate in the input, made elsewhere, absent, or not seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from mtlsaudit.graph.authorities import Authorities
from mtlsaudit.graph.inventory import Inventory
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import object_name
from mtlsaudit.model.secret import Part, Presence, SecretView
from mtlsaudit.model.world import World
from mtlsaudit.platforms.cert_manager.lifecycle import secret_has_ca
from mtlsaudit.platforms.cert_manager.objects import CertificateSpec, Issuer
from mtlsaudit.platforms.cert_manager.ownership import owner, sharers
from mtlsaudit.platforms.cert_manager.requests import CertificateRequest


class SecretLookup:
    """Answers for every `namespace/name`. A Secret that a Certificate will make is inferred, in either world."""

    def __init__(self, inventory: Inventory, made: Iterable[CertificateSpec], world: World) -> None:
        self._inventory = inventory
        self._world = world
        self.authorities = Authorities(inventory)
        self._views: dict[str, SecretView] = {}
        self.sharers = sharers(made)
        self._requests: dict[str, list[CertificateRequest]] = defaultdict(list)
        for request in inventory.requests:
            self._requests[request.certificate].append(request)
        self.makers: dict[str, CertificateSpec] = {}
        for key, specs in self.sharers.items():
            holder = inventory.secrets.get(key)
            self.makers[key] = owner(specs, holder.resource.annotations if holder else {})

    def __call__(self, key: str) -> SecretView:
        view = self._views.get(key)
        if view is None:
            view = self._views[key] = self._look(key)
        return view

    def requested(self, spec: CertificateSpec) -> tuple[Certificate, ...]:
        """What cert-manager put into a Secret that was not read, by the request of the current revision; else nothing.

        Only of a Ready Certificate: there the Secret held just this when cert-manager looked last.
        """
        hidden = self._world.gap("", "Secret", spec.secret_key) is not None
        if not hidden or spec.status.ready is not True or self.makers.get(spec.secret_key) is not spec:
            return ()
        found = (r for r in self._requests.get(spec.key, ()) if r.revision == spec.status.revision and r.chain)
        return next((r.chain for r in found), ())

    def issuer_of(self, spec: CertificateSpec) -> Issuer | None:
        """The issuer object, if it is in the input and cert-manager's own."""
        return self.authorities.issuer_of(spec)

    def _look(self, key: str) -> SecretView:
        holder = self._inventory.secrets.get(key)
        if holder is not None and holder.encrypted:
            return _unseen(key, f"the Secret {key} is encrypted (SOPS)", "encrypted")
        if holder is not None:
            return holder.view()
        if maker := self.makers.get(key):
            return self._inferred(key, maker)
        if producer := self._inventory.producers.get(key):
            kind = producer.resource.id.kind
            return _unseen(key, f"the Secret {key} is made from a {kind}, whose contents cannot be read", "encrypted")
        gap = self._world.gap("", "Secret", key)
        if gap is None or key.startswith("/"):
            return SecretView(key, Presence.ABSENT)
        return _unseen(key, gap.reason, gap.kind)

    def _inferred(self, key: str, maker: CertificateSpec) -> SecretView:
        issuer = self.issuer_of(maker)
        observed = maker.resource.admitted
        never_issued = maker.status.ready is False and maker.status.revision is None
        hidden = self._world.gap("", "Secret", key)
        if hidden is None and (observed or never_issued):
            return SecretView(key, Presence.ABSENT)  # the cluster would show it
        if hidden is not None and observed and maker.status.ready is not True:
            reason = f"{hidden.reason}; the Certificate {maker.key} that makes it is not Ready"
            return _unseen(key, reason, hidden.kind)
        has_ca = secret_has_ca(issuer)
        gap = None
        if has_ca is None:
            who = f"{maker.issuer.kind} {maker.issuer.name}"
            reason = f"whether the Secret {key} will hold ca.crt depends on the {who}, which is not known here"
            gap = Gap("not-in-input", object_name("Secret", key), reason)
        ca = Part.UNKNOWN if has_ca is None else Part.GOOD if has_ca else Part.NONE
        evidence = (maker.resource.evidence(maker.secret, *maker.field, "secretName"),)
        return SecretView(key, Presence.INFERRED, pair=Part.GOOD, ca=ca, evidence=evidence, gap=gap)


def _unseen(key: str, reason: str, kind: str) -> SecretView:
    parts = Part.UNKNOWN
    return SecretView(key, Presence.UNKNOWN, parts, parts, parts, gap=Gap(kind, object_name("Secret", key), reason))
