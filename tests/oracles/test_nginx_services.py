"""Services behind audited Ingresses: nginx calls them as the hop says, and reaches whom the report says it does."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mtlsaudit.graph.trust.ingress_verifiers import UPSTREAM_CA
from mtlsaudit.model.hop import HopKind, Mode, UpstreamSide
from mtlsaudit.model.report import Report
from tests.graph.test_trust import deployment
from tests.oracles.clients import Said, ask
from tests.oracles.handshakes import ROOT, ca
from tests.oracles.handshakes import leaf as client
from tests.oracles.nginx import running, server
from tests.oracles.servers import NAME, leaf
from tests.oracles.test_nginx_estates import HOST, audited
from tests.support.objects import ingress, secret
from tests.support.pki import Made
from tests.support.processes import free_port
from tests.support.scanning import failed

OWN = client(ROOT, number=71)
STRANGE = ca("strange", number=70)
ON = {"proxy-ssl-secret": "shop/up", "proxy-ssl-verify": "on", "proxy-ssl-name": NAME}


class Estate(NamedTuple):
    """What the Ingress says, whether the Secret has a key pair, the Service's certificate; what its client gets to see."""

    annotations: Mapping[str, str]
    pair: bool
    served: Made
    mode: Mode
    reached: bool
    presented: bool


ESTATES = {
    "no Secret": Estate({}, True, leaf(STRANGE), Mode.SERVER_TLS, True, False),
    "verify off": Estate({**ON, "proxy-ssl-verify": "off"}, True, leaf(STRANGE), Mode.SERVER_TLS, True, True),
    "verify on": Estate(ON, True, leaf(ROOT), Mode.OFFERED, True, True),
    "verify on, only a CA": Estate(ON, False, leaf(ROOT), Mode.SERVER_TLS, True, False),
    "verify on, another CA": Estate(ON, True, leaf(STRANGE), Mode.OFFERED, False, False),
    "verify on, for clients": Estate(ON, True, leaf(ROOT, eku=("client",)), Mode.OFFERED, False, False),
    "verify on, another name": Estate(
        {**ON, "proxy-ssl-name": "api.test"}, True, leaf(ROOT), Mode.OFFERED, False, False
    ),
}


def estate(given: Estate) -> Report:
    pair = {"tls.crt": OWN.pem, "tls.key": OWN.key_pem} if given.pair else {}
    return audited(
        secret("up", {"ca.crt": ROOT.pem, **pair}),
        secret("shop-tls", {"tls.crt": leaf(ROOT, dns=(HOST,), number=72).pem}),
        secret("svc-tls", {"tls.crt": given.served.pem}),
        deployment("shop", "svc-tls"),
        ingress(annotations={"backend-protocol": "HTTPS", **given.annotations}),
    )


def upstream(report: Report) -> tuple[Mode, UpstreamSide]:
    (hop,) = [h for h in report.hops if h.kind is HopKind.ENTRY_TO_SERVICE]
    assert hop.upstream is not None
    return hop.mode, hop.upstream


def _location(report: Report, directory: Path) -> str:
    """What the hop says of nginx as a client."""
    _, side = upstream(report)
    lines = [f"proxy_pass https://unix:{directory}/service.sock:;"]
    for place in (v for v in report.trust.verifiers if v.kind == UPSTREAM_CA and side.server_verified):
        assert {a.sha256 for a in place.anchors} == {hashlib.sha256(ROOT.der).hexdigest()}
        lines += ["proxy_ssl_verify on;", f"proxy_ssl_trusted_certificate {directory}/root.pem;"]
        lines += [f"proxy_ssl_verify_depth {place.depth};", f"proxy_ssl_name {place.names[0]};"]
    if side.client_certificate:
        lines += [
            f"proxy_ssl_certificate {directory}/client.pem;",
            f"proxy_ssl_certificate_key {directory}/client.pem;",
        ]
    return " ".join(lines)


def called(report: Report, served: Made, directory: Path) -> Said:
    """The answer that a client of the Ingress gets; the Service says which certificate it was shown."""
    files: dict[str, Any] = {"root": ROOT.pem, "client": OWN.key_pem + OWN.pem, "service": served.key_pem + served.pem}
    for name, text in files.items():
        (directory / f"{name}.pem").write_text(text)
    service = server(
        f"listen unix:{directory}/service.sock ssl;",
        f"ssl_certificate {directory}/service.pem; ssl_certificate_key {directory}/service.pem;",
        f"ssl_verify_client optional_no_ca; ssl_client_certificate {directory}/root.pem;",
        "return 200 shown:$ssl_client_fingerprint;",
    )
    port = free_port()
    entry = server(f"listen 127.0.0.1:{port};", f"location / {{ {_location(report, directory)} }}")
    with running(directory, service + entry, port):
        return ask(port, HOST, None)


@pytest.mark.parametrize("name", ESTATES)
def test_nginx_reaches_whom_the_report_says(name: str, tmp_path: Path) -> None:
    given = ESTATES[name]
    report = estate(given)
    said = called(report, given.served, tmp_path)
    assert said.status == (200 if given.reached else 502), said
    shown = hashlib.sha1(OWN.der).hexdigest() if given.presented else ""
    assert not given.reached or said.words == f"shown:{shown}"
    mode, side = upstream(report)
    assert mode is given.mode
    assert side.client_certificate is (given.pair and "proxy-ssl-secret" in given.annotations)
    accepted = {h.holds for h in report.trust.handshakes if h.verifier.kind == UPSTREAM_CA}
    named = "upstream-proxy-ssl-name-mismatch" not in failed(report)
    assert given.reached is (not side.server_verified or (accepted == {True} and named))
