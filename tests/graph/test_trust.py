"""Who verifies, whom, and what breaks: with certificates made for each case."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography import x509

from mtlsaudit.engine.subjects.defect_families import ELSEWHERE, FAMILY
from mtlsaudit.model.chain import Engine
from mtlsaudit.model.report import Report
from mtlsaudit.model.trust import Handshake, Verifier
from mtlsaudit.pki.path.defects import RULES, UNDECIDED
from tests.support.objects import config, controller, ingress, ingress_class, manifests, meta, secret, service
from tests.support.pki import Made, key, make
from tests.support.scanning import failed, scan_text, undecided

UPSTREAM = {"backend-protocol": "HTTPS", "proxy-ssl-secret": "shop/up-ca", "proxy-ssl-verify": "on"}


def authority(name: str = "root", number: int = 1, by: Made | None = None, **more: Any) -> Made:
    options: dict[str, Any] = {"usages": ["key_cert_sign", "crl_sign"], "days": 3650, "ca": True, **more}
    return make(name, by=by, number=number, algorithm="ed25519", **options)


def identified(name: str, number: int, by: Made | None = None, **more: Any) -> Made:
    """A CA with a subject key identifier, as cert-manager makes them, and that of its issuer."""
    own = x509.SubjectKeyIdentifier.from_public_key(key("ed25519", number).public_key())
    extensions: list[tuple[x509.ExtensionType, bool]] = [(own, False)]
    if by is not None:
        extensions.append((names(by), False))
    return authority(name, number, by, more=extensions, **more)


def names(issuer_: Made) -> x509.AuthorityKeyIdentifier:
    """What a certificate says of its issuer's key."""
    held = issuer_.cert.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(held)


def leaf(by: Made, number: int = 9, eku: tuple[str, ...] = ("client",), **more: Any) -> Made:
    options: dict[str, Any] = {"usages": ["digital_signature"], "days": 400, **more}
    return make("leaf", by=by, number=number, algorithm="ed25519", eku=eku, **options)


def deployment(name: str, *secrets: str, maps: tuple[str, ...] = ()) -> dict[str, Any]:
    volumes = [{"name": s, "secret": {"secretName": s}} for s in secrets]
    volumes += [{"name": m, "configMap": {"name": m}} for m in maps]
    pod = {"containers": [{"name": "app", "image": "registry.example.com/app:1"}], "volumes": volumes}
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(name), "spec": spec}


def webhook(bundle: str | None, annotations: dict[str, str] | None = None) -> dict[str, Any]:
    client: dict[str, Any] = {"service": {"name": "shop", "namespace": "shop"}}
    if bundle is not None:
        client["caBundle"] = base64.b64encode(bundle.encode()).decode()
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "shop", "annotations": annotations or {}},
        "webhooks": [{"name": "check.example.com", "clientConfig": client}],
    }


def policy(validation: dict[str, Any], version: str = "v1") -> dict[str, Any]:
    targets = [{"group": "", "kind": "Service", "name": "shop"}]
    spec = {"targetRefs": targets, "validation": {"hostname": "shop.shop.svc", **validation}}
    return {
        "apiVersion": f"gateway.networking.k8s.io/{version}",
        "kind": "BackendTLSPolicy",
        "metadata": meta("shop"),
        "spec": spec,
    }


def issuer(name: str, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "cert-manager.io/v1", "kind": "Issuer", "metadata": meta(name), "spec": spec}


def certificate(name: str, signer: str, **spec: Any) -> dict[str, Any]:
    body = {"secretName": f"{name}-tls", "issuerRef": {"name": signer}, **spec}
    return {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": meta(name), "spec": body}


DECLARED = (
    issuer("self", selfSigned={}),
    certificate("ca", "self", isCA=True, commonName="ca"),
    issuer("ca", ca={"secretName": "ca-tls"}),
)


def scanned(*objects: dict[str, Any], closed: bool = True) -> Report:
    return scan_text(manifests(ingress_class(), controller(), config(), service(), *objects), closed=closed)


def verifier(report: Report, name: str) -> Verifier:
    return next(v for v in report.trust.verifiers if v.id == name)


def met(report: Report, name: str) -> list[Handshake]:
    return [h for h in report.trust.handshakes if h.verifier.id == name]


def clients(anchors: str, chain: str, **annotations: str) -> Report:
    named = {"auth-tls-secret": "shop/client-ca", **annotations}
    return scanned(
        secret("client-ca", {"ca.crt": anchors}), secret("client-tls", {"tls.crt": chain}), ingress(annotations=named)
    )


def trust_rules(report: Report) -> set[str]:
    return {rule for rule in failed(report) if rule.startswith("trust-")}


def test_every_defect_has_one_rule_that_tells_of_it() -> None:
    assert set(RULES) - UNDECIDED <= set(FAMILY) | ELSEWHERE
    assert set(FAMILY) <= set(RULES)
    assert not set(FAMILY) & ELSEWHERE


def test_a_client_of_the_ca_is_accepted_by_nginx() -> None:
    root = authority()
    report = clients(root.pem, leaf(root).pem)
    (handshake,) = met(report, "Ingress shop/shop auth-tls-secret")
    assert handshake.verdicts() == {Engine.OPENSSL: True}
    assert handshake.credential.id == "Secret shop/client-tls"
    assert "trust-chain" not in " ".join(trust_rules(report))


def test_the_matrix_names_the_cas_below_an_anchor() -> None:
    root = authority()
    below = authority("below", 2, root)
    report = clients(root.pem, leaf(below).pem + below.pem)
    rows = report.trust.accepts["Ingress shop/shop auth-tls-secret"]
    assert [(r.name, r.anchor, r.certificates) for r in rows] == [("CN=root", True, 0), ("CN=below", False, 1)]


@pytest.mark.parametrize(
    ("chain", "rule"),
    [
        (lambda root: leaf(authority("root", 3)).pem, "trust-chain-signature-invalid"),
        (lambda root: leaf(root, usages=["key_cert_sign"]).pem, "trust-chain-key-usage"),
        (lambda root: (i := authority("mid", 4, root, ca=False)) and leaf(i).pem + i.pem, "trust-chain-issuer-is-no-ca"),
        (lambda root: (i := authority("mid", 5, root, days=10)) and leaf(i).pem + i.pem, "trust-chain-expired"),
        (lambda root: (i := authority("mid", 6, root, eku=["server"])) and leaf(i).pem + i.pem, "trust-chain-extended-key-usage"),
    ],
)  # fmt: skip
def test_each_broken_rule_is_a_finding_of_its_own(chain: Any, rule: str) -> None:
    root = authority()
    found = {r for r in trust_rules(clients(root.pem, chain(root))) if r.startswith("trust-chain-")}
    assert found == {rule}


def test_one_expired_ca_is_one_finding_however_many_clients_it_locks_out() -> None:
    old = authority(days=30)
    tls = [secret(f"client-{n}", {"tls.crt": leaf(old, 20 + n).pem}) for n in range(5)]
    ca = secret("client-ca", {"ca.crt": old.pem})
    report = scanned(ca, *tls, ingress(annotations={"auth-tls-secret": "shop/client-ca"}))
    assert failed(report)["trust-chain-expired"] == ["CN=root in Secret shop/client-ca ca.crt"]
    assert "trust-bundle-without-valid-ca" not in failed(report)


def test_the_depth_of_the_annotation_counts() -> None:
    root = authority()
    one = authority("one", 2, root)
    two = authority("two", 3, one)
    chain = leaf(two).pem + two.pem + one.pem
    assert "trust-chain-too-deep" in trust_rules(clients(root.pem, chain))
    assert "trust-chain-too-deep" not in trust_rules(clients(root.pem, chain, **{"auth-tls-verify-depth": "2"}))


def test_an_intermediate_alone_is_refused_by_nginx_and_taken_by_go() -> None:
    root = authority()
    below = authority("below", 2, root)
    report = clients(below.pem, leaf(below).pem)
    assert met(report, "Ingress shop/shop auth-tls-secret")[0].holds is False
    assert "trust-bundle-intermediate-only" in trust_rules(report)
    pair = scanned(secret("svc-tls", {"tls.crt": leaf(below, eku=("server",)).pem, "ca.crt": below.pem}))
    assert met(pair, "Secret shop/svc-tls ca.crt")[0].verdicts() == {Engine.OPENSSL: False, Engine.GO: True}
    assert trust_rules(pair) >= {"trust-chain-engines-differ"}
    assert "trust-bundle-intermediate-only" not in trust_rules(pair)


@pytest.mark.parametrize("verify", ["off", "optional_no_ca"])
def test_what_verifies_nothing_is_no_verifier(verify: str) -> None:
    root = authority()
    report = clients(root.pem, leaf(root).pem, **{"auth-tls-verify-client": verify})
    assert [v.kind for v in report.trust.verifiers] == []


@pytest.mark.parametrize(("number", "holds"), [(1, True), (7, False)])
def test_the_service_meets_proxy_ssl_secret(number: int, holds: bool) -> None:
    root = authority(number=1)
    signer = root if number == 1 else authority("other", number)
    served = leaf(signer, eku=("server",), dns=["shop.shop.svc"])
    report = scanned(
        deployment("shop", "svc-tls"),
        secret("svc-tls", {"tls.crt": served.pem + signer.pem}),
        secret("up-ca", {"ca.crt": root.pem}),
        ingress(annotations=UPSTREAM),
    )
    (handshake,) = met(report, "Ingress shop/shop proxy-ssl-secret")
    assert handshake.holds is holds
    assert ("trust-chain-untrusted-root" in failed(report)) is not holds


@pytest.mark.parametrize("number", [1, 7])
def test_the_api_server_meets_the_webhook(number: int) -> None:
    root, signer = authority(), authority("other", 7) if number == 7 else authority()
    served = leaf(signer, eku=("server",), dns=["shop.shop.svc"])
    report = scanned(deployment("shop", "svc-tls"), secret("svc-tls", {"tls.crt": served.pem}), webhook(root.pem))
    (handshake,) = met(report, "ValidatingWebhookConfiguration shop check.example.com")
    assert handshake.verdicts() == {Engine.GO: number == 1}


def test_an_injected_ca_bundle_is_concluded_from_its_certificate() -> None:
    served = certificate("svc", "ca", dnsNames=["shop.shop.svc"], usages=["server auth"])
    injected = webhook(None, {"cert-manager.io/inject-ca-from": "shop/svc"})
    report = scanned(*DECLARED, served, deployment("shop", "svc-tls"), injected, closed=False)
    (handshake,) = met(report, "ValidatingWebhookConfiguration shop check.example.com")
    assert (handshake.basis.value, handshake.holds) == ("inferred", True)


def test_an_absent_ca_bundle_may_be_written_later() -> None:
    found = verifier(scanned(webhook(None), closed=False), "ValidatingWebhookConfiguration shop check.example.com")
    assert not found.is_known
    assert "may be injected later" in found.all_gaps[0].reason


def test_a_gateway_of_an_unknown_make_is_asked_by_every_engine() -> None:
    root = authority()
    served = leaf(root, eku=("server",), dns=["shop.shop.svc"])
    ca = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("ca"), "data": {"ca.crt": root.pem}}
    report = scanned(
        deployment("shop", "svc-tls"),
        secret("svc-tls", {"tls.crt": served.pem}),
        ca,
        policy({"caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "ca"}]}),
    )
    (handshake,) = met(report, "BackendTLSPolicy shop/shop")
    assert set(handshake.verdicts()) == set(Engine)
    assert handshake.verdicts()[Engine.GO] is True


def test_the_systems_roots_verify_servers_without_a_finding() -> None:
    report = scanned(policy({"wellKnownCACertificates": "System"}))
    assert verifier(report, "BackendTLSPolicy shop/shop").system
    assert "trust-client-ca-public" not in failed(report)


def test_a_bundle_reaches_the_pod_through_trust_manager() -> None:
    root = authority()
    bundle = {
        "apiVersion": "trust.cert-manager.io/v1alpha1",
        "kind": "Bundle",
        "metadata": {"name": "roots"},
        "spec": {"sources": [{"inLine": root.pem}], "target": {"configMap": {"key": "ca.crt"}}},
    }
    report = scanned(bundle, deployment("shop", maps=("roots",)))
    (found,) = report.trust.verifiers
    assert (found.place, found.targets) == ("ConfigMap shop/roots", ("Deployment shop/shop",))
    assert [a.common_name for a in found.anchors] == ["root"]


def test_declared_objects_alone_tell_who_accepts_whom() -> None:
    client = certificate("client", "ca", commonName="client", usages=["client auth"])
    report = scanned(*DECLARED, client, ingress(annotations={"auth-tls-secret": "shop/client-tls"}), closed=False)
    (handshake,) = met(report, "Ingress shop/shop auth-tls-secret")
    assert (handshake.credential.id, handshake.basis.value) == ("Certificate shop/client", "inferred")
    assert handshake.verdicts() == {Engine.OPENSSL: True}
    assert [r.name for r in report.trust.accepts[handshake.verifier.id]] == ["Secret shop/ca-tls"]


def test_a_declared_server_under_another_ca_will_be_refused() -> None:
    other = (certificate("other", "self", isCA=True), issuer("other", ca={"secretName": "other-tls"}))
    served = certificate("svc", "ca", dnsNames=["shop.shop.svc"])
    trusted = certificate("up", "other", commonName="ingress")
    annotations = {**UPSTREAM, "proxy-ssl-secret": "shop/up-tls"}
    report = scanned(
        *DECLARED,
        *other,
        served,
        trusted,
        deployment("shop", "svc-tls"),
        ingress(annotations=annotations),
        closed=False,
    )
    assert failed(report)["trust-chain-untrusted-root"] == [
        "the CA of the Secret shop/ca-tls in Secret shop/up-tls ca.crt"
    ]


def test_an_unseen_secret_leaves_the_public_root_rule_undecided_and_nothing_else() -> None:
    report = scanned(ingress(annotations={"auth-tls-secret": "shop/client-ca"}), closed=False)
    assert {r for r in undecided(report) if r.startswith("trust-")} == {"trust-client-ca-public"}


def test_a_private_key_in_a_ca_bundle_is_told_and_goes_nowhere() -> None:
    root = authority()
    report = scanned(webhook(root.pem + root.key_pem))
    assert "trust-bundle-holds-private-key" in failed(report)
    from mtlsaudit.output import FORMATS, renderer

    body = "".join(root.key_pem.splitlines()[1:-1])
    coded = base64.b64encode((root.pem + root.key_pem).encode()).decode()
    for name in FORMATS:
        shown = renderer(name)(report)
        assert body not in shown
        assert coded[-40:] not in shown


def test_the_drawing_says_what_is_missing_as_the_defect_does() -> None:
    """No CA of that name, none with that key, or one of that name that is another kind of CA."""
    root = identified("root", 1)
    stale = leaf(identified("root", 3), more=[(names(identified("root", 3)), False)])
    digits = names(identified("root", 3)).key_identifier or b""
    rsa = make("root", ca=True, usages=["key_cert_sign"], algorithm="rsa", days=3650)
    for anchor, shown, chain in (
        (root, f"CN=root with the key identifier {digits.hex()}, which is missing", stale),
        (identified("other", 2), "CN=root, which is missing", stale),
        (rsa, "CN=root, of which none fits", leaf(authority())),
    ):
        report = scanned(secret("client-tls", {"tls.crt": chain.pem, "ca.crt": anchor.pem}))
        (message,) = (a.verdict.message for a in report.assessments if a.rule == "trust-chain-incomplete")
        assert f"in the chain CN=leaf → ✗ {shown}:" in message
