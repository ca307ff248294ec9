"""Services that nginx calls: each case is what the server has, what nginx trusts, and the name that it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography import x509

from mtlsaudit.model.chain import Purpose
from tests.oracles.depths import RUNGS
from tests.oracles.engines import Question
from tests.oracles.handshakes import MIDDLE, NOW, ROOT, START, UNKNOWN, Case, ca, limited, named
from tests.oracles.revocations import crl
from tests.support.pki import Made, make

NAME = "shop.shop.svc"


@dataclass(frozen=True)
class Serving:
    """A server's chain at an nginx: its CAs, its depth (1 as ingress-nginx writes it), the name that it wants."""

    case: Case
    name: str = NAME
    depth: int = 1
    level: int = 2

    @property
    def question(self) -> Question:
        """The same for our own verdict, but for the name."""
        asked = self.case.question(self.level, self.depth)
        return Question(
            asked.leaf,
            asked.sent,
            asked.anchors,
            NOW,
            Purpose.SERVER,
            max_depth=self.depth,
            crls=asked.crls,
            security_level=self.level,
        )


def leaf(by: Made | None, **more: Any) -> Made:
    given = {"dns": (NAME,), "usages": ("digital_signature",), "eku": ("server",), "start": START, "days": 90}
    return make("server", by=by, **{**given, "number": 199, "serial": 9, **more})


def direct(**more: Any) -> Serving:
    return Serving(Case(leaf(ROOT, **more), (), (ROOT,)))


def through(number: int, client: dict[str, Any] | None = None, **more: Any) -> Serving:
    middle = ca(f"serving through{number}", ROOT, number=200 + number, **more)
    return Serving(Case(leaf(middle, **(client or {})), (middle,), (ROOT,)))


def under(root: Made) -> Serving:
    return Serving(Case(leaf(root), (), (root,)))


def ladder(between: int, depth: int, held: bool = False) -> Serving:
    above = tuple(RUNGS[between:0:-1])
    return Serving(Case(leaf(RUNGS[between]), () if held else above, (RUNGS[0], *(above if held else ()))), depth=depth)


def asked(name: str, dns: Sequence[str] = (), common: Sequence[str] = ("server",), ip: Sequence[str] = ()) -> Serving:
    """A certificate with these names that is asked for one."""
    subject = x509.Name([a for text in common for a in named(text)])
    return Serving(Case(leaf(ROOT, dns=dns, ip=ip, subject=subject), (), (ROOT,)), name)


SELF_SIGNED = leaf(None, number=198)
PATHS = {
    "direct": direct(),
    "through an intermediate": through(1),
    "through an intermediate that is not sent": Serving(Case(leaf(MIDDLE), (), (ROOT,))),
    "an intermediate in the bundle": Serving(Case(leaf(MIDDLE), (), (ROOT, MIDDLE))),
    "an intermediate is the only anchor": Serving(Case(leaf(MIDDLE), (), (MIDDLE,))),
    "the leaf itself is the only anchor": Serving(Case(MINE := leaf(ROOT), (), (MINE,))),
    "a self-signed leaf is the only anchor": Serving(Case(SELF_SIGNED, (), (SELF_SIGNED,))),
    "another root": Serving(Case(leaf(ROOT), (), (ca("foreign"),))),
    "another root of the same name": Serving(Case(leaf(ROOT), (), (ca("root", number=77),))),
    "expired": direct(start=START - timedelta(days=200)),
    "not yet valid": direct(start=NOW + timedelta(days=5)),
    "root expired": under(ca("old root", start=START - timedelta(days=900), days=400)),
    "intermediate expired": through(2, start=START - timedelta(days=900), days=400),
    "without extended key usage": direct(eku=None),
    "for clients only": direct(eku=("client",)),
    "for both": direct(eku=("client", "server")),
    "for any usage": direct(eku=("2.5.29.37.0",)),
    "for Netscape's server gated crypto": direct(eku=("2.16.840.1.113730.4.1",)),
    "intermediate for clients only": through(3, eku=("client",)),
    "intermediate for servers": through(4, eku=("server",)),
    "without key usage": direct(usages=None),
    "may only encipher keys": direct(usages=("key_encipherment",)),
    "an RSA key may only encipher keys": direct(usages=("key_encipherment",), algorithm="rsa"),
    "may only agree on keys": direct(usages=("key_agreement",)),
    "may only sign certificates": direct(usages=("key_cert_sign",)),
    "is a CA": direct(ca=True),
    "intermediate is no CA": through(5, ca=False),
    "intermediate may not sign": through(6, usages=("digital_signature",)),
    "root may not sign": under(ca("weak root", usages=("digital_signature",))),
    "RSA 2048": direct(algorithm="rsa"),
    "RSA 1024": direct(algorithm="rsa1024"),
    "root of RSA 1024": under(ca("rsa root", algorithm="rsa1024")),
    "P-521": direct(algorithm="p521"),
    "Ed25519": direct(algorithm="ed25519"),
    "an unknown critical extension": direct(more=[UNKNOWN]),
    "outside of the name constraints": through(7, more=limited("example.com")),
    "within the name constraints": through(8, more=limited("shop.svc")),
    "not revoked": Serving(Case(leaf(ROOT), (), (ROOT,), (crl(ROOT, 10),))),
    "revoked": Serving(Case(leaf(ROOT), (), (ROOT,), (crl(ROOT, 9),))),
    "the list is over": Serving(Case(leaf(ROOT), (), (ROOT,), (crl(ROOT, end=NOW - timedelta(hours=1)),))),
    **{f"{n} CAs sent, depth {d}": ladder(n, d) for n in range(4) for d in range(4)},
    **{f"{n} CAs held, depth {d}": ladder(n, d, held=True) for n in range(1, 4) for d in range(4)},
}
_DNS = (
    ("shop.example.com", "shop.example.com"),
    ("SHOP.example.COM", "shop.Example.com"),
    ("shop.example.com", "shop.example.org"),
    ("shop.example.com", "a.shop.example.com"),
    ("shop.example.com", "example.com"),
    ("shop.example.com", "shop.example.com."),
    ("shop.example.com.", "shop.example.com"),
    ("*.example.com", "shop.example.com"),
    ("*.example.com", "example.com"),
    ("*.example.com", "a.shop.example.com"),
    ("*.example.com", "xn--shp-0na.example.com"),
    ("*.example.com", "a_b.example.com"),
    ("*.example.com", ".example.com"),
    ("*.com", "example.com"),
    ("*", "localhost"),
    ("s*.example.com", "shop.example.com"),
    ("s*.example.com", "s.example.com"),
    ("s*.example.com", "top.example.com"),
    ("*p.example.com", "shop.example.com"),
    ("*-p.example.com", "sho-p.example.com"),
    ("s-*.example.com", "s-hop.example.com"),
    ("s*p.example.com", "shop.example.com"),
    ("s*.example.com", "sxn--a.example.com"),
    ("*p.example.com", "xn--p.example.com"),
    ("x*.example.com", "xn--shop.example.com"),
    ("xn--s*.example.com", "xn--shop.example.com"),
    ("shop.*.com", "shop.example.com"),
    ("*.*.example.com", "a.b.example.com"),
    ("*.shop.svc", "shop.shop.svc"),
    ("*.a_b.example.com", "shop.a_b.example.com"),
    ("*.-a.example.com", "shop.-a.example.com"),
    ("a.b.example.com", ".example.com"),
    ("127.0.0.1", "127.0.0.1"),
    ("upstream_balancer", "upstream_balancer"),
    ("shop.shop.svc", "upstream_balancer"),
)
NAMES = {
    **{f"{pattern} for {host}": asked(host, (pattern,)) for pattern, host in _DNS},
    "the second of two names": asked(NAME, ("a.test", NAME)),
    "a common name where there is no DNS name": asked(NAME, common=(NAME,)),
    "a common name with a star": asked(NAME, common=("*.shop.svc",)),
    "a common name beside a DNS name": asked(NAME, ("a.test",), (NAME,)),
    "the second of two common names": asked(NAME, common=("a.test", NAME)),
    "a common name beside an address": asked(NAME, common=(NAME,), ip=("127.0.0.1",)),
    "a common name with a letter that folds to k": asked("k.test", common=("\u212a.test",)),
    "an address of the certificate": asked("127.0.0.1", ip=("127.0.0.1",)),
    "an address as common name": asked("127.0.0.1", common=("127.0.0.1",)),
    "no name at all": asked(NAME, common=()),
}
