"""The guide's manifests, as written and done right: every sentence of the audit, with file and line."""

from __future__ import annotations

from mtlsaudit.model.fact import Basis
from mtlsaudit.model.hop import ClientAuth, HopKind, Mode, Plaintext
from mtlsaudit.model.report import Report
from tests.support.scanning import ROOT, failed, lines_of, scan_path, undecided

GUIDE = ROOT / "examples" / "mtls-guide"
HARDENED = ROOT / "examples" / "mtls-guide-hardened"


def _hop(report: Report, kind: HopKind):  # type: ignore[no-untyped-def]
    (hop,) = [h for h in report.hops if h.kind is kind]
    return hop


def test_the_client_hop_is_unknown_and_at_best_permissive() -> None:
    hop = _hop(scan_path(GUIDE), HopKind.CLIENT_TO_ENTRY)
    assert hop.mode is Mode.UNKNOWN
    assert hop.possible == (Mode.PERMISSIVE, Mode.PLAINTEXT, Mode.REFUSED)
    assert hop.client.plaintext is Plaintext.SERVED
    assert hop.client.client_auth is ClientAuth.UNKNOWN
    assert "the Secret default/root-ca-key-pair is not in the input" in hop.because


def test_the_hop_to_the_service_is_plaintext() -> None:
    assert _hop(scan_path(GUIDE), HopKind.ENTRY_TO_SERVICE).mode is Mode.PLAINTEXT


def test_every_defect_of_the_guide_is_found_on_its_line() -> None:
    report = scan_path(GUIDE, cert_manager="1.13.1")
    assert {rule: lines_of(report, rule) for rule in failed(report)} == {
        "ingress-auth-tls-secret-is-ca-key-pair": [("ingress.yaml", 7)],
        "ingress-mtls-plaintext-bypass": [("ingress.yaml", 9)],
        "ingress-without-tls-section": [("ingress.yaml", 9)],
        "ingress-without-class": [("ingress.yaml", 9)],
        "upstream-plaintext-to-tls-port": [("ingress.yaml", 5)],
        "client-identity-unchecked": [("ingress.yaml", 8)],
        "object-refused": [("service-a.yaml", 17)],
        "exposure-backend-not-isolated": [("service-a.yaml", 4)],
        "trust-ca-shared-by-clients-and-servers": [("ingress.yaml", 7)],
        "certificate-names-missing": [("certificates.yaml", 21)],
        "certificate-without-extended-key-usage": [("certificates.yaml", 17), ("certificates.yaml", 5)],
        "rotation-not-declared": [("certificates.yaml", 17), ("certificates.yaml", 5)],
        "rotation-keeps-key": [("certificates.yaml", 17), ("certificates.yaml", 5)],
        "cert-manager-unsupported": [("certificates.yaml", 16)],
    }


def test_what_the_guide_does_not_show_is_unknown_and_not_passed() -> None:
    missing = undecided(scan_path(GUIDE))
    assert {"access-log-off", "access-log-without-client-identity", "handshake-errors-hidden"} <= missing
    assert {"ingress-auth-tls-secret-without-ca", "rotation-keeps-key"} <= missing


def test_the_rotation_of_the_guide_is_inside_the_window_and_only_informative() -> None:
    report = scan_path(GUIDE)
    assert {(c.certificate, c.lifetime_days, c.renew_after_days) for c in report.certificates} == {
        ("default/service-a-cert", 90.0, 60.0),
        ("default/client-cert", 90.0, 60.0),
    }
    assert not {"rotation-interval-too-long", "rotation-interval-too-short"} & set(failed(report))
    assert report.rules["rotation-not-declared"].severity == "info"


def test_the_hardened_guide_is_mutual_and_offered_without_a_finding() -> None:
    report = scan_path(HARDENED)
    client, service = _hop(report, HopKind.CLIENT_TO_ENTRY), _hop(report, HopKind.ENTRY_TO_SERVICE)
    assert (client.mode, client.basis) == (Mode.MUTUAL, Basis.INFERRED)
    assert service.mode is Mode.OFFERED
    assert report.assessments == ()
    assert report.coverage.gaps == ()
