"""Behaviour of ingress-nginx beyond the conformance cases: one line a behaviour, on the whole pipeline."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mtlsaudit.model.fact import Basis
from mtlsaudit.model.hop import Hop, HopKind, Mode
from mtlsaudit.model.rule import Policy
from tests.support.objects import (
    MUTUAL,
    config,
    controller,
    ingress,
    ingress_class,
    manifests,
    meta,
    real_secrets,
    secret,
    service,
)
from tests.support.pki import make
from tests.support.scanning import scan_text


def _hops(
    *objects: dict[str, Any], closed: bool = True, policy: Policy | None = None, complete: bool = True
) -> list[Hop]:
    base = [ingress_class(), service(), *(real_secrets() if complete else ())]
    return list(scan_text(manifests(*base, *objects), closed=closed, policy=policy).hops)


def _one(*objects: dict[str, Any], kind: HopKind = HopKind.CLIENT_TO_ENTRY, path: str = "/", **options: Any) -> Hop:
    (hop,) = [h for h in _hops(*objects, **options) if h.kind is kind and h.path == path and h.entry == "shop/shop"]
    return hop


def _client(annotations: dict[str, str], *more: dict[str, Any], **options: Any) -> tuple[str, str, str]:
    hop = _one(ingress(annotations=annotations, **options), *more)
    assert hop.client is not None
    return hop.mode, hop.client.plaintext, hop.client.client_auth


@pytest.mark.parametrize(
    ("annotations", "tls", "expected"),
    [
        ({**MUTUAL, "auth-tls-match-cn": "CN=a|"}, True, ("mutual", "redirected", "required")),
        ({**MUTUAL, "auth-tls-match-cn": "CN=a|"}, False, ("permissive", "served", "required")),
        (
            {**MUTUAL, "auth-tls-verify-client": "optional", "auth-tls-match-cn": "CN=a"},
            False,
            ("mutual", "refused", "required"),
        ),
        (
            {**MUTUAL, "auth-tls-verify-client": "off", "auth-tls-match-cn": "CN=a"},
            True,
            ("refused", "refused", "refused"),
        ),
        ({**MUTUAL, "auth-tls-match-cn": "client-a"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "auth-tls-match-cn": "CN=a(?=b)"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "auth-tls-pass-certificate-to-upstream": "yes"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "auth-tls-error-page": "not a page!"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "auth-tls-secret": ""}, True, ("server-tls", "redirected", "none")),
        ({**MUTUAL, "auth-tls-secret": "shop/client-ca/x"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "auth-tls-secret": "shop/client ca"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "auth-tls-verify-client": "opt ional"}, True, ("mutual", "redirected", "required")),
        ({**MUTUAL, "auth-tls-verify-depth": "x"}, True, ("mutual", "redirected", "required")),
        ({**MUTUAL, "ssl-redirect": "nope"}, True, ("mutual", "redirected", "required")),
        ({"server-snippet": "return 200;"}, True, ("refused", "refused", "refused")),
        # A line break at the end, as a YAML block scalar has, is not among the characters that are allowed.
        ({**MUTUAL, "auth-tls-secret": "shop/client-ca\n"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "auth-tls-secret": "\n"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "auth-tls-secret": "  "}, True, ("server-tls", "redirected", "none")),
        ({**MUTUAL, "auth-tls-verify-client": "off\n"}, True, ("mutual", "redirected", "required")),
        ({**MUTUAL, "auth-tls-verify-client": " off "}, True, ("server-tls", "redirected", "none")),
        ({**MUTUAL, "auth-tls-error-page": "/sorry\n"}, True, ("refused", "refused", "refused")),
        # Values that drop the Ingress, and neighbours that only leave the default.
        ({**MUTUAL, "ssl-passthrough": "yes"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "ssl-passthrough": ""}, True, ("mutual", "redirected", "required")),
        ({**MUTUAL, "from-to-www-redirect": "on"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "server-alias": "a.example.com; b"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "custom-http-errors": "404,600"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "limit-rps": "many"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "load-balance": "ip_hash"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "ssl-ciphers": "HIGH:!aNULL@SECLEVEL=2"}, True, ("mutual", "redirected", "required")),
        ({**MUTUAL, "ssl-ciphers": "HIGH;"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "default-backend": "shop/errors"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "connection-proxy-header": "Upgrade"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "fastcgi-index": "a/b"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "limit-whitelist": "10.0.0.0/8, office"}, True, ("refused", "refused", "refused")),
        (
            {**MUTUAL, "limit-allowlist": "10.0.0.0/8", "limit-whitelist": "x"},
            True,
            ("mutual", "redirected", "required"),
        ),
        ({**MUTUAL, "opentelemetry-operation-name": "a b!"}, True, ("mutual", "redirected", "required")),
        (
            {**MUTUAL, "enable-opentelemetry": "true", "opentelemetry-operation-name": "a b!"},
            True,
            ("refused", "refused", "refused"),
        ),
        ({**MUTUAL, "upstream-hash-by": "$uri;"}, True, ("refused", "refused", "refused")),
        (
            {**MUTUAL, "upstream-hash-by": "", "upstream-hash-by-subset": "x"},
            True,
            ("mutual", "redirected", "required"),
        ),
        ({**MUTUAL, "upstream-hash-by-subset": "x"}, True, ("refused", "refused", "refused")),
        # Access control that cannot be set up: 503.
        ({**MUTUAL, "whitelist-source-range": "10.0.0.0/8, office"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "allowlist-source-range": "10.0.0.0/8, 192.0.2.1"}, True, ("mutual", "redirected", "required")),
        ({**MUTUAL, "whitelist-source-range": ""}, True, ("mutual", "redirected", "required")),
        ({**MUTUAL, "denylist-source-range": ""}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "auth-type": "basic"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "auth-type": "basic", "auth-secret": "other/users"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "auth-type": "basic", "auth-secret": "users"}, True, ("refused", "refused", "refused")),
        ({**MUTUAL, "auth-url": "auth.shop.svc/check"}, True, ("refused", "refused", "refused")),
        # A redirect in place of the Service, on both ports; the one that is not taken leaves what was.
        ({**MUTUAL, "permanent-redirect": "https://new.example.org"}, False, ("mutual", "redirected", "required")),
        ({**MUTUAL, "permanent-redirect": "/new", "ssl-redirect": "false"}, True, ("mutual", "redirected", "required")),
        ({"temporal-redirect": "http://new.example.org"}, False, ("server-tls", "redirected", "none")),
        ({**MUTUAL, "temporal-redirect": "/new"}, False, ("permissive", "served", "required")),
        (
            {**MUTUAL, "temporal-redirect": "/new", "permanent-redirect": "https://new.example.org"},
            False,
            ("permissive", "served", "required"),
        ),
        (
            {**MUTUAL, "temporal-redirect": "", "permanent-redirect": "/new"},
            False,
            ("permissive", "served", "required"),
        ),
        (
            {**MUTUAL, "from-to-www-redirect": "", "permanent-redirect": "/new"},
            False,
            ("permissive", "served", "required"),
        ),
        ({**MUTUAL, "permanent-redirect": "https://a b"}, True, ("refused", "refused", "refused")),
        (
            {**MUTUAL, "auth-tls-match-cn": "CN=a", "permanent-redirect": "/new"},
            False,
            ("mutual", "refused", "required"),
        ),
        ({**MUTUAL, "canary": "yes"}, True, ("mutual", "redirected", "required")),
        ({**MUTUAL, "backend-protocol": "h2c"}, True, ("mutual", "redirected", "required")),
    ],
)
def test_annotations_come_out_as_the_controller_reads_them(
    annotations: dict[str, str], tls: bool, expected: tuple[str, str, str]
) -> None:
    assert _client(annotations, tls=tls) == expected


@pytest.mark.parametrize(
    ("options", "flags", "annotations", "expected"),
    [
        ({"use_proxy_protocol": "true"}, (), MUTUAL, ("permissive", "served", "required")),
        (
            {"annotations_risk_level": "Medium"},
            (),
            {**MUTUAL, "auth-tls-match-cn": "CN=a"},
            ("refused", "refused", "refused"),
        ),
        ({"no_tls_redirect_locations": "/"}, (), MUTUAL, ("permissive", "served", "required")),
        ({"ssl_redirect": "false"}, (), {**MUTUAL, "ssl-redirect": "true"}, ("mutual", "redirected", "required")),
        # An empty boolean is false, one that Go does not read leaves the default.
        ({"ssl_redirect": ""}, (), MUTUAL, ("permissive", "served", "required")),
        ({"ssl_redirect": "false "}, (), MUTUAL, ("mutual", "redirected", "required")),
        ({"use_forwarded_headers": "yes"}, (), MUTUAL, ("mutual", "redirected", "required")),
        # A level in any case; what is none is the lowest.
        ({"annotations_risk_level": "medium"}, (), MUTUAL, ("mutual", "redirected", "required")),
        ({"annotations_risk_level": "Hihg"}, (), MUTUAL, ("refused", "refused", "refused")),
        # The list is split at commas and nowhere else: an empty word is in every value.
        ({"annotation_value_word_blocklist": "load_module, shop"}, (), MUTUAL, ("mutual", "redirected", "required")),
        ({"annotation_value_word_blocklist": "load_module,"}, (), MUTUAL, ("refused", "refused", "refused")),
        ({}, ("--disable-catch-all",), MUTUAL, ("mutual", "redirected", "required")),
        ({}, ("--watch-namespace=other",), MUTUAL, ("refused", "refused", "refused")),
        (
            {},
            ("--enable-ssl-passthrough",),
            {"ssl-passthrough": "true", "ssl-redirect": "false"},
            ("plaintext", "served", "none"),
        ),
        (
            {"allow_snippet_annotations": "false", "annotations_risk_level": "Critical"},
            (),
            {**MUTUAL, "server-snippet": "x;"},
            ("mutual", "redirected", "required"),
        ),
    ],
)
def test_settings_of_the_controller_decide(
    options: dict[str, str], flags: tuple[str, ...], annotations: dict[str, str], expected: tuple[str, str, str]
) -> None:
    assert _client(annotations, controller(*flags), config(**options)) == expected


@pytest.mark.parametrize(
    ("release", "annotations", "expected"),
    [
        ("v1.11.8", {**MUTUAL, "auth-tls-secret": "other/client-ca"}, "mutual"),
        ("v1.12.4", {**MUTUAL, "auth-tls-secret": "other/client-ca"}, "refused"),
        ("v1.11.8", {**MUTUAL, "server-snippet": "ssl_verify_client off;"}, "mutual"),
        ("v1.9.0", {**MUTUAL, "server-snippet": "ssl_verify_client off;"}, "unknown"),
        ("v1.11.8", {**MUTUAL, "auth-tls-match-cn": "client-a"}, "mutual"),
        ("v1.11.8", {**MUTUAL, "auth-tls-secret": "shop/client-ca\n"}, "refused"),
        ("v1.11.8", {**MUTUAL, "ssl-passthrough": "yes"}, "mutual"),
        ("v1.11.8", {**MUTUAL, "auth-url": "http://auth shop/check"}, "refused"),
    ],
)
def test_older_releases_have_looser_defaults(release: str, annotations: dict[str, str], expected: str) -> None:
    ca = {**real_secrets()[0], "metadata": meta("client-ca", "other")}
    image = f"registry.k8s.io/ingress-nginx/controller:{release}"
    assert _one(ingress(annotations=annotations), ca, controller(image=image), config()).mode == expected


def test_raw_nginx_makes_the_client_hop_unknown() -> None:
    hop = _one(
        ingress(annotations={**MUTUAL, "server-snippet": "ssl_verify_client off;"}),
        controller(),
        config(allow_snippet_annotations="true", annotations_risk_level="Critical"),
    )
    assert hop.mode is Mode.UNKNOWN
    assert "raw nginx configuration" in hop.because


def test_a_harmless_snippet_changes_nothing() -> None:
    annotations = {**MUTUAL, "configuration-snippet": 'more_set_headers "X-A: b";'}
    allowed = config(allow_snippet_annotations="true", annotations_risk_level="Critical")
    assert _one(ingress(annotations=annotations), controller(), allowed).mode is Mode.MUTUAL


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        ({"backend-protocol": "fcgi"}, ("plaintext", "plaintext", False, False)),
        ({"backend-protocol": "https"}, ("server-tls", "tls", False, False)),
        ({"backend-protocol": "AUTO_HTTP"}, ("server-tls", "tls", False, False)),
        (
            {"backend-protocol": "HTTPS", "proxy-ssl-secret": "shop/shop-tls", "proxy-ssl-verify": "on"},
            ("server-tls", "tls", False, False),
        ),
        ({"backend-protocol": "HTTPS", "proxy-ssl-secret": "other/ca"}, ("refused", None, None, None)),
    ],
)
def test_the_hop_to_the_service(annotations: dict[str, str], expected: tuple[object, ...]) -> None:
    hop = _one(ingress(annotations=annotations), kind=HopKind.ENTRY_TO_SERVICE)
    up = hop.upstream
    assert (hop.mode, up and up.encryption, up and up.server_verified, up and up.client_certificate) == expected


@pytest.mark.parametrize("value", ["HTTPS", " https "])
def test_a_backend_protocol_is_read_in_any_case(value: str) -> None:
    hop = _one(ingress(annotations={"backend-protocol": value}), kind=HopKind.ENTRY_TO_SERVICE)
    assert hop.mode is Mode.SERVER_TLS


def test_a_line_break_behind_a_value_is_kept() -> None:
    """A block scalar ends with one: it passes the check, which trims, and is then no protocol and not `on`."""
    hop = _one(ingress(annotations={"backend-protocol": "HTTPS\n"}), kind=HopKind.ENTRY_TO_SERVICE)
    assert hop.mode is Mode.PLAINTEXT
    annotations = {"backend-protocol": "HTTPS", "proxy-ssl-secret": "shop/client-ca", "proxy-ssl-verify": "on\n"}
    upstream = _one(ingress(annotations=annotations), kind=HopKind.ENTRY_TO_SERVICE).upstream
    assert upstream is not None
    assert (upstream.encryption, upstream.server_verified) == ("tls", False)


def test_disable_catch_all_ignores_whatever_has_a_default_backend() -> None:
    """--disable-catch-all looks at spec.defaultBackend alone, with rules or without."""
    backend = {"service": {"name": "shop", "port": {"number": 80}}}
    both = ingress(annotations=MUTUAL)
    both["spec"]["defaultBackend"] = backend
    assert _one(both, controller("--disable-catch-all"), config()).mode is Mode.REFUSED
    hostless = ingress(annotations=MUTUAL, host=None)
    assert _one(hostless, controller("--disable-catch-all"), config()).mode is Mode.PERMISSIVE


def test_the_oldest_default_backend_has_the_catch_all() -> None:
    def bare(name: str, created: str) -> dict[str, Any]:
        thing = ingress(name, created=created, tls=False)
        thing["spec"] = {
            "ingressClassName": "nginx",
            "defaultBackend": {"service": {"name": "shop", "port": {"number": 80}}},
        }
        return thing

    hops = _hops(bare("late", "2026-02-01T00:00:00Z"), bare("early", "2026-01-01T00:00:00Z"))
    assert {h.entry for h in hops if h.mode is not Mode.REFUSED} == {"shop/early"}


def test_the_certificate_of_the_oldest_tls_section_decides_over_aliases() -> None:
    """The alias redirects only if that certificate names it, in whichever order the documents come."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = make("shop", dns=["shop.example.com", "www.shop.example.com"], start=start, days=3650, number=731)
    pair = secret("www-tls", {"tls.crt": made.pem, "tls.key": made.key_pem})
    alias = {"server-alias": "www.shop.example.com", **MUTUAL}
    bare, named = ingress("bare", alias), ingress("named", alias, paths=("/named",))
    bare["spec"]["tls"] = [{}]
    named["spec"]["tls"] = [{"hosts": ["shop.example.com"], "secretName": "www-tls"}]

    def modes(*order: dict[str, Any]) -> set[Mode]:
        return {h.mode for h in _hops(pair, *order) if h.host == "www.shop.example.com" and h.client}

    for first, second, expected in ((bare, named, Mode.PERMISSIVE), (named, bare, Mode.MUTUAL)):
        first["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
        second["metadata"]["creationTimestamp"] = "2026-02-01T00:00:00Z"
        assert modes(first, second) == modes(second, first) == {expected}


def test_implementation_specific_is_prefix() -> None:
    """A younger Ingress with the same path is ignored, whichever of the two it says."""
    older = ingress("shop", MUTUAL, created="2026-01-01T00:00:00Z")
    older["spec"]["rules"][0]["http"]["paths"][0]["pathType"] = "ImplementationSpecific"
    younger = ingress("late", MUTUAL, created="2026-02-01T00:00:00Z")
    assert {h.entry for h in _hops(older, younger)} == {"shop/shop"}


def test_a_path_that_stands_as_exact_and_as_prefix_is_known() -> None:
    """`/` as Exact beside the root of the defaultBackend: two locations, one answer."""
    thing = ingress(annotations=MUTUAL)
    thing["spec"]["rules"][0]["http"]["paths"][0]["pathType"] = "Exact"
    thing["spec"]["defaultBackend"] = {"service": {"name": "shop", "port": {"number": 80}}}
    assert _one(thing).mode is Mode.MUTUAL


@pytest.mark.parametrize("name", ["permanent-redirect", "temporal-redirect"])
def test_a_redirect_answers_in_place_of_the_service(name: str) -> None:
    thing = ingress(annotations={name: "https://new.example.org", "backend-protocol": "HTTPS"})
    hop = _one(thing, kind=HopKind.ENTRY_TO_SERVICE)
    assert (hop.mode, hop.upstream) == (Mode.REFUSED, None)
    assert hop.because == f"nothing reaches the Service: {name} answers every request"
    assert f"nginx.ingress.kubernetes.io/{name}" in {e.site.path[-1] for e in hop.evidence["upstream"]}
    del thing["spec"]["rules"]
    thing["spec"]["defaultBackend"] = {"service": {"name": "shop", "port": {"number": 80}}}
    assert _one(thing, kind=HopKind.ENTRY_TO_SERVICE).mode is Mode.SERVER_TLS


def test_without_validation_a_name_pattern_may_be_anything() -> None:
    """Releases before 1.9 look for `CN=` in it, later ones take it as it is unless annotations are validated."""
    annotations = {**MUTUAL, "auth-tls-match-cn": "client-a"}
    old = "registry.k8s.io/ingress-nginx/controller:v1.8.5"
    assert _client(annotations, controller(image=old), config(), tls=False) == ("permissive", "served", "required")
    for image in ("v1.9.0", "v1.11.3"):
        found = controller(image=f"registry.k8s.io/ingress-nginx/controller:{image}")
        assert _client(annotations, found, config(), tls=False) == ("mutual", "refused", "required")


def test_an_ingress_that_is_dropped_protects_nobody() -> None:
    strict = ingress("strict", {**MUTUAL, "ssl-ciphers": "HIGH;"}, paths=("/strict",), created="2024-01-01T00:00:00Z")
    assert _one(ingress(created="2025-01-01T00:00:00Z"), strict).mode is Mode.SERVER_TLS


def test_proxy_ssl_location_only_keeps_a_certificate_to_its_own_ingress() -> None:
    ca, pair = real_secrets()
    both = {**secret("both", {}), "data": {**ca["data"], **pair["data"]}}
    del both["stringData"]
    first = ingress(
        "first",
        {"backend-protocol": "HTTPS", "proxy-ssl-secret": "shop/both", "proxy-ssl-verify": "on"},
        created="2026-01-01T00:00:00Z",
    )
    second = ingress("shop", {"backend-protocol": "HTTPS"}, paths=("/admin",), created="2026-02-01T00:00:00Z")
    wanted = {"kind": HopKind.ENTRY_TO_SERVICE, "path": "/admin"}
    assert _one(both, first, second, **wanted).mode is Mode.OFFERED
    fenced = _one(both, first, second, controller(), config(proxy_ssl_location_only="true"), **wanted)
    assert fenced.mode is Mode.SERVER_TLS


def test_the_older_ingress_decides_and_without_ages_the_mode_is_unknown() -> None:
    off = {**MUTUAL, "auth-tls-verify-client": "off"}
    younger = ingress("shop", MUTUAL, paths=("/admin",), created="2026-02-01T00:00:00Z")
    assert _one(ingress("first", off, created="2026-01-01T00:00:00Z"), younger, path="/admin").mode is Mode.SERVER_TLS
    hop = _one(ingress("first", off), ingress("shop", MUTUAL, paths=("/admin",)), path="/admin")
    assert hop.mode is Mode.UNKNOWN
    assert set(hop.possible) == {Mode.MUTUAL, Mode.SERVER_TLS}
    assert [g.kind for g in hop.gaps] == ["order-unknown"]


def test_equal_ages_are_decided_by_the_name_backwards() -> None:
    same = "2026-01-01T00:00:00Z"
    off = {**MUTUAL, "auth-tls-verify-client": "off"}
    hop = _one(
        ingress("aaa", off, created=same), ingress("shop", MUTUAL, paths=("/admin",), created=same), path="/admin"
    )
    assert hop.mode is Mode.MUTUAL


def test_many_equal_ingresses_of_one_host_need_no_age() -> None:
    many = [ingress(f"shop{i}", MUTUAL, paths=(f"/{i}",)) for i in range(12)]
    modes = {h.mode for h in _hops(*many) if h.kind is HopKind.CLIENT_TO_ENTRY}
    assert modes == {Mode.MUTUAL}


def test_an_error_page_opens_only_the_location_that_it_leads_to() -> None:
    annotations = {**MUTUAL, "auth-tls-error-page": "/help"}
    objects = ingress(annotations=annotations, paths=("/", "/help"))
    assert _one(objects, path="/").mode is Mode.MUTUAL
    assert _one(objects, path="/help").mode is Mode.PERMISSIVE


def test_a_secret_that_is_not_in_the_input_makes_the_mode_unknown_unless_the_policy_vouches() -> None:
    objects = (ingress(annotations=MUTUAL), controller(), config())
    hop = _one(*objects, closed=False, complete=False)
    assert (hop.mode, set(hop.possible)) == (Mode.UNKNOWN, {Mode.MUTUAL, Mode.SERVER_TLS, Mode.REFUSED})
    vouched = _one(*objects, closed=False, complete=False, policy=Policy(assume_secrets="well-formed"))
    assert (vouched.mode, vouched.basis) == (Mode.MUTUAL, Basis.ASSUMED)


def test_without_the_controller_an_open_world_does_not_say_mutual() -> None:
    hop = _one(ingress(annotations=MUTUAL), closed=False)
    assert hop.mode is Mode.UNKNOWN
    assert Mode.MUTUAL in hop.possible
    assert (
        _one(ingress(annotations=MUTUAL), closed=False, policy=Policy(assume_controller="defaults")).mode is Mode.MUTUAL
    )


def test_a_secret_that_a_certificate_will_produce_is_inferred() -> None:
    issuer = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Issuer",
        "metadata": meta("ca"),
        "spec": {"ca": {"secretName": "ca"}},
    }
    made = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": meta("trust"),
        "spec": {"secretName": "client-ca", "issuerRef": {"name": "ca"}, "dnsNames": ["a.example.com"]},
    }
    objects = (ingress(annotations=MUTUAL), controller(), config())
    hop = _one(*objects, issuer, made, closed=False, complete=False)
    assert (hop.mode, hop.basis) == (Mode.MUTUAL, Basis.INFERRED)
    without_issuer = _one(*objects, made, closed=False, complete=False)
    assert (without_issuer.mode, set(without_issuer.possible)) == (Mode.UNKNOWN, {Mode.MUTUAL, Mode.SERVER_TLS})


@pytest.mark.parametrize(
    "maker",
    [
        {"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "metadata": meta("client-ca"), "spec": {}},
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ExternalSecret",
            "metadata": meta("x"),
            "spec": {"target": {"name": "client-ca"}},
        },
        {**secret("client-ca", {"ca.crt": "ENC[AES256_GCM,data:x]"}), "sops": {"version": "3.9"}},
    ],
    ids=["SealedSecret", "ExternalSecret", "SOPS"],
)
def test_contents_that_cannot_be_read_are_unknown_and_not_absent(maker: dict[str, Any]) -> None:
    hop = _one(ingress(annotations=MUTUAL), maker, controller(), config(), complete=False)
    assert hop.mode is Mode.UNKNOWN
    assert Mode.MUTUAL in hop.possible


def test_an_ingress_of_another_controller_is_not_judged() -> None:
    other = {**ingress_class(), "metadata": {"name": "edge"}, "spec": {"controller": "traefik.io/ingress-controller"}}
    hop = _one(ingress(annotations=MUTUAL, spec={"ingressClassName": "edge"}), other)
    assert (hop.mode, hop.platform) == (Mode.UNKNOWN, "unknown")


def test_a_default_class_serves_an_ingress_without_one() -> None:
    default = ingress_class()
    default["metadata"]["annotations"] = {"ingressclass.kubernetes.io/is-default-class": "true"}
    objects = manifests(
        default, service(), *real_secrets(), ingress(annotations=MUTUAL, spec={"ingressClassName": None})
    )
    assert {h.mode for h in scan_text(objects, closed=True).hops if h.client} == {Mode.MUTUAL}


def test_the_order_of_documents_does_not_matter() -> None:
    objects = [ingress_class(), service(), *real_secrets(), ingress(annotations=MUTUAL), controller(), config()]
    forward, backward = (scan_text(manifests(*some)) for some in (objects, objects[::-1]))
    assert [(h.id, h.mode, h.because) for h in forward.hops] == [(h.id, h.mode, h.because) for h in backward.hops]
    assert [(a.fingerprint, a.outcome) for a in forward.assessments] == [
        (a.fingerprint, a.outcome) for a in backward.assessments
    ]


def test_controllers_of_one_name_and_two_kinds_are_two_controllers() -> None:
    daemons = {**controller("--controller-class=k8s.io/edge", "--enable-ssl-passthrough"), "kind": "DaemonSet"}
    edge = {**ingress_class(), "metadata": {"name": "edge"}, "spec": {"controller": "k8s.io/edge"}}
    annotations = {**MUTUAL, "ssl-passthrough": "true"}
    other = ingress("other", annotations, host="other.example.com", spec={"ingressClassName": "edge"})
    objects = (ingress(annotations=annotations), other, controller(), daemons, edge, config())
    hops = _hops(*objects)
    assert {h.entry: h.mode for h in hops if h.client} == {"shop/shop": Mode.MUTUAL, "shop/other": Mode.PASSTHROUGH}
    report = scan_text(manifests(ingress_class(), service(), *real_secrets(), *objects))
    subjects = [a.subject for a in report.assessments if a.rule == "controller-retired"]
    key = controller()["metadata"]["namespace"] + "/" + controller()["metadata"]["name"]
    assert subjects == [f"controller DaemonSet {key}", f"controller Deployment {key}"]


def _without_class(name: str, annotations: dict[str, str], **options: Any) -> dict[str, Any]:
    """Ours by its annotations alone: nothing says that any controller takes it."""
    return ingress(name, annotations, spec={"ingressClassName": None}, created="2023-01-01T00:00:00Z", **options)


def test_what_an_ingress_without_a_class_decides_for_the_host_is_not_called_mutual() -> None:
    other = _without_class("other", MUTUAL, paths=("/other",))
    young = ingress(created="2024-01-01T00:00:00Z")
    hop = _one(young, other)
    assert hop.client is not None
    assert hop.client.decided_by == "shop/other"
    assert (hop.mode, hop.possible) == (Mode.UNKNOWN, (Mode.MUTUAL, Mode.PERMISSIVE))
    assert "Ingress has no class" in hop.because


def test_a_redirect_that_rests_on_a_wildcard_without_a_class_is_not_called_mutual() -> None:
    bare = ingress(annotations=MUTUAL, tls=False)
    assert _one(bare).mode is Mode.PERMISSIVE
    hop = _one(bare, _without_class("other", MUTUAL, host="*.example.com"))
    assert (hop.mode, hop.possible) == (Mode.UNKNOWN, (Mode.MUTUAL, Mode.PERMISSIVE))


def test_an_ingress_without_a_class_elsewhere_lowers_nothing() -> None:
    other = _without_class("other", MUTUAL, host="other.example.com")
    assert _one(ingress(annotations=MUTUAL), other, controller(), config()).mode is Mode.MUTUAL


def test_an_ingress_whose_class_is_not_known_lowers_the_host_of_a_controller_that_is_seen() -> None:
    other = ingress("other", {"auth-tls-secret": "shop/client-ca"}, spec={"ingressClassName": "edge"})
    hop = _one(ingress(annotations=MUTUAL), other, controller(), config(), closed=False)
    assert (hop.mode, hop.possible) == (Mode.UNKNOWN, (Mode.MUTUAL, Mode.PERMISSIVE))
    assert "IngressClass edge is not in the input" in hop.because


def test_an_alias_of_two_hosts_is_served_by_the_first_server() -> None:
    """Servers stand in the order of their names, and nginx gives the name to the first."""
    annotations = {**MUTUAL, "server-alias": "www.example.com"}
    one = ingress(annotations=annotations)
    other = ingress("other", {"server-alias": "www.example.com"}, host="other.example.com")
    both = [h for h in _hops(one, other) if h.client]
    modes = {"other.example.com": Mode.SERVER_TLS, "shop.example.com": Mode.MUTUAL, "www.example.com": Mode.PLAINTEXT}
    assert {h.host: h.mode for h in both} == modes
    assert {h.entry for h in both if h.host == "www.example.com"} == {"shop/other"}


def test_the_last_server_says_whether_a_shared_alias_has_a_certificate() -> None:
    alias = {**MUTUAL, "server-alias": "shop.example.org", "ssl-redirect": "true"}
    named = make("shop", dns=("z.example.com", "shop.example.org"))
    pair = secret("named", {"tls.crt": named.pem, "tls.key": named.key_pem})
    tls = [{"hosts": ["z.example.com"], "secretName": "named"}]
    last = ingress("last", alias, host="z.example.com", spec={"tls": tls})
    hops = {(h.entry, h.host): h for h in _hops(ingress(annotations=alias), last, pair) if h.client}
    assert ("shop/last", "shop.example.org") not in hops
    assert hops["shop/shop", "shop.example.org"].mode is Mode.MUTUAL
    bare = ingress("last", alias, host="z.example.com", tls=False)
    hops = {(h.entry, h.host): h for h in _hops(ingress(annotations=alias), bare, pair) if h.client}
    assert hops["shop/shop", "shop.example.org"].mode is Mode.PERMISSIVE


def test_which_host_serves_an_alias_may_depend_on_an_order_that_is_not_known() -> None:
    alias = {**MUTUAL, "server-alias": "www.example.com"}
    things = [
        ingress(annotations=alias),
        ingress("more", {**MUTUAL, "server-alias": "else.example.com"}, paths=("/more",)),
        ingress("other", alias, host="other.example.com"),
    ]
    contested = [h for h in _hops(*things) if h.client and h.host == "www.example.com"]
    assert {h.entry for h in contested} == {"shop/shop", "shop/more", "shop/other"}
    assert Mode.MUTUAL not in {h.mode for h in contested}
    for day, thing in enumerate(things, start=1):
        thing["metadata"]["creationTimestamp"] = f"2024-01-0{day}T00:00:00Z"
    assert {h.entry for h in _hops(*things) if h.client and h.host == "www.example.com"} == {"shop/other"}


_CANARY = {"canary": "true", "canary-weight": "10"}


def test_the_older_of_a_canary_and_a_main_ingress_says_whose_their_service_is() -> None:
    main = ingress(annotations=MUTUAL, created="2024-01-01T00:00:00Z")
    older = ingress("canary", _CANARY, created="2023-01-01T00:00:00Z")
    younger = ingress("canary", _CANARY, created="2025-01-01T00:00:00Z", paths=("/", "/new"))
    other = ingress("canary", _CANARY, created="2023-01-01T00:00:00Z", service_name="canary")
    (unwritten,) = [h for h in _hops(main, older) if h.client]
    assert (unwritten.entry, unwritten.mode) == ("shop/shop", Mode.REFUSED)
    assert "no location is written for the Service shop" in unwritten.because
    assert _one(main, other).mode is Mode.MUTUAL
    clients = {(h.entry, h.path): h.mode for h in _hops(main, younger) if h.client}
    assert clients == {("shop/shop", "/"): Mode.MUTUAL, ("shop/canary", "/new"): Mode.MUTUAL}


def test_a_default_backend_makes_the_service_of_a_canary_its_own() -> None:
    older = ingress("canary", _CANARY, created="2023-01-01T00:00:00Z", tls=False)
    main = ingress(annotations=MUTUAL, created="2024-01-01T00:00:00Z", service_name="other", paths=("/a",))
    bare = ingress("bare", created="2025-01-01T00:00:00Z", tls=False)
    bare["spec"] = {
        "ingressClassName": "nginx",
        "defaultBackend": {"service": {"name": "shop", "port": {"number": 80}}},
    }
    assert {h.entry for h in _hops(older, main)} == {"shop/shop"}
    assert {h.entry for h in _hops(older, main, bare)} == {"shop/shop", "shop/canary", "shop/bare"}


def test_a_canary_with_the_service_of_a_main_ingress_of_unknown_age_leaves_it_open_which_is_served() -> None:
    main, same = ingress(annotations=MUTUAL), ingress("canary", _CANARY, paths=("/new",))
    hop = _one(main, same)
    assert {(h.entry, h.path): h.mode for h in _hops(main, same) if h.client}["shop/canary", "/new"] is Mode.UNKNOWN
    assert (hop.mode, hop.possible) == (Mode.UNKNOWN, (Mode.MUTUAL, Mode.PERMISSIVE))
    assert "a canary Ingress has the Service shop/shop:80 as well" in hop.because


def _kinds(*kinds: tuple[str, str]) -> dict[str, Any]:
    backend = {"service": {"name": "shop", "port": {"number": 80}}}
    paths = [{"path": path, "pathType": kind, "backend": backend} for path, kind in kinds]
    return {"rules": [{"host": "shop.example.com", "http": {"paths": paths}}]}


@pytest.mark.parametrize(
    ("kinds", "annotations", "loads"),
    [
        ((("/a", "Prefix"), ("/b", "Prefix")), {}, True),
        ((("/a", "Prefix"), ("/a", "Prefix")), {}, True),
        ((("/a", "Exact"), ("/a", "Prefix")), {}, True),
        ((("/a", "Prefix"), ("/a", "Exact"), ("/a", "ImplementationSpecific")), {}, True),
        ((("/a", "Exact"), ("/a", "Prefix"), ("/a", "Prefix")), {}, False),
        ((("/a", "Exact"), ("/a", "Prefix"), ("/a", "Prefix")), {"use-regex": "true"}, True),
        ((("/a", "Prefix"), ("/a/", "Prefix")), {}, False),
        ((("/a", "Prefix"), ("/a/", "Exact")), {}, True),
        ((("/a", "Prefix"), ("/a/", "Prefix")), {"rewrite-target": "/"}, True),
        ((("/a", "Prefix"), ("/a/", "Prefix")), {"rewrite-target": "a b"}, False),
        ((("/", "Exact"), ("/", "Prefix")), {}, True),
        ((("/", "Exact"), ("/", "Exact")), {}, False),
    ],
)
def test_a_location_that_stands_twice_leaves_everything_unknown(
    kinds: tuple[tuple[str, str], ...], annotations: dict[str, str], loads: bool
) -> None:
    odd = ingress("odd", {**MUTUAL, **annotations}, spec=_kinds(*kinds))
    far = ingress(annotations=MUTUAL, host="far.example.com")
    hops = _hops(odd, far)
    if loads:
        assert {h.mode for h in hops if h.client} == {Mode.MUTUAL}
        return
    assert {h.mode for h in hops} == {Mode.UNKNOWN}
    assert all("would stand twice, so nginx does not load the configuration" in h.because for h in hops)


@pytest.mark.parametrize(
    ("annotations", "mode"),
    [
        ({"auth-secret": "users"}, Mode.MUTUAL),
        ({"auth-secret": "shop/users"}, Mode.MUTUAL),
        ({"auth-secret": "/users"}, Mode.MUTUAL),
        ({"auth-secret": "other"}, Mode.REFUSED),
        ({"auth-secret": "missing"}, Mode.REFUSED),
        ({"auth-secret": "other", "auth-secret-type": "auth-map"}, Mode.MUTUAL),
        ({"auth-secret": "missing", "auth-secret-type": "auth-map"}, Mode.REFUSED),
        ({"auth-secret": "users", "auth-secret-type": "auth-line"}, Mode.REFUSED),
        ({"auth-secret": "users", "auth-realm": "a; b"}, Mode.REFUSED),
        ({"auth-secret": "users", "auth-type": "none"}, Mode.REFUSED),
        ({"auth-secret": "missing", "auth-type": ""}, Mode.MUTUAL),
    ],
)
def test_a_password_file_that_cannot_be_read_refuses(annotations: dict[str, str], mode: Mode) -> None:
    files = secret("users", {"auth": "somebody:x"}), secret("other", {"passwords": "somebody:x"})
    assert _one(ingress(annotations={**MUTUAL, "auth-type": "basic", **annotations}), *files).mode is mode


def test_a_bad_realm_drops_an_ingress_that_is_denied_for_something_else() -> None:
    annotations = {
        "auth-type": "basic",
        "auth-secret": "users",
        "auth-realm": "a; b",
        "proxy-ssl-secret": "shop/missing",
    }
    hop = _one(ingress(annotations=annotations), secret("users", {"auth": "somebody:x"}))
    assert hop.because.startswith("auth-realm 'a; b' has a character that is not allowed")


def test_a_password_file_that_was_not_seen_is_taken_to_be_there() -> None:
    annotations = {**MUTUAL, "auth-type": "basic", "auth-secret": "users"}
    seen = _one(ingress(annotations=MUTUAL), controller(), config(), closed=False)
    hop = _one(ingress(annotations=annotations), controller(), config(), closed=False)
    assert (hop.mode, hop.possible) == (seen.mode, seen.possible)


_PASSED = {**MUTUAL, "ssl-passthrough": "true"}


def _passing(*things: dict[str, Any]) -> dict[tuple[str, str, str], tuple[str, str]]:
    """By entry, host and path the modes of both hops, with the flag on."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for hop in _hops(controller("--enable-ssl-passthrough"), config(), *things):
        found.setdefault((hop.entry, hop.host, hop.path), []).append(hop.mode)
    return {place: (modes[0], modes[1]) for place, modes in found.items()}


def test_the_oldest_ingress_of_a_host_decides_about_passthrough() -> None:
    passed = ingress("passed", _PASSED, created="2024-01-01T00:00:00Z")
    other = ingress("other", MUTUAL, paths=("/a",), created="2025-01-01T00:00:00Z")
    hops = _passing(passed, other)
    assert hops["shop/passed", "shop.example.com", "/"] == ("passthrough", "passthrough")
    assert hops["shop/other", "shop.example.com", "/a"] == ("passthrough", "refused")
    other["metadata"]["creationTimestamp"] = "2023-01-01T00:00:00Z"
    assert set(_passing(passed, other).values()) == {("mutual", "plaintext")}


@pytest.mark.parametrize("host", ["*.example.com", None])
def test_a_name_that_no_client_sends_is_not_passed_through(host: str | None) -> None:
    (modes,) = _passing(ingress(annotations=_PASSED, host=host)).values()
    assert modes == (("mutual" if host else "permissive"), "plaintext")


def test_an_alias_is_not_passed_through() -> None:
    hops = _passing(ingress(annotations={**_PASSED, "server-alias": "a.example.org", "force-ssl-redirect": "true"}))
    assert hops["shop/shop", "shop.example.com", "/"] == ("passthrough", "passthrough")
    assert hops["shop/shop", "a.example.org", "/"] == ("mutual", "plaintext")


def test_what_nginx_refuses_is_passed_through_all_the_same() -> None:
    for more in ({"auth-tls-secret": "shop/missing"}, {"whitelist-source-range": "x"}, {"permanent-redirect": "/new"}):
        (modes,) = _passing(ingress(annotations={**_PASSED, **more})).values()
        assert modes == ("passthrough", "passthrough")


def test_without_a_service_at_the_root_tls_goes_nowhere() -> None:
    (modes,) = _passing(ingress(annotations=_PASSED, paths=("/a",))).values()
    assert modes == ("refused", "refused")
    (modes,) = _passing(ingress(annotations=_PASSED, service_name="missing")).values()
    assert modes == ("refused", "refused")
    (modes,) = _passing(ingress(annotations={**_PASSED, "ssl-redirect": "false"}, paths=("/a",))).values()
    assert modes == ("plaintext", "plaintext")
