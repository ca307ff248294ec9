"""Who may reach a backend beside the ingress controller."""

from __future__ import annotations

from typing import Any

import pytest

from mtlsaudit.model.verdict import Outcome
from tests.support.objects import (
    MUTUAL,
    config,
    controller,
    ingress,
    ingress_class,
    manifests,
    meta,
    real_secrets,
    service,
)
from tests.support.scanning import scan_text

RULES = ("exposure-backend-not-isolated", "exposure-backend-admits-others")
_CONTROLLER = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}},
    "podSelector": {"matchLabels": {"app.kubernetes.io/name": "ingress-nginx"}},
}


def _workload(name: str, labels: dict[str, str], namespace: str = "shop") -> dict[str, Any]:
    pod = {"containers": [{"name": name, "image": "x", "ports": [{"containerPort": 8080}]}]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(name, namespace), "spec": spec}


def _policy(spec: dict[str, Any], name: str = "fence") -> dict[str, Any]:
    body = {"podSelector": {"matchLabels": {"app": "shop"}}, **spec}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta(name), "spec": body}


def _outcomes(*objects: dict[str, Any], closed: bool = True) -> tuple[str, str, str]:
    """(isolated, admits others, message of the second)."""
    base = [
        ingress_class(),
        service(),
        controller(),
        config(),
        real_secrets()[0],
        ingress(annotations=MUTUAL),
    ]
    report = scan_text(manifests(*base, _workload("shop", {"app": "shop"}), *objects), closed=closed)
    found = {a.rule: a for a in report.assessments if a.rule in RULES}
    outcomes = [found[r].outcome.value if r in found else Outcome.PASS.value for r in RULES]
    message = found[RULES[1]].verdict.message if RULES[1] in found else ""
    return outcomes[0], outcomes[1], message


def test_without_a_policy_every_pod_gets_in() -> None:
    assert _outcomes()[0] == "fail"


def test_a_policy_for_the_controller_alone_is_enough() -> None:
    assert _outcomes(_policy({"ingress": [{"from": [_CONTROLLER]}]})) == ("pass", "pass", "")


def test_a_policy_for_egress_alone_isolates_nothing() -> None:
    assert _outcomes(_policy({"policyTypes": ["Egress"], "ingress": [{"from": [_CONTROLLER]}]}))[0] == "fail"


def test_a_policy_without_rules_lets_nobody_in() -> None:
    assert _outcomes(_policy({})) == ("pass", "pass", "")


def test_a_policy_of_other_pods_isolates_nothing() -> None:
    assert _outcomes(_policy({"podSelector": {"matchLabels": {"app": "other"}}}))[0] == "fail"


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        ({}, "every pod and every address"),
        ({"from": [{"namespaceSelector": {}}]}, "the pods of all namespaces"),
        ({"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}, "the addresses 10.0.0.0/8"),
        ({"from": [{"podSelector": {}}]}, "Deployment shop/billing"),
        (
            {"from": [{"podSelector": {"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["db"]}]}}]},
            "Deployment shop/billing",
        ),
    ],
)
def test_whoever_else_is_admitted_is_named(rule: dict[str, Any], who: str) -> None:
    billing = _workload("billing", {"app": "billing"})
    isolated, admits, message = _outcomes(billing, _policy({"ingress": [{"from": [_CONTROLLER]}, rule]}))
    assert (isolated, admits) == ("pass", "fail")
    assert message.endswith(f"also admits {who}")


def test_a_selector_with_an_empty_value_does_not_match_an_absent_label() -> None:
    billing = _workload("billing", {"app": "billing"})
    rule = {"from": [{"podSelector": {"matchLabels": {"tier": ""}}}]}
    assert _outcomes(billing, _policy({"ingress": [rule]})) == ("pass", "pass", "")


def test_a_policy_that_the_api_server_refuses_fences_nothing() -> None:
    isolated, _, _ = _outcomes(_policy({"ingress": [{"from": [{}]}]}))
    assert isolated == "unknown"


def test_policies_add_up() -> None:
    billing = _workload("billing", {"app": "billing"})
    narrow = _policy({"ingress": [{"from": [_CONTROLLER]}]}, "narrow")
    wide = _policy({"ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "billing"}}}]}]}, "wide")
    assert _outcomes(billing, narrow, wide)[2].endswith("also admits Deployment shop/billing")
