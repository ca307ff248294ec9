"""The deep inspection of ingress-nginx: an Ingress with such a value is not stored, whatever its annotations say."""

from __future__ import annotations

import pytest

from mtlsaudit.model.hop import Hop, HopKind, Mode
from tests.support.objects import (
    MUTUAL,
    config,
    controller,
    ingress,
    ingress_class,
    manifests,
    real_secrets,
    service,
)
from tests.support.scanning import scan_text

_BAD = ("/etc/nginx/x", "/a;root /;", "/alias\n;", "/var/run/secrets/x", "/content_by_lua_file")
_GOOD = ("/etc/other", "/root", "/alias/x", "/a;b", "/by_lua", "/ETC/nginx", "/x;root")


def _client_hops(*objects: dict[str, object], closed: bool = True) -> dict[str, Hop]:
    text = manifests(ingress_class(), service(), *real_secrets(), *objects)
    return {h.entry: h for h in scan_text(text, closed=closed).hops if h.kind is HopKind.CLIENT_TO_ENTRY}


@pytest.mark.parametrize("path", _BAD)
def test_what_does_not_pass_is_not_served(path: str) -> None:
    hop = _client_hops(ingress(annotations=MUTUAL, paths=(path,)))["shop/shop"]
    assert hop.mode is Mode.REFUSED
    assert "deep inspection" in hop.because
    assert {piece.site.path[-1] for pieces in hop.evidence.values() for piece in pieces} >= {"path"}


@pytest.mark.parametrize("path", _GOOD)
def test_what_only_looks_like_it_is_served(path: str) -> None:
    assert _client_hops(ingress(annotations=MUTUAL, paths=(path,)))["shop/shop"].mode is Mode.MUTUAL


@pytest.mark.parametrize(("flags", "mode"), [((), Mode.REFUSED), (("--deep-inspect=false",), Mode.MUTUAL)])
def test_the_inspection_can_be_switched_off(flags: tuple[str, ...], mode: Mode) -> None:
    bad = ingress(annotations=MUTUAL, paths=(_BAD[0],))
    assert _client_hops(bad, controller(*flags), config())["shop/shop"].mode is mode


def test_where_the_flags_are_not_known_it_is_not_known() -> None:
    hop = _client_hops(ingress(annotations=MUTUAL, paths=(_BAD[0],)), closed=False)["shop/shop"]
    assert hop.mode is Mode.UNKNOWN
    assert "deep inspection" in hop.because


def test_an_ingress_that_is_not_stored_protects_nobody() -> None:
    old = ingress("old", MUTUAL, paths=(_BAD[0],), created="2026-01-01T00:00:00Z")
    young = ingress("young", created="2026-02-01T00:00:00Z")
    assert _client_hops(old, young)["shop/young"].mode is Mode.SERVER_TLS
    harmless = ingress("old", MUTUAL, paths=("/other",), created="2026-01-01T00:00:00Z")
    assert _client_hops(harmless, young)["shop/young"].mode is Mode.MUTUAL
