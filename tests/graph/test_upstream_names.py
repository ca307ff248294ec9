"""proxy-ssl-name and what the Service's certificate proves, as nginx compares them."""

from __future__ import annotations

from typing import Any

import pytest

from mtlsaudit.collect import Request
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.report import Report
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.verdict import Outcome
from mtlsaudit.model.world import EVERYWHERE, World
from mtlsaudit.platforms import wanted
from mtlsaudit.scan import audit
from mtlsaudit.sources.harvest import Harvest
from tests.graph.test_trust import DECLARED, UPSTREAM, authority, certificate, deployment, leaf, scanned
from tests.support.objects import config, controller, ingress, ingress_class, manifests, secret, service
from tests.support.scanning import NOW, failed, own_rules

RULE = "upstream-proxy-ssl-name-mismatch"
ROOT = authority()
NAMED = {**UPSTREAM, "proxy-ssl-name": "api.example.com"}


def served(*secrets: dict[str, Any], annotations: dict[str, str] = NAMED) -> Report:
    names = [s["metadata"]["name"] for s in secrets]
    trusted = secret("up-ca", {"ca.crt": ROOT.pem})
    return scanned(deployment("shop", *names), trusted, *secrets, ingress(annotations=annotations))


def tls(name: str, **names: Any) -> dict[str, Any]:
    return secret(name, {"tls.crt": leaf(ROOT, eku=("server",), **names).pem})


def subject(common_name: str) -> Any:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


@pytest.mark.parametrize(
    ("names", "proved"),
    [
        ({"dns": ["api.example.com"]}, True),
        ({"dns": ["*.example.com"]}, True),
        ({"dns": ["shop.shop.svc"]}, False),
        ({"dns": ["shop.shop.svc"], "subject": subject("api.example.com")}, False),
        ({"subject": subject("api.example.com")}, True),
        ({"subject": subject("shop")}, False),
    ],
)
def test_the_name_is_compared_as_nginx_does(names: dict[str, Any], proved: bool) -> None:
    report = served(tls("svc-tls", **names))
    assert failed(report).get(RULE, []) == ([] if proved else ["Ingress shop/shop"])


def test_the_finding_names_both_sides_and_cites_them() -> None:
    report = served(tls("svc-tls", dns=["shop.shop.svc"]))
    (found,) = [a for a in report.assessments if a.rule == RULE and a.outcome == "fail"]
    assert "demands api.example.com of its Service, which Secret shop/svc-tls does not prove" in found.verdict.message
    assert [".".join(map(str, e.site.path)) for e in found.verdict.evidence] == [
        "data.tls.crt",
        "metadata.annotations.nginx.ingress.kubernetes.io/proxy-ssl-name",
    ]


def test_one_of_two_certificates_is_enough_where_it_is_not_known_which_is_served() -> None:
    report = served(tls("one-tls", dns=["shop.shop.svc"]), tls("two-tls", dns=["api.example.com"]))
    assert RULE not in failed(report)


def test_without_a_name_nothing_is_said() -> None:
    assert RULE not in failed(served(tls("svc-tls", dns=["shop.shop.svc"]), annotations=UPSTREAM))


@pytest.mark.parametrize(("name", "proved"), [("shop.shop.svc", True), ("api.example.com", False)])
def test_declared_names_count_before_anything_is_issued(name: str, proved: bool) -> None:
    declared = certificate("shop", "ca", dnsNames=["shop.shop.svc"], usages=["server auth"])
    report = scanned(
        *DECLARED, declared, deployment("shop", "shop-tls"), ingress(annotations=_declared(name)), closed=False
    )
    assert (RULE not in failed(report)) is proved


def _declared(name: str) -> dict[str, str]:
    return {**UPSTREAM, "proxy-ssl-secret": "shop/ca-tls", "proxy-ssl-name": name}


def test_declared_names_prove_nothing_of_a_secret_that_was_not_read() -> None:
    hidden = Gap("forbidden", "Secret", "may not be listed: 403")
    declared = certificate("shop", "ca", dnsNames=["shop.shop.svc"], usages=["server auth"])
    text = manifests(
        *(ingress_class(), controller(), config(), service(), *DECLARED, declared),
        *(deployment("shop", "shop-tls"), ingress(annotations=_declared("shop.shop.svc"))),
    )
    outcomes = {}
    for name, world in (("read", World(closed=True)), ("hidden", World(True, {("", "Secret"): {EVERYWHERE: hidden}}))):
        harvest = Harvest(source="cluster")
        harvest.add_text(text, "x.yaml")
        harvest.parse(wanted)
        harvest.world = world
        report = audit(harvest, Request(("x",), NOW, Policy(), keep_all=True), own_rules())
        outcomes[name] = {a.outcome for a in report.assessments if a.rule == RULE}
    assert outcomes["hidden"] == {Outcome.UNKNOWN}
    assert Outcome.UNKNOWN not in outcomes["read"]
