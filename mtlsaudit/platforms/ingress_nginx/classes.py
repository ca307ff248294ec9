"""Which controller takes an Ingress, and how surely that is known.

Order of the controller: spec.ingressClassName (the IngressClass must exist and name its controller class), then the
old annotation, then --watch-ingress-without-class (store.GetIngressClass, v1.15.1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.model.world import World
from mtlsaudit.platforms.core.ingresses import Ingress, IngressClass
from mtlsaudit.platforms.core.workload_kinds import WORKLOAD_KINDS
from mtlsaudit.platforms.ingress_nginx.inspection import suspicious
from mtlsaudit.platforms.ingress_nginx.settings import CONTROLLER, Controller

_ANNOTATION = "kubernetes.io/ingress.class"


class Claim(StrEnum):
    TAKEN = "taken"
    """A controller of ours takes the Ingress, or would with everything the input says."""

    ASSUMED = "assumed"
    """Nothing says who serves it, but its annotations are ours: judged as ours, and never called mutual."""

    IGNORED = "ignored"
    """Our controller is known and does not take it: nothing is served."""

    FOREIGN = "foreign"
    """Another controller's: not ours to judge."""

    UNDECIDED = "undecided"
    """It cannot be told, and nothing points to us."""


@dataclass(frozen=True, slots=True)
class Ownership:
    claim: Claim
    reason: str
    controller: Controller
    evidence: tuple[Evidence, ...]
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    """What class resolution needs. `mapping` is the user's word for classes that are not in the input."""

    classes: Mapping[str, IngressClass]
    controllers: Sequence[Controller]
    world: World
    mapping: Mapping[str, str]
    assume_defaults: bool


def resolve(ingress: Ingress, among: Candidates) -> Ownership:
    """Who serves this Ingress."""
    return _inspected(ingress, _claimed(ingress, among))


def _inspected(ingress: Ingress, own: Ownership) -> Ownership:
    """The controller does not store what its deep inspection does not like, whoever else it would be for."""
    if own.claim is not Claim.TAKEN or not own.controller.switch("deep-inspect", True):
        return own
    found = suspicious(ingress)
    if found is None:
        return own
    reason = (
        f"{found[0]!r} does not pass the controller's deep inspection: the Ingress is ignored, and the host gets 404"
    )
    evidence = (*own.evidence, ingress.resource.evidence(found[0], *found[1]))
    if gaps := own.controller.gaps:
        return Ownership(Claim.UNDECIDED, f"by default {reason}; {gaps[0].reason}", own.controller, evidence, gaps)
    return Ownership(Claim.IGNORED, reason, own.controller, evidence)


def _claimed(ingress: Ingress, among: Candidates) -> Ownership:
    resource = ingress.resource
    if ingress.class_name is not None:
        here = (resource.evidence(ingress.class_name, "spec", "ingressClassName"),)
        return _by_name(ingress, ingress.class_name, among, here)
    if _ANNOTATION in resource.annotations:
        return _by_annotation(ingress, resource.annotations[_ANNOTATION], among, (resource.annotation(_ANNOTATION),))
    here = (resource.evidence(None, "spec", "ingressClassName"),)
    defaults = [c for c in among.classes.values() if c.is_default]
    if len(defaults) == 1 and not resource.admitted:
        found = defaults[0]
        evidence = (*here, found.resource.annotation("ingressclass.kubernetes.io/is-default-class"))
        return _by_name(ingress, found.resource.id.name, among, evidence)
    return _without_class(ingress, among, here)


def _by_name(ingress: Ingress, name: str, among: Candidates, here: tuple[Evidence, ...]) -> Ownership:
    found = among.classes.get(name)
    if found is not None:
        here = (*here, found.resource.evidence(found.controller, "spec", "controller"))
    controller_class = found.controller if found else among.mapping.get(name)
    if controller_class is None:
        gap = among.world.gap("networking.k8s.io", "IngressClass", name)
        if gap is None:
            reason = f"the IngressClass {name} does not exist: ingress-nginx ignores the Ingress, and the host gets 404"
            return Ownership(Claim.IGNORED, reason, Controller(), here)
        return _guess(ingress, here, gap)
    matching = [c for c in among.controllers if c.controller_class == controller_class or _by_its_name(c, name)]
    if len(matching) == 1:
        return _taken(ingress, matching[0], here)
    if len(matching) > 1:
        names = ", ".join(c.key for c in matching)
        gap = Gap("ambiguous", f"IngressClass {name}", f"{len(matching)} controllers take the class {name}: {names}")
        return Ownership(Claim.UNDECIDED, gap.reason, matching[0], here, (gap,))
    if controller_class != CONTROLLER:
        reason = f"the IngressClass {name} belongs to {controller_class}, not to ingress-nginx"
        gap = Gap("not-modelled", f"controller {controller_class}", reason)
        return Ownership(Claim.FOREIGN, reason, Controller(), here, (gap,))
    return Ownership(Claim.TAKEN, "", _unseen(among), here)


def _by_its_name(controller: Controller, name: str) -> bool:
    return controller.ingress_class == name and controller.switch("ingress-class-by-name", False)


def _unseen(among: Candidates) -> Controller:
    """A controller that is not in the input: its release's defaults, which only a closed world or the policy vouch for."""
    if among.assume_defaults or among.world.shows(*WORKLOAD_KINDS):
        return Controller()
    reason = "no ingress-nginx controller is in the input: its flags and ConfigMap are not known"
    hidden = among.world.gaps_of(*WORKLOAD_KINDS)
    return Controller(gaps=hidden or (Gap("not-in-input", "ingress-nginx controller", reason),))


def _taken(ingress: Ingress, controller: Controller, here: tuple[Evidence, ...]) -> Ownership:
    namespace = controller.watched
    if namespace and namespace != ingress.namespace:
        reason = f"the controller watches the namespace {namespace} only: ignored, and the host gets 404"
        return Ownership(Claim.IGNORED, reason, controller, (*here, *controller.flag_evidence("watch-namespace")))
    if controller.switch("disable-catch-all", False) and ingress.default_backend is not None:
        reason = "the controller runs with --disable-catch-all: an Ingress with a defaultBackend is ignored"
        return Ownership(Claim.IGNORED, reason, controller, (*here, *controller.flag_evidence("disable-catch-all")))
    return Ownership(Claim.TAKEN, "", controller, here)


def _by_annotation(ingress: Ingress, value: str, among: Candidates, here: tuple[Evidence, ...]) -> Ownership:
    matching = [c for c in among.controllers if c.ingress_class == value]
    if len(matching) == 1:
        return _taken(ingress, matching[0], here)
    if not among.controllers and value == "nginx":
        if among.assume_defaults or among.world.shows(*WORKLOAD_KINDS) or among.mapping.get(value) == CONTROLLER:
            return Ownership(Claim.TAKEN, "", _unseen(among), here)
        gap = Gap(
            "not-in-input", "ingress-nginx controller", "no controller of the class annotation nginx is in the input"
        )
        return _guess(ingress, here, gap)
    if hidden := among.world.gaps_of(*WORKLOAD_KINDS):
        return _guess(ingress, here, hidden[0])
    reason = f"the class annotation {value} is not that of an ingress-nginx controller in the input"
    gap = Gap("not-modelled", f"ingress class {value}", reason)
    return Ownership(Claim.FOREIGN, reason, Controller(), here, (gap,))


def _without_class(ingress: Ingress, among: Candidates, here: tuple[Evidence, ...]) -> Ownership:
    watching = [c for c in among.controllers if c.switch("watch-ingress-without-class", False)]
    if len(watching) == 1:
        return _taken(ingress, watching[0], (*here, *watching[0].flag_evidence("watch-ingress-without-class")))
    if len(watching) > 1:
        gap = Gap("ambiguous", ingress.key, f"{len(watching)} controllers take Ingresses without a class")
        return Ownership(Claim.UNDECIDED, gap.reason, watching[0], here, (gap,))
    if among.controllers:
        controller = among.controllers[0]
        reason = "the Ingress has no class and the controller runs without --watch-ingress-without-class: ignored, the host gets 404"
        return Ownership(
            Claim.IGNORED, reason, controller, (*here, *controller.flag_evidence("watch-ingress-without-class"))
        )
    reason = "the Ingress has no class, and no controller or default IngressClass in the input says who serves it"
    return _guess(ingress, here, Gap("not-in-input", f"class of Ingress {ingress.key}", reason))


def _guess(ingress: Ingress, here: tuple[Evidence, ...], gap: Gap) -> Ownership:
    """Annotations of ours make it ours for the worse; nothing makes it ours for the better."""
    controller = Controller(gaps=(gap,))
    if any(name.startswith(controller.prefix + "/") for name in ingress.resource.annotations):
        return Ownership(Claim.ASSUMED, gap.reason, controller, here, (gap,))
    return Ownership(Claim.UNDECIDED, gap.reason, controller, here, (gap,))
