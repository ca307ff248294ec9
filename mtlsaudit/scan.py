"""The pipeline, on one screen: sources → objects → graph → subjects → assessments → report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from mtlsaudit import __version__
from mtlsaudit.collect import Request, collect
from mtlsaudit.engine.checks import Context
from mtlsaudit.engine.evaluate import evaluate
from mtlsaudit.engine.load import RuleSet
from mtlsaudit.engine.subjects import EARLY, View, subjects_of
from mtlsaudit.graph.build import Graph, build_graph
from mtlsaudit.graph.bundled import bundled_entries
from mtlsaudit.graph.certificate_files import file_entries, issuers_among, issuers_within
from mtlsaudit.graph.certificates import certificate_entries
from mtlsaudit.graph.earlier import with_earlier
from mtlsaudit.graph.inventory import take_inventory
from mtlsaudit.graph.trust import build_trust
from mtlsaudit.model.certificate_entry import CertificateEntry, NotMade
from mtlsaudit.model.certificate_file import CertificateFile
from mtlsaudit.model.coverage import Coverage
from mtlsaudit.model.history import History
from mtlsaudit.model.report import Judged, JudgedLater, Later, LaterSequence, Report, ScanInfo
from mtlsaudit.model.world import CLOSED, OPEN, World
from mtlsaudit.platforms.cert_manager.lifecycle import Version, parse_version
from mtlsaudit.platforms.core.estate import Assumptions
from mtlsaudit.platforms.core.workload_kinds import WORKLOAD_KINDS
from mtlsaudit.platforms.ingress_nginx.classes import Claim
from mtlsaudit.sources.harvest import Harvest
from mtlsaudit.sources.locate import Lines, Positions


def scan(request: Request, rules: RuleSet) -> Report:
    """Audit the paths once. Raises NothingToAudit when no document could be read."""
    harvest = collect(request)
    return audit(harvest, request, rules)


def audit(harvest: Harvest, request: Request, rules: RuleSet, history: History | None = None) -> Report:
    """Everything after reading: a pure function of the harvest and of what earlier scans saw."""
    graph = graph_of(harvest, request)
    harvest.settle()
    version = parse_version(request.cert_manager_version) if request.cert_manager_version else None
    files = tuple(sorted(harvest.certificate_files, key=lambda f: f.file))
    most = len(graph.specs) + len(graph.inventory.secrets) + sum(len(file.certificates) for file in files)
    certificates = LaterSequence(lambda: list(_entries(graph, version, request.now, files, history)), most)
    coverage = _coverage(harvest, graph)
    trust = Later(partial(build_trust, graph, request.now))
    file_issuers = issuers_within(files)
    view = Later(
        lambda: View(
            graph,
            certificates,
            version,
            request.now,
            files,
            history,
            coverage.gaps,
            trust,
            harvest.joined,
            request.default_namespace,
            issuers_among(files, file_issuers),
        )
    )
    judged = _judged_later(view, Context(request.now, request.policy), rules, keep_all=request.keep_all)
    positions = Positions(harvest)
    return Report(
        tool_version=__version__,
        scan=_scan_info(harvest, request, rules, graph, history),
        coverage=coverage,
        hops=tuple(graph.hops),
        certificates=certificates,
        trust_later=trust,
        rules=rules.by_id(),
        judged=judged,
        not_made=tuple(NotMade(n.ingress.key, n.secret, n.problem.reason) for n in graph.not_made),
        positions=positions,
        lines=Lines(harvest, positions),
        files=files,
        file_issuers=file_issuers,
        bundled=bundled_entries(graph, certificates) if request.certificate_files else (),
    )


def _entries(
    graph: Graph, version: Version | None, now: datetime, files: Sequence[CertificateFile], history: History | None
) -> Iterable[CertificateEntry]:
    found = (*certificate_entries(graph, version, now), *file_entries(files))
    return (with_earlier(entry, history) for entry in found) if history else found


def _judged_later(view: Later[View], context: Context, rules: RuleSet, *, keep_all: bool) -> JudgedLater:
    def judge(kind: str | None) -> Judged:
        subjects = partial(subjects_of, view())
        return evaluate(rules.compiled, subjects, context, keep_all=keep_all, kinds=None if kind is None else {kind})

    kinds = sorted({c.rule.subject for c in rules.compiled})
    return JudgedLater(judge, *([k for k in kinds if (k in EARLY) == early] for early in (True, False)))


def graph_of(harvest: Harvest, request: Request) -> Graph:
    """The graph alone, for commands that explain it."""
    policy = request.policy
    assumptions = Assumptions(
        secrets_well_formed=policy.assume_secrets == "well-formed",
        controller_defaults=policy.assume_controller == "defaults",
        ingress_classes=policy.ingress_classes,
    )
    return build_graph(take_inventory(harvest, request.default_namespace), world_of(harvest, request), assumptions)


def world_of(harvest: Harvest, request: Request) -> World:
    """What the source knows of its own limits; of files, what the request says."""
    return harvest.world or (CLOSED if request.closed else OPEN)


def _coverage(harvest: Harvest, graph: Graph) -> Coverage:
    gaps = (*harvest.gaps, *graph.inventory.gaps)
    ordered = tuple(sorted(set(gaps), key=lambda g: (g.file, g.line, g.kind, g.subject)))
    resources = dict(sorted(harvest.resources.items()))
    return Coverage(harvest.files, harvest.documents, resources, harvest.templates, ordered)


def _scan_info(harvest: Harvest, request: Request, rules: RuleSet, graph: Graph, history: History | None) -> ScanInfo:
    return ScanInfo(
        now=request.now,
        sources=request.paths,
        world="closed" if graph.estate.world.closed else "open",
        default_namespace=request.default_namespace,
        policy=request.policy,
        rules_digest=rules.digest,
        assumptions=tuple(_assumptions(request, graph)),
        notes=tuple(harvest.notes),
        cert_manager_version=request.cert_manager_version,
        history=history.file if history else "",
        cluster=harvest.source,
    )


def _assumptions(request: Request, graph: Graph) -> Iterable[str]:
    policy = request.policy
    if policy.assume_secrets:
        yield "Secrets that are not in the input are assumed to be well-formed (assume-secrets)"
    if policy.assume_controller:
        yield "An ingress-nginx controller that is not in the input is assumed to run with its defaults (assume-controller)"
    for name, controller in sorted(policy.ingress_classes.items()):
        yield f"The ingress class {name} is assumed to belong to {controller} (ingress-classes)"
    guessed = sum(own.claim is Claim.ASSUMED for own in graph.ownership.values())
    if guessed:
        yield (
            f"Ingresses whose class nothing in the input resolves ({guessed}) are judged as ingress-nginx by their "
            "annotations: for the worse only, never as mutual"
        )
    if request.closed:
        yield "The input is complete: what is not in it does not exist (--complete)"
    if graph.inventory.ingresses and not graph.controllers and graph.estate.world.shows(*WORKLOAD_KINDS):
        yield "No ingress-nginx controller is in the input: the defaults of v1.15.1 are assumed"
