"""Services behind an mTLS host: does a NetworkPolicy keep everyone else away from their pods?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects import unseen
from mtlsaudit.engine.subjects.view import View, missing
from mtlsaudit.graph.reachability import Admission, Reachability
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import ClientAuth, Hop, HopKind
from mtlsaudit.model.origin import object_name
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.core.workloads import Workload
from mtlsaudit.platforms.network_policy.objects import NETWORK_POLICY

SCHEMA: dict[str, type] = {
    "key": str,
    "service_type": str,
    "hosts": list,
    "isolated": bool,
    "admits": list,
    "open_hosts": list,
    "passes_identity": bool,
}
_VERIFYING = (ClientAuth.REQUIRED, ClientAuth.OPTIONAL, ClientAuth.UNVERIFIED)


def subjects(view: View) -> Iterator[Subject]:
    """One subject for each Service that some host with client verification leads to."""
    graph = view.graph
    reach = Reachability(graph)
    protected, unprotected = _by_service(view)
    leading: dict[str, list[Hop]] = defaultdict(list)
    for hop in graph.hops:
        leading[hop.service.rpartition(":")[0]].append(hop)
    for service, hops in sorted(protected.items()):
        workloads = graph.behind(service)
        admissions = [(w, reach.admission(w)) for w in workloads]
        facts: dict[str, Plain | Missing] = {
            "key": service,
            "service_type": here.type if (here := graph.inventory.services.get(service)) else "",
            "hosts": tuple(sorted({h.host for h in hops})),
            "isolated": _isolated(view, reach, service, admissions),
            "admits": _admits(admissions),
            "open_hosts": _open_hosts(view, service, leading[service], unprotected.get(service, ())),
            "passes_identity": True,
        }
        yield Subject(
            "backend",
            object_name("Service", service),
            facts,
            partial(_evidence, view, service, admissions, hops, unprotected.get(service, [])),
        )


def _by_service(view: View) -> tuple[dict[str, list[Hop]], dict[str, list[Hop]]]:
    """Hops with client verification wanted or found, and those that lead to the same Services without any."""
    protected: dict[str, list[Hop]] = defaultdict(list)
    others: dict[str, list[Hop]] = defaultdict(list)
    wanting = {
        i.key
        for i in view.graph.inventory.ingresses
        if any(n.endswith("/auth-tls-secret") for n in i.resource.annotations)
    }
    for hop in view.graph.hops:
        if hop.kind is not HopKind.CLIENT_TO_ENTRY or hop.client is None:
            continue
        service = hop.service.rpartition(":")[0]
        if hop.client.client_auth in _VERIFYING or (
            hop.entry in wanting and hop.client.client_auth is ClientAuth.UNKNOWN
        ):
            protected[service].append(hop)
        elif hop.client.client_auth is ClientAuth.NONE:
            others[service].append(hop)
    return protected, others


def _isolated(
    view: View, reach: Reachability, service: str, admissions: list[tuple[Workload, Admission]]
) -> bool | Missing:
    namespace = service.partition("/")[0]
    hidden = view.graph.estate.world.unseen(*NETWORK_POLICY, namespace)
    if not admissions and hidden:
        return Missing((hidden,))
    if not admissions and not reach.has_policies(namespace):
        return False
    if not admissions:
        known = service in view.graph.inventory.services
        reason = (
            f"no workload in the input is behind the Service {service}"
            if known
            else f"the Service {service} is not in the input"
        )
        return missing("not-in-input", f"Service {service}", reason)
    if any(a.gaps and not a.is_isolated for _, a in admissions):
        return Missing(tuple(g for _, a in admissions for g in a.gaps))
    return all(a.is_isolated for _, a in admissions)


def _open_hosts(view: View, service: str, leading: Sequence[Hop], others: Sequence[Hop]) -> tuple[str, ...] | Missing:
    """None is a fact only where every Ingress of the namespace was read and every hop to the Service is known."""
    world = view.graph.estate.world
    if others or not world.closed:
        return tuple(sorted(h.host for h in others))
    gaps = dict.fromkeys(unseen.not_known(leading))
    if hidden := world.unseen("networking.k8s.io", "Ingress", service.partition("/")[0]):
        gaps[hidden] = None
    return Missing(tuple(gaps)) if gaps else ()


def _admits(admissions: list[tuple[Workload, Admission]]) -> tuple[str, ...] | Missing:
    others = tuple(sorted({who for _, a in admissions for who, _ in a.others}))
    gaps: dict[Gap, None] = {g: None for _, a in admissions for g in a.gaps}
    if others or not gaps:
        return others
    return Missing(tuple(gaps))


def _evidence(
    view: View, service: str, admissions: list[tuple[Workload, Admission]], hops: list[Hop], open_hops: list[Hop]
) -> dict[str, tuple[Evidence, ...]]:
    found: dict[str, tuple[Evidence, ...]] = {}
    here = view.graph.inventory.services.get(service)
    own = (here.resource.evidence(here.resource.id.name, "metadata", "name"),) if here else ()
    pods = tuple(w.resource.evidence(w.resource.id.name, "metadata", "name") for w, _ in admissions)
    if here is not None:
        found["service_type"] = (here.resource.evidence(here.type, "spec", "type"),)
    leading = tuple(e for h in hops for e in h.evidence.get("service", ()))
    found[""] = own or pods or leading
    found["isolated"] = pods or own or leading
    policies = {p: None for _, a in admissions for _, p in a.others}
    found["admits"] = tuple(p.resource.evidence("present", "spec", "ingress") for p in policies)
    found["open_hosts"] = tuple(e for h in open_hops for e in h.evidence.get("client_auth", ())[:1])
    return found
