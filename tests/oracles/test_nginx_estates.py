"""Estates that are audited, and what the audit says of a host built in a real nginx: does it do what the mode says?

The lines are those that the ingress-nginx controller writes (tests/conformance/ingress-nginx); here they follow from
the hop and from its verifier alone, so a wrong word in the report is a wrong server.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mtlsaudit.collect import Request
from mtlsaudit.graph.trust.ingress_verifiers import CLIENT_CA
from mtlsaudit.model.hop import ClientAuth, Hop, HopKind, Mode, Plaintext
from mtlsaudit.model.report import Report
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.trust import Verifier
from mtlsaudit.platforms import wanted
from mtlsaudit.scan import audit
from mtlsaudit.sources.harvest import Harvest
from tests.oracles.clients import Said, ask, client_context
from tests.oracles.depths import LEAVES, RUNGS, sent
from tests.oracles.handshakes import NOW, START, Case, ca, leaf
from tests.oracles.nginx import running, server
from tests.oracles.revocations import crl
from tests.support.objects import config, controller, ingress, ingress_class, manifests, secret, service
from tests.support.pki import Made
from tests.support.processes import free_port
from tests.support.scanning import own_rules

HOST = "shop.example.com"
ROOT = RUNGS[0]
STRANGE = ca("strange", number=70)
CLIENTS = {
    "good": sent(0),
    "through-one": sent(1),
    "through-two": sent(2),
    "not-sent": Case(LEAVES[1], (), (ROOT,)),
    "expired": Case(leaf(ROOT, start=START - timedelta(days=200)), (), (ROOT,)),
    "of-another-ca": Case(leaf(STRANGE), (STRANGE,), (ROOT,)),
    "for-servers": Case(leaf(ROOT, eku=("server",)), (), (ROOT,)),
    "revoked": Case(leaf(ROOT, serial=666), (), (ROOT,)),
}
LIST = crl(ROOT, 666)
NOBODY, PLAIN = "no certificate", "no TLS"


def audited(*objects: dict[str, Any]) -> Report:
    """The report on the objects, at the time of the certificates: what is not among them does not exist."""
    harvest = Harvest()
    text = manifests(ingress_class(), controller(), config(), service(), *objects)
    harvest.add_text(text, "estate.yaml")
    harvest.parse(wanted)
    return audit(harvest, Request(("estate.yaml",), NOW, Policy(), closed=True), own_rules())


def estate(annotations: Mapping[str, str], *, tls: bool = True, lists: bool = False) -> Report:
    data = {"ca.crt": ROOT.pem, **({"ca.crl": Case(ROOT, (), (), (LIST,)).crl_pem} if lists else {})}
    return audited(
        secret("client-ca", data),
        secret("shop-tls", {"tls.crt": leaf(ROOT, dns=(HOST,), eku=("server",)).pem}),
        *(secret(n, {"tls.crt": "".join(m.pem for m in (c.leaf, *c.sent))}) for n, c in CLIENTS.items()),
        ingress(annotations={"auth-tls-secret": "shop/client-ca", **annotations}, tls=tls),
    )


def client_hop(report: Report) -> Hop:
    (hop,) = [h for h in report.hops if h.kind is HopKind.CLIENT_TO_ENTRY]
    return hop


def verifier(report: Report) -> Verifier | None:
    return next((v for v in report.trust.verifiers if v.kind == CLIENT_CA), None)


def by_digest(sha256: str) -> Made:
    return next(made for made in (ROOT, STRANGE) if hashlib.sha256(made.der).hexdigest() == sha256)


_ASKS = {
    ClientAuth.REQUIRED: "on",
    ClientAuth.OPTIONAL: "optional",
    ClientAuth.UNVERIFIED: "optional_no_ca",
    ClientAuth.NONE: "off",
}


def built(report: Report, directory: Path, ports: tuple[int, int]) -> str:
    """The two servers of the host: with TLS, and without."""
    side, place = client_hop(report).client, verifier(report)
    assert side is not None
    lines = [f"ssl_verify_client {_ASKS[side.client_auth]};"]
    if side.client_auth is not ClientAuth.NONE:
        trusted = [by_digest(a.sha256) for a in place.anchors] if place else [ROOT]
        (directory / "ca.pem").write_text("".join(made.pem for made in trusted))
        lines.append(f"ssl_client_certificate {directory / 'ca.pem'};")
    if place is not None:
        lines.append(f"ssl_verify_depth {place.depth};")
    if place is not None and place.bundles[0].crl:
        (directory / "crl.pem").write_text(place.bundles[0].crl)
        lines.append(f"ssl_crl {directory / 'crl.pem'};")
    answer = "add_header Verified $ssl_client_verify always; location / { return 200 served; }"
    plain = {Plaintext.SERVED: answer, Plaintext.REDIRECTED: "return 308 https://$host$request_uri;"}
    return server(f"listen 127.0.0.1:{ports[0]} ssl;", f"server_name {HOST};", *lines, answer) + server(
        f"listen 127.0.0.1:{ports[1]};", f"server_name {HOST};", plain[side.plaintext]
    )


def callers(report: Report, directory: Path) -> dict[str, Said]:
    """Everybody's answer."""
    ports = (free_port(), free_port())
    with running(directory, built(report, directory, ports), ports[0]):
        said = {name: ask(ports[0], HOST, client_context(case, directory)) for name, case in CLIENTS.items()}
        said[NOBODY] = ask(ports[0], HOST, client_context(None, directory))
        said[PLAIN] = ask(ports[1], HOST, None)
    return said


ESTATES: Mapping[str, tuple[Mode, dict[str, str], dict[str, bool]]] = {
    "on": (Mode.MUTUAL, {"auth-tls-verify-client": "on"}, {}),
    "on, depth 2": (Mode.MUTUAL, {"auth-tls-verify-client": "on", "auth-tls-verify-depth": "2"}, {}),
    "on, with a revocation list": (Mode.MUTUAL, {"auth-tls-verify-client": "on"}, {"lists": True}),
    "on, without a tls section": (Mode.PERMISSIVE, {"auth-tls-verify-client": "on"}, {"tls": False}),
    "on, not redirected": (Mode.PERMISSIVE, {"ssl-redirect": "false"}, {}),
    "optional": (Mode.PERMISSIVE, {"auth-tls-verify-client": "optional"}, {}),
    "optional_no_ca": (Mode.SERVER_TLS, {"auth-tls-verify-client": "optional_no_ca"}, {}),
    "off": (Mode.SERVER_TLS, {"auth-tls-verify-client": "off"}, {}),
}
"""The mode that the audit must find, the annotations, and what else is so."""


@pytest.mark.parametrize("name", ESTATES)
def test_nginx_does_what_the_mode_says(name: str, tmp_path: Path) -> None:
    mode, annotations, more = ESTATES[name]
    report = estate(annotations, **more)
    said = callers(report, tmp_path)
    assert client_hop(report).mode is mode
    served = {who for who, answer in said.items() if answer.status == 200}
    proved = {who for who in served if said[who].headers.get("Verified") == "SUCCESS"}
    assert "good" in served
    match mode:
        case Mode.MUTUAL:
            assert served == proved
            assert said[PLAIN].status == 308
        case Mode.PERMISSIVE:
            assert "good" in proved
            assert served & {NOBODY, PLAIN}
        case Mode.SERVER_TLS:
            assert {NOBODY, "of-another-ca"} <= served - proved
            assert said[PLAIN].status == 308
    if verifier(report) is not None:
        handshakes = [h for h in report.trust.handshakes if h.verifier.kind == CLIENT_CA]
        met = {h.credential.secret.removeprefix("shop/"): h.holds for h in handshakes}
        assert met == {who: who in proved for who in met}
        assert {"good", "through-one", "through-two", "expired"} <= set(met)
        assert proved <= set(met)
