"""Many clients at many places with one CA: told once, not by the square of the estate."""

from __future__ import annotations

from collections import Counter

from mtlsaudit.graph.trust.handshakes import MOST_PAIRS, groups_of_alike, likeness
from mtlsaudit.model.chain import Engine
from mtlsaudit.model.trust import TrustBundle, Verifier, Verifies
from mtlsaudit.model.values import replace
from tests.support.objects import controller, ingress, ingress_class, manifests, secret, service
from tests.support.pki import make
from tests.support.scanning import scan_text


def _verifier(name: str) -> Verifier:
    bundle = TrustBundle(name, name, "data", ())
    return Verifier(name, "ingress-client-ca", name, "field", Verifies.CLIENTS, (Engine.OPENSSL,), (bundle,), depth=1)


def test_verifiers_are_alike_only_when_everything_is_that_a_verdict_rests_on() -> None:
    first, same = _verifier("a"), _verifier("b")
    deeper, other = replace(_verifier("c"), depth=2), replace(_verifier("d"), engines=(Engine.GO,))
    groups = groups_of_alike([first, same, deeper, other])
    assert [[v.id for v in group] for group in groups.values()] == [["a", "b"], ["c"], ["d"]]
    assert likeness(first) != likeness(replace(first, bundles=(replace(first.bundles[0], crl="x"),)))
    assert MOST_PAIRS == 1000


def _estate(count: int) -> str:
    root = make("root", ca=True, number=1)
    objects = [ingress_class(), controller(), service(), secret("ca", {"ca.crt": root.pem})]
    for n in range(count):
        leaf = make(f"client-{n}", by=root, number=2, eku=("client",))
        objects.append(secret(f"client-{n}", {"tls.crt": leaf.pem}))
        objects.append(ingress(f"app-{n}", {"auth-tls-secret": "shop/ca"}, host=f"h{n}.example.com"))
    return manifests(*objects)


def _met(count: int) -> dict[str, int]:
    trust = scan_text(_estate(count), closed=True).trust
    met = Counter(h.verifier.id for h in trust.handshakes)
    return {v.id: met[v.id] for v in trust.verifiers if v.kind == "ingress-client-ca"}


def test_few_clients_are_told_at_every_place() -> None:
    assert list(_met(3).values()) == [3, 3, 3]


def test_many_clients_are_told_at_the_first_of_places_that_are_alike() -> None:
    assert sorted(_met(40).values(), reverse=True) == [40] + [0] * 39
