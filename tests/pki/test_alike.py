"""Leaves that share a verdict get the one that each would get alone."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from cryptography import x509

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Engine, Purpose
from mtlsaudit.pki.decode import decode
from mtlsaudit.pki.path import Store, Verifier, alike, verify
from mtlsaudit.pki.path.alike import NotSharedError, Outline
from mtlsaudit.pki.path.verifier import verify_alone
from tests.support.pki import START, Made, make

NOW = START + timedelta(days=10)
CA = make("root", ca=True, usages=["key_cert_sign", "crl_sign"], number=1, days=900)
SUB = make("sub", by=CA, ca=True, usages=["key_cert_sign"], number=2, days=800)
FORGER = make("root", ca=True, usages=["key_cert_sign"], number=3, days=900)
ONLY_SHOP = make(
    "shop ca",
    by=CA,
    ca=True,
    number=4,
    days=800,
    more=[(x509.NameConstraints([x509.DNSName("shop.example.com")], None), True)],
)

LEAVES = [
    make("a", by=CA, dns=["a.example.com"], eku=["server", "client"], serial=2, number=10),
    make("b", by=CA, dns=["b.example.com"], eku=["server", "client"], serial=3, number=11),
    make("c", by=CA, dns=["c.example.com"], eku=["server"], serial=4, number=12),
    make("d", by=CA, serial=5, number=13),
    make("late", by=CA, dns=["a.example.com"], eku=["server", "client"], serial=6, number=14, days=5),
    make("early", by=CA, eku=["client"], serial=7, number=15, start=START + timedelta(days=20)),
    make("forged", by=FORGER, dns=["a.example.com"], eku=["server", "client"], serial=8, number=16),
    make("below", by=SUB, dns=["a.example.com"], eku=["server", "client"], serial=9, number=17),
    make("below too", by=SUB, dns=["b.example.com"], eku=["server", "client"], serial=10, number=18),
    make("inside", by=ONLY_SHOP, dns=["a.shop.example.com"], eku=["server"], serial=11, number=19),
    make("outside", by=ONLY_SHOP, dns=["a.bank.example.com"], eku=["server"], serial=12, number=20),
    make("key of the root", by=CA, dns=["a.example.com"], eku=["server", "client"], serial=13, number=1),
    make("rsa", by=CA, algorithm="rsa", serial=14),
    make("uri", by=CA, uri=["spiffe://example.com/a b"], serial=15, number=21),
    make("root", by=CA, serial=16, number=22),
    CA,
]


def seen(made: Made) -> Certificate:
    return decode(made.der)


@pytest.mark.parametrize("anchors", [(CA,), (CA, FORGER), (SUB,), (CA, LEAVES[0])], ids=["root", "two", "sub", "leaf"])
@pytest.mark.parametrize("sent", [(), (SUB,), (ONLY_SHOP, SUB)], ids=["nothing", "one", "two"])
def test_every_leaf_fares_as_it_would_alone(anchors: tuple[Made, ...], sent: tuple[Made, ...]) -> None:
    beside = list(map(seen, sent))
    for engine, purpose, partial in product(Engine, Purpose, (False, True)):
        for at in (NOW, START + timedelta(days=85), START + timedelta(days=850)):
            verifier = Verifier(engine, purpose, tuple(map(seen, anchors)), at, partial_chain=partial)
            for leaf in (*LEAVES, *reversed(LEAVES)):
                assert verify(verifier, seen(leaf), beside) == verify_alone(verifier, seen(leaf), beside)


def test_what_differs_in_names_alone_is_alike_and_what_verifiers_could_tell_apart_is_not() -> None:
    anchors, nothing = Store.of([seen(CA)]), Store.of([])
    first, second, server_only, plain, late, early, forged, *_ = [alike(seen(m), NOW, anchors, nothing) for m in LEAVES]
    assert first is not None
    assert first == second
    assert len({first, server_only, plain, forged}) == 4
    assert (late, early) == (None, None)


@pytest.mark.parametrize("number", [11, 13, 14, 15], ids=["key-of-an-anchor", "uri", "name-of-the-root", "the-anchor"])
def test_an_odd_leaf_is_like_no_other(number: int) -> None:
    assert alike(seen(LEAVES[number]), NOW, Store.of([seen(CA)]), Store.of([])) is None


def test_an_outline_shows_nothing_that_is_not_common() -> None:
    outline = Outline(seen(LEAVES[0]))
    assert outline.issuer == "CN=root"
    for name in ("der", "names", "subject", "subject_raw", "serial", "subject_key_id", "common_name", "revocation"):
        with pytest.raises(NotSharedError):
            getattr(outline, name)
    assert (outline.not_before > NOW, outline.not_after < NOW) == (False, False)
    with pytest.raises(NotSharedError):
        f"{outline.not_after:%Y}"


def test_the_same_certificates_make_the_same_store() -> None:
    assert Store.of([seen(CA), seen(SUB)]) is Store.of(map(seen, (CA, SUB)))
    assert Store.of([seen(SUB), seen(CA)]) is not Store.of([seen(CA), seen(SUB)])
