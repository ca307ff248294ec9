"""An Ingress that was not read may share a host: what it could change is not called mutual."""

from __future__ import annotations

import pytest

from mtlsaudit.collect import Request
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import HopKind, Mode
from mtlsaudit.model.report import Report
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.world import CLOSED, EVERYWHERE, World
from mtlsaudit.platforms import wanted
from mtlsaudit.scan import audit
from mtlsaudit.sources.harvest import Harvest
from tests.support.objects import MUTUAL, controller, ingress, ingress_class, manifests, real_secrets, service
from tests.support.scanning import NOW, own_rules

FORBIDDEN = Gap("forbidden", "ingresses of the namespace web", "may not be listed: 403")
_INGRESS = ("networking.k8s.io", "Ingress")
HIDDEN = World(True, {_INGRESS: {"web": FORBIDDEN}})
ONLY_SHOP = World(True, {_INGRESS: {EVERYWHERE: FORBIDDEN, "shop": None}})
YOUNG, OLD = "2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z"
OVERRULING = ingress(
    "older",
    {"auth-tls-secret": "web/client-ca", "auth-tls-verify-client": "optional"},
    namespace="web",
    created=OLD,
    paths=("/other",),
    tls=False,
)


def hops(world: World, *flags: str, others: tuple[dict[str, object], ...] = ()) -> dict[HopKind, tuple[Mode, str]]:
    """The hops of the Ingress shop/shop that wants mutual TLS."""
    mine = ingress("shop", {**MUTUAL, "auth-tls-verify-client": "on"}, created=YOUNG)
    objects = [ingress_class(), controller(*flags), service(), *real_secrets(), mine, *others]
    harvest = Harvest(source="cluster")
    harvest.add_text(manifests(*objects), "x.yaml")
    harvest.parse(wanted)
    harvest.world = world
    report: Report = audit(harvest, Request(("x",), NOW, Policy(), keep_all=True), own_rules())
    return {hop.kind: (hop.mode, hop.because) for hop in report.hops if hop.entry == "shop/shop"}


def test_where_all_ingresses_were_read_the_host_is_mutual() -> None:
    assert hops(CLOSED)[HopKind.CLIENT_TO_ENTRY][0] is Mode.MUTUAL


def test_an_older_ingress_of_another_namespace_decides() -> None:
    its_ca = {**real_secrets()[0], "metadata": {"name": "client-ca", "namespace": "web"}}
    assert hops(CLOSED, others=(OVERRULING, its_ca))[HopKind.CLIENT_TO_ENTRY][0] is Mode.PERMISSIVE


@pytest.mark.parametrize("world", [HIDDEN, ONLY_SHOP])
def test_where_it_could_not_be_read_nothing_is_mutual(world: World) -> None:
    mode, because = hops(world)[HopKind.CLIENT_TO_ENTRY]
    assert mode is Mode.UNKNOWN
    assert "an Ingress that was not read may share the host: may not be listed: 403" in because


def test_a_controller_of_one_namespace_has_no_ingress_of_another() -> None:
    assert hops(ONLY_SHOP, "--watch-namespace=shop")[HopKind.CLIENT_TO_ENTRY][0] is Mode.MUTUAL
    assert hops(HIDDEN, "--watch-namespace=shop")[HopKind.CLIENT_TO_ENTRY][0] is Mode.MUTUAL


def test_what_is_no_mutual_tls_stays_what_it_is() -> None:
    assert hops(HIDDEN)[HopKind.ENTRY_TO_SERVICE][0] is Mode.PLAINTEXT
