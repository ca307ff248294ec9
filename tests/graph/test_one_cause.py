"""One cause, one finding: where two rules could tell of the same fault, one of them is silent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.graph.test_trust import authority, certificate, identified, issuer, leaf, names, scanned
from tests.support.objects import ingress, manifests, secret
from tests.support.scanning import NOW, failed, scan_text

OLD, NEW = authority("root", 1), authority("root", 3)
ISSUED = leaf(OLD)


ABOUT_A_RENEWED_CA = {
    "rotation-stale-ca",
    "trust-bundle-lacks-renewed-ca",
    "trust-chain-incomplete",
    "trust-chain-signature-invalid",
    "trust-chain-untrusted-root",
}


def renewed_ca(*verifier: dict[str, Any]) -> set[str]:
    """The CA has a new key, and its one certificate is still of the old one."""
    return set(
        failed(
            scanned(
                secret("ca-tls", {"tls.crt": NEW.pem}),
                issuer("ca", ca={"secretName": "ca-tls"}),
                certificate("client", "ca", usages=["client auth"]),
                secret("client-tls", {"tls.crt": ISSUED.pem, "ca.crt": OLD.pem}),
                *verifier,
            )
        )
    )


def test_a_stale_leaf_that_nobody_refuses_yet_is_told_at_the_certificate() -> None:
    found = renewed_ca()
    assert "rotation-stale-ca" in found
    assert "trust-chain-signature-invalid" not in found


def test_a_stale_leaf_that_a_verifier_refuses_is_told_at_the_chain_alone() -> None:
    entry = ingress(annotations={"auth-tls-secret": "shop/client-ca"})
    found = renewed_ca(secret("client-ca", {"ca.crt": NEW.pem}), entry)
    assert "trust-chain-signature-invalid" in found
    assert "rotation-stale-ca" not in found


def test_a_stale_leaf_of_which_a_bundle_lacks_the_new_ca_is_told_at_the_bundle_alone() -> None:
    entry = ingress(annotations={"auth-tls-secret": "shop/client-ca"})
    found = renewed_ca(secret("client-ca", {"ca.crt": OLD.pem}), entry)
    assert found & ABOUT_A_RENEWED_CA == {"trust-bundle-lacks-renewed-ca"}
    found = renewed_ca(secret("client-ca", {"ca.crt": OLD.pem + NEW.pem}), entry)
    assert found & ABOUT_A_RENEWED_CA == {"rotation-stale-ca"}


def test_with_key_identifiers_a_refused_stale_leaf_is_told_at_the_chain_alone() -> None:
    """OpenSSL then does not find the issuer at all, where it found a wrong signature before."""
    entry = ingress(annotations={"auth-tls-secret": "shop/client-ca"})
    old, new = identified("root", 1), identified("root", 3)
    stale = leaf(old, more=[(names(old), False)])
    for held, rule in ((new.pem, "trust-chain-incomplete"), (old.pem, "trust-bundle-lacks-renewed-ca")):
        report = scanned(
            secret("ca-tls", {"tls.crt": new.pem}),
            issuer("ca", ca={"secretName": "ca-tls"}),
            certificate("client", "ca", usages=["client auth"]),
            secret("client-tls", {"tls.crt": stale.pem, "ca.crt": old.pem}),
            secret("client-ca", {"ca.crt": held}),
            entry,
        )
        assert set(failed(report)) & ABOUT_A_RENEWED_CA == {rule}


def test_a_renewed_leaf_beside_a_bundle_of_the_old_ca_alone_is_told_at_the_chain_alone() -> None:
    entry = ingress(annotations={"auth-tls-secret": "shop/client-ca"})
    leaf_of_new = secret("client-tls", {"tls.crt": leaf(NEW).pem, "ca.crt": NEW.pem})
    for held, rules in ((OLD.pem, ["trust-chain-signature-invalid"]), (OLD.pem + NEW.pem, [])):
        found = failed(scanned(leaf_of_new, secret("client-ca", {"ca.crt": held}), entry))
        assert [r for r in found if "chain" in r or "stale" in r] == rules


def test_a_leaf_that_its_own_ca_crt_does_not_carry_is_told_once() -> None:
    below = authority("below", 4, OLD, ca=False)
    report = scanned(secret("client-tls", {"tls.crt": leaf(below).pem + below.pem, "ca.crt": OLD.pem}))
    chains = [r for r in failed(report) if "chain" in r]
    assert chains == ["trust-chain-issuer-is-no-ca"]


@pytest.mark.parametrize(
    ("late_days", "now_left", "rule"),
    [(5, 10.0, "rotation-overdue"), (5, 7.6, "rotation-overdue"), (5, 7.4, "rotation-overdue-ending"), (1, 10.0, "")],
)
def test_an_overdue_renewal_is_critical_in_the_last_twelfth_of_a_life(
    late_days: float, now_left: float, rule: str
) -> None:
    made = leaf(OLD, start=NOW - timedelta(days=90 - now_left), days=90)
    status = {
        "notBefore": f"{made.cert.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}",
        "notAfter": f"{made.cert.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
        "renewalTime": f"{NOW - timedelta(days=late_days):%Y-%m-%dT%H:%M:%SZ}",
        "revision": 1,
        "conditions": [{"type": "Ready", "status": "True", "reason": "Ready"}],
    }
    written = {**certificate("client", "ca"), "status": status}
    report = scan_text(manifests(written, secret("client-tls", {"tls.crt": made.pem, "ca.crt": OLD.pem})))
    found = {r: a.severity for a in report.assessments if (r := a.rule).startswith("rotation-overdue")}
    assert {r: str(s) for r, s in found.items()} == (
        {rule: "critical" if rule.endswith("ending") else "high"} if rule else {}
    )


@pytest.mark.parametrize(
    ("spec", "issuer_spec", "words"),
    [
        ({}, {"ca": {"secretName": "ca-tls"}}, "valid for 90 days, renewed after 60"),
        ({"duration": "48h"}, {"ca": {"secretName": "ca-tls"}}, "valid for 2 days, renewed after 1.33333"),
        ({"renewal": {"policy": "Disabled"}}, {"ca": {"secretName": "ca-tls"}}, "valid for 90 days, never renewed"),
    ],
)
def test_what_is_not_declared_is_said_without_a_question_mark(
    spec: dict[str, Any], issuer_spec: dict[str, Any], words: str
) -> None:
    report = scan_text(manifests(issuer("ca", **issuer_spec), certificate("client", "ca", **spec)))
    (message,) = (a.verdict.message for a in report.assessments if a.rule == "rotation-not-declared")
    assert message == f"shop/client does not declare both duration and renewBefore, and comes to be {words}"


def test_no_message_of_this_rule_has_a_hole() -> None:
    """Whatever is open about the issue is said in words."""
    window = {"cron": "0 0 * * 0", "timezone": "UTC", "windowDuration": "4h"}
    open_specs: list[dict[str, Any]] = [
        {"renewal": {"policy": "RenewBefore", "windows": [window]}},
        {"duration": "nonsense"},
    ]
    for spec in open_specs:
        report = scan_text(manifests(issuer("ca", ca={"secretName": "ca-tls"}), certificate("client", "ca", **spec)))
        said = [a.verdict.message for a in report.assessments if a.rule == "rotation-not-declared"]
        assert len(said) == 1
        assert "?" not in said[0]
