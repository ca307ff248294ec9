"""What a change of a CA breaks where only objects are declared, or a CA stands between leaf and root."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from mtlsaudit.collect import Request
from mtlsaudit.graph.trust import build_trust
from mtlsaudit.graph.trust.changes import find_target, weigh
from mtlsaudit.model.rule import Policy
from mtlsaudit.platforms import wanted
from mtlsaudit.scan import graph_of
from mtlsaudit.sources.harvest import Harvest
from tests.graph.test_trust import DECLARED, Made, certificate, deployment, identified, issuer, leaf, names, webhook
from tests.support.objects import config, controller, ingress, ingress_class, manifests, secret, service
from tests.support.scanning import NOW

ENTRY = ingress(annotations={"auth-tls-secret": "shop/client-ca"})
ROOT, OTHER = identified("root", 1), identified("other", 2)
BELOW = identified("below", 3, ROOT)


def broken(name: str, rotating: bool, *objects: object) -> dict[str, bool]:
    """Certificate → whether it surely breaks; what stays is not in it."""
    base = (ingress_class(), controller(), config(), service())
    harvest = Harvest()
    harvest.add_text(manifests(*base, *objects), "estate.yaml")  # type: ignore[arg-type]
    harvest.parse(wanted)
    graph = graph_of(harvest, Request(("estate.yaml",), NOW, Policy(), True))
    trust = build_trust(graph, NOW)
    target = find_target(name, graph, trust)
    assert target is not None
    change = weigh(target, graph, trust, NOW, rotating=rotating)
    return {b.handshake.credential.id: b.certain for b in change.broken}


def client(by: Made, *above: Made) -> dict[str, object]:
    made = leaf(by, more=[(names(by), False)])
    return secret("leaf", {"tls.crt": made.pem + "".join(a.pem for a in above)})


@pytest.mark.parametrize("rotating", [True, False])
@pytest.mark.parametrize(
    ("sent", "held", "breaks"),
    [
        ((BELOW,), (ROOT,), False),
        ((BELOW,), (ROOT, BELOW), False),
        ((), (ROOT, BELOW), True),
    ],
)
def test_an_intermediate_that_is_sent_under_a_root_that_is_held(
    sent: tuple[Made, ...], held: tuple[Made, ...], breaks: bool, rotating: bool
) -> None:
    bundle = secret("client-ca", {"ca.crt": "".join(m.pem for m in held)})
    found = broken(
        "shop/ca-tls", rotating, secret("ca-tls", {"tls.crt": BELOW.pem}), client(BELOW, *sent), bundle, ENTRY
    )
    assert found == ({"Secret shop/leaf": True} if breaks else {})


@pytest.mark.parametrize(("name", "breaks"), [("shop/below", False), ("shop/ca", True)])
@pytest.mark.parametrize("rotating", [True, False])
def test_what_is_only_declared_fares_alike(name: str, breaks: bool, rotating: bool) -> None:
    """cert-manager writes the root into ca.crt and sends the CA below it along."""
    objects = (
        *DECLARED,
        certificate("below", "ca", isCA=True, commonName="below"),
        issuer("below", ca={"secretName": "below-tls"}),
        certificate("client", "below", commonName="client", usages=["client auth"]),
    )
    entry = ingress(annotations={"auth-tls-secret": "shop/client-tls"})
    found = broken(name, rotating, *objects, entry)
    assert found.get("Certificate shop/client") is (True if breaks else None)


def test_a_certificate_of_the_key_before_is_locked_out_by_the_next_one_too() -> None:
    """The bundle holds both keys; what is renewed after another rotation is signed by neither."""
    old, new = identified("root", 1), identified("root", 4)
    objects = (
        issuer("ca", ca={"secretName": "ca-tls"}),
        secret("ca-tls", {"tls.crt": new.pem}),
        certificate("leaf", "ca", usages=["client auth"], secretName="leaf"),
        client(old),
        secret("client-ca", {"ca.crt": old.pem + new.pem}),
        ENTRY,
    )
    assert broken("shop/ca-tls", True, *objects) == {"Certificate shop/leaf": True}
    assert broken("shop/ca-tls", False, *objects) == {}


def test_the_key_before_has_no_name_but_its_digits() -> None:
    old, new = identified("root", 1), identified("root", 4)
    held = secret("client-ca", {"ca.crt": old.pem + new.pem})
    digits = old.cert.fingerprint(SHA256()).hex()[:12]
    for by, breaks in ((old, {"Secret shop/leaf": True}), (new, {})):
        assert broken(digits, False, secret("ca-tls", {"tls.crt": new.pem}), client(by), held, ENTRY) == breaks


def test_at_a_pod_whose_software_is_not_known_it_only_may_break() -> None:
    """Go takes the CA below as an anchor, OpenSSL does not: without the root the one holds and the other does not."""
    own = secret("app", {"tls.crt": leaf(BELOW, more=[(names(BELOW), False)]).pem, "ca.crt": ROOT.pem + BELOW.pem})
    found = broken("shop/ca-tls", False, secret("ca-tls", {"tls.crt": ROOT.pem}), own, deployment("shop", "app"))
    assert found == {"Secret shop/app": False}


def test_at_the_api_server_the_ca_below_is_enough() -> None:
    server = leaf(BELOW, eku=("server",), dns=["shop.shop.svc"], more=[(names(BELOW), False)])
    objects = (secret("app", {"tls.crt": server.pem}), deployment("shop", "app"), webhook(ROOT.pem + BELOW.pem))
    assert broken("shop/ca-tls", False, secret("ca-tls", {"tls.crt": ROOT.pem}), *objects) == {}
    assert broken("shop/ca-tls", False, secret("ca-tls", {"tls.crt": BELOW.pem}), *objects) == {"Secret shop/app": True}
