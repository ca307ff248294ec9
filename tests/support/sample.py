"""A small real report for tests of output formats: hops of the guide's manifests, a few assessments of each outcome."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from mtlsaudit.decode.positions import Locator
from mtlsaudit.graph.build import build_graph
from mtlsaudit.graph.inventory import take_inventory
from mtlsaudit.model.certificate import KeyInfo, Names
from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.model.coverage import Coverage
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.report import Judged, Report, ScanInfo
from mtlsaudit.model.rule import Policy, Rule
from mtlsaudit.model.verdict import Decided, Outcome, Severity, Verdict
from mtlsaudit.model.world import OPEN
from mtlsaudit.platforms import wanted
from mtlsaudit.platforms.core.estate import Assumptions
from mtlsaudit.sources.manifests import Manifests

GUIDE = Path(__file__).resolve().parents[2] / "examples" / "mtls-guide"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _rule(name: str, severity: Severity) -> Rule:
    return Rule(
        id=name,
        family="ingress",
        title=f"The title of {name}",
        since="0.1.0",
        subject="hop",
        severity=severity,
        confidence="high",
        why="Why it matters, with <angle> & ampersand. A second sentence.",
        remedy="What to change:\n\n```yaml\nspec:\n  tls:\n    - hosts: [a]\n```",
        message="{hop.entry}",
        evidence=("hop.client_auth",),
        references=("https://kubernetes.github.io/ingress-nginx/user-guide/tls/",),
        controls=("nist-800-53r5:SC-8",),
    )


def sample_report() -> Report:
    """The guide, scanned; the same each time."""
    reader = Manifests(wanted, use_tools=False)
    reader.read(str(GUIDE))
    graph = build_graph(take_inventory(reader.harvest, "default"), OPEN, Assumptions())
    rules = {r.id: r for r in (_rule(f"sample-{s.value}", s) for s in Severity)}
    hop = graph.hops[0]
    ingress = graph.inventory.ingresses[0].resource
    pieces = (
        ingress.evidence("on", "metadata", "annotations", "nginx.ingress.kubernetes.io/auth-tls-verify-client"),
        ingress.evidence(None, "spec", "tls"),
    )
    found = [
        Decided(
            rule.id, rule.severity, hop.id, Verdict(Outcome.FAIL, f"A finding of {rule.severity}", pieces), f"f{i:063x}"
        )
        for i, rule in enumerate(rules.values())
    ]
    gap = Gap("not-in-input", "Secret default/x", "the Secret default/x is not in the input")
    found.append(
        Decided(
            "sample-high",
            Severity.HIGH,
            "Secret default/x",
            Verdict(Outcome.UNKNOWN, "Not known", (), (gap,)),
            "e" * 64,
        )
    )
    found.append(Decided("sample-low", Severity.LOW, hop.id + "x", Verdict(Outcome.PASS, "Good"), "d" * 64))
    entry = CertificateEntry(
        id="Certificate default/service-a-cert",
        certificate="default/service-a-cert",
        secret="default/service-a-tls",
        issued=False,
        lifetime_days=90.0,
        renew_after_days=60.0,
        renews=True,
        declared={"duration": None, "renewBefore": None, "renewBeforePercentage": None, "rotationPolicy": None},
        key_rotates=None,
        key=KeyInfo("RSA", 2048),
        usages={"key_usage": ["digital signature", "key encipherment"], "ext_key_usage": [], "is_ca": False},
        subject="CN=service-a",
        issuer="Issuer default/root-ca",
        names=Names(dns=("service-a.default.svc.cluster.local",)),
        status={},
        not_before=None,
        not_after=None,
        serial="",
        sha256="",
        spki_sha256="",
        managed_by="cert-manager",
        used_by=(hop.id,),
        basis="declared",
        evidence=(graph.specs[0].resource.evidence("service-a-tls", "spec", "secretName"),),
    )
    issued = CertificateEntry(
        **{
            **{f: getattr(entry, f) for f in entry.__slots__},
            "id": "Secret default/other-tls",
            "certificate": "",
            "secret": "default/other-tls",
            "issued": True,
            "not_before": NOW - timedelta(days=10),
            "not_after": NOW + timedelta(days=80),
            "sha256": "a" * 64,
            "serial": "1f",
            "managed_by": "",
        }
    )
    sites = {e.site for a in found for e in a.verdict.evidence} | {e.site for h in graph.hops for e in h.all_evidence()}
    positions, lines = {}, {}
    for site in sites:
        piece = reader.harvest.texts[site.origin.file, site.origin.document]
        position = Locator(piece.text, piece.first_line).position((*site.origin.base, *site.path))
        if position:
            positions[site] = position
            lines[site] = Path(site.origin.file).read_text().splitlines()[position.line - 1]
    return Report(
        tool_version="0.1.0",
        scan=ScanInfo(NOW, ("examples/mtls-guide",), "open", "default", Policy(), "0" * 64, ("assumed: <nothing>",)),
        coverage=Coverage(
            4, 6, {"Ingress.networking.k8s.io": 1}, 0, (gap, Gap("invalid-yaml", "b.yaml", "bad", "b.yaml", 3))
        ),
        hops=tuple(graph.hops),
        certificates=(entry, issued),
        judged=Judged(tuple(found)),
        rules=rules,
        positions=positions,
        lines=lines,
    )
