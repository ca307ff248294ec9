"""ingress-nginx controllers as rules see them: release, risky settings, logging."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import partial

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects.hidden import SERVED
from mtlsaudit.engine.subjects.view import View, missing
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.ingress_nginx.classes import Claim
from mtlsaudit.platforms.ingress_nginx.releases import open_advisories, retired_on
from mtlsaudit.platforms.ingress_nginx.settings import Controller

SCHEMA: dict[str, type] = {
    "key": str,
    "version": str,
    "upstream_image": bool,
    "retired": bool,
    "retired_on": str,
    "advisories": list,
    "serves_mtls": bool,
    "snippets_allowed": bool,
    "cross_namespace": bool,
    "trusts_forwarded_headers": bool,
    "access_log": bool,
    "log_format": str,
    "logs_identity": bool,
    "error_log_level": str,
    "logs_handshake_errors": bool,
    "exposed_by_stream": list,
}
_IDENTITY = ("$ssl_client_s_dn", "$ssl_client_verify")
_VERBOSE = frozenset({"info", "debug"})


def subjects(view: View) -> Iterator[Subject]:
    """One subject for each controller, or one for the controller that is not in the input but must exist."""
    graph = view.graph
    wanting = {
        graph.ownership[i.key].controller.identity
        for i in graph.inventory.ingresses
        if graph.ownership[i.key].claim in (Claim.TAKEN, Claim.ASSUMED)
        and any(n.endswith("/auth-tls-secret") for n in i.resource.annotations)
    }
    alike = Counter(c.key for c in graph.controllers)
    for controller in graph.controllers:
        name = controller.identity if alike[controller.key] > 1 else controller.key
        yield _subject(view, controller, name, controller.identity in wanting)
    if "" in wanting:
        unseen = next(i for i in graph.inventory.ingresses if graph.ownership[i.key].controller.key == "")
        evidence = (unseen.resource.evidence(unseen.class_name, "spec", "ingressClassName"),)
        yield Subject("controller", "ingress-nginx controller", _unseen_facts(), lambda: {"": evidence})


def _unseen_facts() -> dict[str, Plain | Missing]:
    reason = "neither the controller's workload nor its ConfigMap is in the input"
    gap = missing("not-in-input", "ingress-nginx controller", reason)
    facts: dict[str, Plain | Missing] = dict.fromkeys(SCHEMA, gap)
    facts["key"], facts["serves_mtls"] = "ingress-nginx controller", True
    return facts


def _subject(view: View, controller: Controller, name: str, serves_mtls: bool) -> Subject:
    version = controller.version
    unknown_version = missing("version-unknown", controller.key, f"the image of {controller.key} has no version tag")
    unseen = Missing(controller.gaps) if controller.gaps else None
    log_format = controller.option("log-format-upstream")
    level = controller.option("error-log-level", "notice")
    facts: dict[str, Plain | Missing] = {
        "key": controller.key,
        "version": unknown_version if version is None else ".".join(map(str, version)),
        "upstream_image": controller.is_upstream_image,
        "retired": view.now.date() > retired_on(),
        "retired_on": _day(retired_on()),
        "advisories": unknown_version if version is None else tuple(open_advisories(version)),
        "serves_mtls": serves_mtls,
        "snippets_allowed": unseen or controller.setting("allow-snippet-annotations", False),
        "cross_namespace": unseen or controller.setting("allow-cross-namespace-resources", False),
        "trusts_forwarded_headers": unseen or controller.setting("use-forwarded-headers", False),
        "access_log": unseen or not _logs_off(controller),
        "log_format": unseen or log_format,
        "logs_identity": unseen or any(name in log_format for name in _IDENTITY),
        "error_log_level": unseen or level,
        "logs_handshake_errors": unseen or level in _VERBOSE,
        "exposed_by_stream": _exposed_by_stream(view, controller),
    }
    return Subject("controller", f"controller {name}", facts, partial(_evidence, controller))


def _day(day: date) -> str:
    return day.isoformat()


def _logs_off(controller: Controller) -> bool:
    return controller.setting("disable-access-log", False) or controller.setting("disable-http-access-log", False)


def _exposed_by_stream(view: View, controller: Controller) -> tuple[str, ...] | Missing:
    """Services behind an mTLS host that the TCP map serves as well, without TLS or client verification."""
    name = controller.flag("tcp-services-configmap").replace("$(POD_NAMESPACE)", controller.key.split("/")[0])
    if not name:
        return ()
    holder = view.graph.inventory.config_maps.get(name)
    world = view.graph.estate.world
    if holder is None:
        gap = world.gap("", "ConfigMap", name)
        return Missing((gap,)) if gap else ()
    from mtlsaudit.decode.reader import Opened

    targets = Opened(holder.resource).root.strings("data")
    protected = {h.service.rpartition(":")[0] for h in view.graph.hops if h.client and h.client.trust}
    found = tuple(sorted(f"{port} → {target}" for port, target in targets.items() if target.split(":")[0] in protected))
    if targets and not found and (gaps := world.gaps_of(*SERVED)):
        return Missing(gaps)
    return found


_OPTION_OF = {
    "snippets_allowed": "allow-snippet-annotations",
    "cross_namespace": "allow-cross-namespace-resources",
    "trusts_forwarded_headers": "use-forwarded-headers",
    "access_log": "disable-access-log",
    "log_format": "log-format-upstream",
    "logs_identity": "log-format-upstream",
    "error_log_level": "error-log-level",
    "logs_handshake_errors": "error-log-level",
}


def _evidence(controller: Controller) -> dict[str, tuple[Evidence, ...]]:
    found = {fact: controller.option_evidence(option) for fact, option in _OPTION_OF.items()}
    workload, container = controller.workload, controller.container
    if workload is not None and container is not None:
        image = (workload.resource.evidence(container.image, *container.path, "image"),)
        found["version"] = found["advisories"] = found["retired"] = found[""] = image
    found["exposed_by_stream"] = controller.flag_evidence("tcp-services-configmap")
    return found
