"""A CA with a new key, and bundles that do not have it yet: what is missing, whom it will lock out, and when."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from mtlsaudit.graph.trust import handshakes
from mtlsaudit.model.report import Report
from mtlsaudit.model.verdict import Outcome
from tests.graph.test_trust import certificate, deployment, identified, issuer, leaf, names, scanned, webhook
from tests.support.objects import ingress, meta, secret
from tests.support.pki import Made
from tests.support.scanning import failed

RULE = "trust-bundle-lacks-renewed-ca"
OLD, NEW = identified("root", 1), identified("root", 3)
ENTRY = ingress(annotations={"auth-tls-secret": "shop/client-ca"})


def stale(by: Made = OLD, number: int = 9, **more: Any) -> Made:
    return leaf(by, number, more=[(names(by), False)], **more)


def renewed(name: str, renewal: str, ca: str = "ca", ends: str = "2027-02-05", **spec: Any) -> dict[str, Any]:
    """A Certificate that is Ready, and when it is to be renewed."""
    status = {
        "notBefore": "2026-01-01T00:00:00Z",
        "notAfter": f"{ends}T00:00:00Z",
        "renewalTime": renewal,
        "revision": 1,
        "conditions": [{"type": "Ready", "status": "True", "reason": "Ready"}],
    }
    return {**certificate(name, ca, usages=["client auth"], **spec), "status": status}


def said(report: Report, outcome: Outcome = Outcome.FAIL) -> dict[str, str]:
    return {a.subject: a.verdict.message for a in report.assessments if a.rule == RULE and a.outcome is outcome}


def estate(held: str, *more: dict[str, Any], ca: str = NEW.pem) -> Report:
    return scanned(
        issuer("ca", ca={"secretName": "ca-tls"}),
        secret("ca-tls", {"tls.crt": ca}),
        renewed("client", "2026-12-01T00:00:00Z"),
        secret("client-tls", {"tls.crt": stale().pem, "ca.crt": OLD.pem}),
        secret("client-ca", {"ca.crt": held}),
        ENTRY,
        *more,
    )


def test_it_names_the_ca_whom_it_locks_out_and_when() -> None:
    (words,) = said(estate(OLD.pem)).values()
    assert words.startswith("Secret shop/client-ca ca.crt lacks CN=root (key ")
    assert "valid from 2026-01-01), with which Issuer shop/ca signs now" in words
    assert words.endswith("Ingress shop/shop will refuse Certificate shop/client once it is renewed, on 2026-12-01")


def test_the_first_renewal_counts_and_one_that_is_due_is_said_so() -> None:
    second = (renewed("two", "2026-11-01T00:00:00Z"), secret("two-tls", {"tls.crt": stale(number=10).pem}))
    (words,) = said(estate(OLD.pem, *second)).values()
    assert words.endswith("Certificate shop/two, Certificate shop/client once renewed, which is due since 2026-11-01")


@pytest.mark.parametrize("held", [OLD.pem + NEW.pem, NEW.pem])
def test_a_bundle_with_the_new_ca_lacks_nothing(held: str) -> None:
    assert not said(estate(held))


def test_the_same_key_in_a_new_certificate_is_not_missed() -> None:
    later = identified("root", 1, days=5000)
    assert not said(estate(OLD.pem, ca=later.pem))


def test_a_new_key_that_the_old_one_has_signed_is_not_missed() -> None:
    assert not said(estate(OLD.pem, ca=identified("root", 3, OLD).pem))


def test_an_intermediate_with_a_new_key_under_a_root_that_is_held_is_not_missed() -> None:
    root = identified("top", 5)
    below, renewed_below = identified("ca", 1, root), identified("ca", 3, root)
    client = stale(below)
    report = scanned(
        issuer("ca", ca={"secretName": "ca-tls"}),
        secret("ca-tls", {"tls.crt": renewed_below.pem}),
        renewed("client", "2026-12-01T00:00:00Z"),
        secret("client-tls", {"tls.crt": client.pem + below.pem, "ca.crt": root.pem}),
        secret("client-ca", {"ca.crt": root.pem}),
        ENTRY,
    )
    assert not said(report)
    assert "rotation-stale-ca" in failed(report)


def test_a_root_with_a_new_key_waits_for_the_intermediate_below() -> None:
    below = identified("below", 7, OLD)
    report = scanned(
        issuer("top", ca={"secretName": "ca-tls"}),
        secret("ca-tls", {"tls.crt": NEW.pem}),
        renewed("below", "2026-12-24T00:00:00Z", "top", "2035-12-30", isCA=True),
        secret("below-tls", {"tls.crt": below.pem, "ca.crt": OLD.pem}),
        issuer("ca", ca={"secretName": "below-tls"}),
        renewed("client", "2026-12-01T00:00:00Z"),
        secret("client-tls", {"tls.crt": stale(below).pem + below.pem, "ca.crt": OLD.pem}),
        secret("client-ca", {"ca.crt": OLD.pem}),
        ENTRY,
    )
    (words,) = said(report).values()
    assert words.endswith("will refuse Certificate shop/below and what it signs once it is renewed, on 2026-12-24")
    assert "rotation-stale-ca" not in failed(report)


def test_one_that_is_refused_already_is_told_at_the_chain_alone() -> None:
    new = (
        renewed("new", "2027-01-01T00:00:00Z"),
        secret("new-tls", {"tls.crt": stale(NEW, 11).pem, "ca.crt": NEW.pem}),
    )
    report = estate(OLD.pem, *new)
    assert not said(report)
    assert "trust-chain-incomplete" in failed(report)


def test_another_ca_of_the_same_name_is_not_taken_for_an_earlier_key() -> None:
    other = identified("root", 4)
    assert not said(estate(other.pem))


def test_an_earlier_key_is_known_from_the_requests_where_no_leaf_is_in_the_input() -> None:
    def request(revision: int, made: Made) -> dict[str, Any]:
        annotations = {
            "cert-manager.io/certificate-name": "root",
            "cert-manager.io/certificate-revision": str(revision),
        }
        done = {"conditions": [{"type": "Ready", "status": "True", "reason": "Issued"}]}
        return {
            "apiVersion": "cert-manager.io/v1",
            "kind": "CertificateRequest",
            "metadata": meta(f"root-{revision}", annotations=annotations),
            "spec": {"request": "", "issuerRef": {"name": "self"}},
            "status": {**done, "certificate": base64.b64encode(made.pem.encode()).decode()},
        }

    ready = {**renewed("root", "2030-01-01T00:00:00Z", "self", isCA=True, secretName="ca-tls")}
    ready["status"] = {**ready["status"], "revision": 2}
    objects = (issuer("self", selfSigned={}), issuer("ca", ca={"secretName": "ca-tls"}), ready)
    held = (secret("client-ca", {"ca.crt": OLD.pem}), ENTRY, request(1, OLD), request(2, NEW))
    (words,) = said(scanned(*objects, *held, secret("ca-tls", {"tls.crt": NEW.pem}))).values()
    assert words.endswith("will refuse whatever Issuer shop/ca issues from now on")
    (unread,) = said(scanned(*objects, *held, closed=False)).values()
    assert unread == words


def test_what_a_controller_keeps_is_not_a_persons_to_mend() -> None:
    """cainjector and cert-manager write the new CA where they wrote the old one."""
    own = webhook(OLD.pem, {"cert-manager.io/inject-ca-from": "shop/client"})
    assert list(said(estate(OLD.pem + NEW.pem, own))) == []
    assert list(said(estate(OLD.pem + NEW.pem, webhook(OLD.pem)))) == [
        "ValidatingWebhookConfiguration shop webhooks[0].clientConfig.caBundle"
    ]


def test_a_bundle_of_trust_manager_is_told_at_the_source_that_a_person_writes() -> None:
    def bundle(*sources: dict[str, Any]) -> dict[str, Any]:
        spec = {"sources": list(sources), "target": {"configMap": {"key": "ca.crt"}}}
        return {
            "apiVersion": "trust.cert-manager.io/v1alpha1",
            "kind": "Bundle",
            "metadata": {"name": "mesh"},
            "spec": spec,
        }

    mounted = deployment("app", maps=("mesh",))
    written = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("mesh"), "data": {"ca.crt": OLD.pem}}
    pinned = bundle({"inLine": OLD.pem})
    for target in ((), (written,)):
        found = said(estate(OLD.pem + NEW.pem, mounted, pinned, *target))
        assert list(found) == ["Bundle mesh spec.sources[0].inLine"]
    both = bundle({"inLine": OLD.pem}, {"inLine": NEW.pem})
    assert not said(estate(OLD.pem + NEW.pem, mounted, both))


def test_without_the_ca_it_is_not_known() -> None:
    report = scanned(
        issuer("ca", ca={"secretName": "ca-tls"}),
        renewed("client", "2026-12-01T00:00:00Z"),
        secret("client-tls", {"tls.crt": stale().pem, "ca.crt": OLD.pem}),
        secret("client-ca", {"ca.crt": OLD.pem}),
        ENTRY,
        closed=False,
    )
    assert list(said(report, Outcome.UNKNOWN)) == ["Secret shop/client-ca ca.crt"]


def test_a_bundle_whose_only_ca_has_ended_is_told_as_that() -> None:
    ended = identified("root", 1, days=30)
    report = estate(ended.pem)
    assert not said(report)
    assert "trust-chain-expired" in failed(report)


def test_what_is_told_at_the_first_of_many_alike_holds_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshakes, "MOST_PAIRS", 1)
    other = ingress("other", {"auth-tls-secret": "shop/other-ca"}, host="other.example.com")
    alike = (secret("other-ca", {"ca.crt": OLD.pem}), other)
    found = said(estate(OLD.pem, *alike))
    assert {name: words.partition(" will refuse ")[2] for name, words in found.items()} == dict.fromkeys(
        ("Secret shop/client-ca ca.crt", "Secret shop/other-ca ca.crt"),
        "Certificate shop/client once it is renewed, on 2026-12-01",
    )
