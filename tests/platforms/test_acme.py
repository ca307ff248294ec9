"""Orders and Challenges of an ACME issuer say why a Certificate is not issued."""

from __future__ import annotations

from typing import Any

import pytest

from mtlsaudit.model.verdict import Outcome
from tests.support.acme import certificate, challenge, manifests, order, request
from tests.support.scanning import scan_text

RULE = "rotation-issuance-failing"
_404 = "Waiting for HTTP-01 challenge propagation: wrong status code '404', expected '200'"
_DENIED = "Error accepting authorization: acme: authorization error for shop.example.com: 403 urn:ietf:params:acme:error:unauthorized"


def _finding(*objects: Any) -> tuple[str, list[tuple[str, str]]]:
    """The message, and what its evidence shows of Orders and Challenges."""
    report = scan_text(manifests(*objects))
    (found,) = [a for a in report.assessments if a.rule == RULE and a.outcome is Outcome.FAIL]
    shown = [(".".join(map(str, e.site.path)), e.value) for e in found.verdict.evidence]
    return found.verdict.message, [(path, value) for path, value in shown if path == "status.state"]


@pytest.mark.parametrize(
    ("objects", "said", "evidence"),
    [
        (
            (),
            'Pending: Waiting on certificate issuance from order shop/shop-1-77: "pending"',
            [],
        ),
        ((order(),), "Order shop-1-77 is pending", ["is pending"]),
        (
            (order(), challenge(reason=_404)),
            f"the HTTP-01 challenge for shop.example.com is pending: {_404}; Order shop-1-77 is pending",
            ["is pending", f"is pending: {_404}"],
        ),
        (
            (order("invalid"), challenge("invalid", _DENIED, type="DNS-01", wildcard=True)),
            f"the DNS-01 challenge for *.shop.example.com is invalid: {_DENIED}; Order shop-1-77 is invalid",
            ["is invalid", f"is invalid: {_DENIED}"],
        ),
        (
            (order("errored", "Failed to create Order: 429 urn:ietf:params:acme:error:rateLimited"),),
            "Order shop-1-77 is errored: Failed to create Order: 429 urn:ietf:params:acme:error:rateLimited",
            ["is errored: Failed to create Order: 429 urn:ietf:params:acme:error:rateLimited"],
        ),
        ((order(""),), "Order shop-1-77 is not begun", ["is not begun"]),
        (
            (order("valid"), challenge("valid")),
            'Pending: Waiting on certificate issuance from order shop/shop-1-77: "pending"',
            [],
        ),
        (
            (order(request="other-1"), challenge("invalid", _DENIED)),
            'Pending: Waiting on certificate issuance from order shop/shop-1-77: "pending"',
            [],
        ),
    ],
)
def test_the_closest_cause_is_told_first(objects: tuple[Any, ...], said: str, evidence: list[str]) -> None:
    message, shown = _finding(certificate(), request(), *objects)
    assert message == f"shop/shop: it was never issued, {said}"
    assert [value for _, value in shown] == evidence


def test_of_several_challenges_the_one_that_failed_is_told_first() -> None:
    waits = challenge("pending", _404, name="a")
    fails = challenge("invalid", _DENIED, name="b", dnsName="api.example.com")
    done = challenge("valid", name="c", dnsName="done.example.com")
    message, shown = _finding(certificate(), request(), order(), waits, fails, done)
    assert f"the HTTP-01 challenge for api.example.com is invalid: {_DENIED}; 1 more is not valid" in message
    assert [value for _, value in shown] == ["is pending", f"is invalid: {_DENIED}", f"is pending: {_404}"]


def test_the_last_request_counts_by_its_number() -> None:
    message, _ = _finding(certificate(), request("shop-9-1", 9), request("shop-10-1", 10), order(request="shop-9"))
    assert 'order shop/shop-10-1: "pending"' in message
