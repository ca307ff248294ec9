"""Facts that say "there is none" where objects that could make it otherwise were not read: then they are not known.

Only of a cluster: in the open world a scan of files says what holds as far as the input goes. What was found stays a fact,
whatever else there may be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.model.values import dataclass, replace
from mtlsaudit.model.world import GroupKind, World
from mtlsaudit.platforms import CERT_MANAGER
from mtlsaudit.platforms.core.workload_kinds import WORKLOAD_KINDS

INGRESS: GroupKind = ("networking.k8s.io", "Ingress")
INGRESS_CLASS: GroupKind = ("networking.k8s.io", "IngressClass")
SERVED = (INGRESS, INGRESS_CLASS)
"""What is served, and by which controller."""

CERTIFICATE: GroupKind = (CERT_MANAGER, "Certificate")
REQUEST: GroupKind = (CERT_MANAGER, "CertificateRequest")
ISSUERS: tuple[GroupKind, ...] = ((CERT_MANAGER, "Issuer"), (CERT_MANAGER, "ClusterIssuer"))
CONFIG_MAP: GroupKind = ("", "ConfigMap")
_SECRET: GroupKind = ("", "Secret")
_SERVICE: GroupKind = ("", "Service")
_PODS = (_SERVICE, *WORKLOAD_KINDS)
PROVING_UPSTREAM = (_SECRET, CERTIFICATE, REQUEST, *_PODS)
"""What says which certificate a Service shows."""

_TLS_POLICY: GroupKind = ("gateway.networking.k8s.io", "BackendTLSPolicy")
_ANCHORS: tuple[GroupKind, ...] = (
    ("trust.cert-manager.io", "Bundle"),
    ("trust-manager.io", "ClusterBundle"),
    ("certificates.k8s.io", "ClusterTrustBundle"),
)
_CALLERS: tuple[GroupKind, ...] = (
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("apiregistration.k8s.io", "APIService"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
)
_SIGNED = (CERTIFICATE, REQUEST, *ISSUERS, _SECRET)
_VERIFYING = (*SERVED, _TLS_POLICY, *ISSUERS, *_CALLERS, *_ANCHORS, *WORKLOAD_KINDS, CONFIG_MAP, _SECRET)


@dataclass(frozen=True, slots=True)
class Rests:
    """On objects of these kinds: of the namespace of what the fact `within` names, or of every one."""

    kinds: tuple[GroupKind, ...]
    within: str = ""


_ON: Mapping[str, Mapping[str, Rests]] = {
    "certificate": {
        "in_use": Rests((*SERVED, *_PODS)),
        "serves": Rests((INGRESS, *_PODS), "secret"),
        "serves_hosts": Rests((INGRESS, *_PODS), "secret"),
        "missing_names": Rests((INGRESS, *_PODS), "secret"),
        "feeds_issuers": Rests(ISSUERS),
        "child_renew_after_days": Rests((CERTIFICATE, INGRESS, *ISSUERS)),
        "request_seen": Rests((REQUEST,), "key"),
        "issues_seen": Rests((REQUEST,), "key"),
    },
    "controller": {"serves_mtls": Rests(SERVED)},
    "bundle": {
        "nginx": Rests(SERVED),
        "verifies_clients_of": Rests(SERVED),
        "mounted_by": Rests(WORKLOAD_KINDS),
        "any_purpose_servers": Rests((_SECRET, REQUEST)),
        "follows_cas": Rests(tuple(dict.fromkeys((*_SIGNED, *_VERIFYING)))),
    },
    "issuer": {
        "verifies_clients_of": Rests((*SERVED, CERTIFICATE)),
        "server_certificates": Rests((CERTIFICATE, INGRESS)),
        "client_certificates": Rests((CERTIFICATE, INGRESS)),
    },
    "credential": {
        "mounted_by": Rests(WORKLOAD_KINDS, "secret"),
        "named_by": Rests((_TLS_POLICY, *SERVED)),
        "signs": Rests(_SIGNED),
        "trusted_by": Rests(_VERIFYING),
        "comparable": Rests(SERVED),
        "accepted_by": Rests((*SERVED, _SECRET)),
    },
    "callback": {
        "served_by": Rests((_SECRET, CERTIFICATE, *_PODS), "service"),
        "name": Rests((_SECRET, CERTIFICATE, *_PODS), "service"),
    },
    "backend": {"service_type": Rests((_SERVICE,), "key")},
    "ingress": {
        "secret_is_ca_key_pair": Rests(ISSUERS),
        "overruled_hosts": Rests((INGRESS,)),
        "inherits_credential": Rests((INGRESS,)),
    },
}
"""Kind of subject → fact → what it rests on where it is false, zero or empty."""


def lowered(kind: str, subjects: Iterator[Subject], world: World) -> Iterator[Subject]:
    """The subjects, of which no fact says that there is none of something that was not all read."""
    seen = {
        name: rests
        for name, rests in _ON.get(kind, {}).items()
        if any(world.hidden.get(one) for one in rests.kinds if world.closed)
    }
    return _without(subjects, seen, world) if seen else subjects


def _without(subjects: Iterator[Subject], on: Mapping[str, Rests], world: World) -> Iterator[Subject]:
    @cache
    def missing(name: str, namespace: str) -> Missing | None:
        rests = on[name]
        if rests.within:
            found = (world.unseen(*one, namespace) for one in rests.kinds)
            gaps = tuple(dict.fromkeys(gap for gap in found if gap))
        else:
            gaps = world.gaps_of(*rests.kinds)
        return Missing(gaps) if gaps else None

    for subject in subjects:
        facts = subject.facts
        lower: dict[str, Plain | Missing] = {}
        for name, rests in on.items():
            if not facts[name]:
                namespace = str(facts[rests.within]).rpartition("/")[0] if rests.within else ""
                if (gap := missing(name, namespace)) is not None:
                    lower[name] = gap
        yield replace(subject, facts={**facts, **lower}) if lower else subject
