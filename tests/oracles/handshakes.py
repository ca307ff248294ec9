"""Clients that knock at real servers: each case is a certificate, what is sent with it, and the CAs of the server.

Servers have no clock to be set, so the certificates are made for today.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from mtlsaudit.model.chain import Purpose
from tests.oracles.engines import Question
from tests.support.forge import forge
from tests.support.pki import Made, make

NOW = datetime.now(UTC).replace(microsecond=0)
START = NOW - timedelta(days=30)
SIGNS = ("key_cert_sign", "crl_sign")


@dataclass(frozen=True)
class Case:
    """A client with its certificate, what it sends beside it, the CAs that the server has, and its revocation lists."""

    leaf: Made
    sent: tuple[Made, ...]
    anchors: tuple[Made, ...]
    crls: tuple[x509.CertificateRevocationList, ...] = ()

    @property
    def crl_pem(self) -> str:
        return "".join(crl.public_bytes(Encoding.PEM).decode() for crl in self.crls)

    def question(self, security_level: int = 2, max_depth: int | None = None) -> Question:
        """The same for our own verdict."""
        return Question(
            self.leaf.der,
            tuple(c.der for c in self.sent),
            tuple(c.der for c in self.anchors),
            NOW,
            Purpose.CLIENT,
            crls=tuple(crl.public_bytes(Encoding.DER) for crl in self.crls),
            security_level=security_level,
            max_depth=max_depth,
        )


def ca(name: str = "root", by: Made | None = None, **more: Any) -> Made:
    return make(name, by=by, **{"ca": True, "usages": SIGNS, "days": 3650, "start": START, "number": len(name), **more})


def leaf(by: Made | None, **more: Any) -> Made:
    given = {"usages": ("digital_signature",), "eku": ("client",), "start": START, "days": 90, "number": 99, **more}
    return make("client", by=by, **given)


ROOT = ca()
MIDDLE = ca("middle", ROOT)
UNDER = ca("under", MIDDLE)


def direct(**more: Any) -> Case:
    return Case(leaf(ROOT, **more), (), (ROOT,))


def through(number: int, root: Made = ROOT, client: dict[str, Any] | None = None, **more: Any) -> Case:
    middle = ca(f"through{number}", root, **more)
    return Case(leaf(middle, **(client or {})), (middle,), (root,))


def under(root: Made) -> Case:
    return Case(leaf(root), (), (root,))


def limited(*names: str) -> list[tuple[x509.ExtensionType, bool]]:
    return [(x509.NameConstraints([x509.DNSName(n) for n in names], None), True)]


def excluded(*names: str) -> list[tuple[x509.ExtensionType, bool]]:
    return [(x509.NameConstraints(None, [x509.DNSName(n) for n in names]), True)]


def addresses(permitted: str = "", excluded: str = "") -> list[tuple[x509.ExtensionType, bool]]:
    trees = [[x509.IPAddress(ipaddress.ip_network(t))] if t else None for t in (permitted, excluded)]
    return [(x509.NameConstraints(*trees), True)]


def mailboxes(*hosts: str) -> list[tuple[x509.ExtensionType, bool]]:
    return [(x509.NameConstraints([x509.RFC822Name(h) for h in hosts], None), True)]


def named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def called(common_name: str) -> Case:
    """A leaf with a common name and no alternative names, under an intermediate that limits DNS names."""
    return through(19, client={"subject": named(common_name)}, more=limited("example.com"))


def forged(algorithm: str = "ecdsa", **how: Any) -> Case:
    """A leaf whose root has a key of the algorithm, rewritten."""
    root = ca(f"{algorithm} issuer", algorithm=algorithm)
    return Case(forge(leaf(root), root.key, **how), (), (root,))


def through_forged(number: int, **how: Any) -> Case:
    middle = ca(f"through{number}", ROOT)
    return Case(leaf(middle), (forge(middle, ROOT.key, **how),), (ROOT,))


UNKNOWN = (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)
CASES = {
    "direct": direct(),
    "through an intermediate": through(1),
    "through an intermediate that is not sent": Case(leaf(MIDDLE), (), (ROOT,)),
    "an intermediate in the bundle, not sent": Case(leaf(MIDDLE), (), (ROOT, MIDDLE)),
    "an intermediate in the bundle, its root there has expired": Case(
        leaf(BELOW := ca("below", OVER := ca("over", start=START - timedelta(days=900), days=400))), (), (BELOW, OVER)
    ),
    "an intermediate is the only anchor, its expired root is sent": Case(leaf(BELOW), (OVER,), (BELOW,)),
    "an intermediate is the only anchor": Case(leaf(MIDDLE), (), (MIDDLE,)),
    "an intermediate is the only anchor and is sent": Case(leaf(MIDDLE), (MIDDLE,), (MIDDLE,)),
    "two intermediates, the lower is the only anchor": Case(leaf(UNDER), (UNDER, MIDDLE), (UNDER,)),
    "the leaf itself is the only anchor": Case(MINE := leaf(ROOT), (), (MINE,)),
    "a self-signed leaf is the only anchor": Case(PIN := leaf(None, number=98), (), (PIN,)),
    "the leaf itself is the only anchor, its expired root is sent": Case(
        OLD_LEAF := leaf(OLD_ROOT := ca("old root", start=START - timedelta(days=900), days=400)),
        (OLD_ROOT,),
        (OLD_LEAF,),
    ),
    "another root": Case(leaf(ROOT), (), (ca("foreign"),)),
    "leaf expired": direct(start=START - timedelta(days=200)),
    "leaf not yet valid": direct(start=NOW + timedelta(days=5)),
    "root expired": under(ca("old root", start=START - timedelta(days=900), days=400)),
    "intermediate expired": through(2, start=START - timedelta(days=900), days=400),
    "leaf without extended key usage": direct(eku=None),
    "leaf for servers only": direct(eku=("server",)),
    "leaf for any usage": direct(eku=("2.5.29.37.0",)),
    "leaf for code signing": direct(eku=("1.3.6.1.5.5.7.3.3",)),
    "intermediate for servers only": through(3, eku=("server",)),
    "intermediate for clients": through(4, eku=("client",)),
    "intermediate for any usage": through(5, eku=("2.5.29.37.0",)),
    "root for servers only": under(ca("server root", eku=("server",))),
    "leaf without key usage": direct(usages=None),
    "leaf may only encipher keys": direct(usages=("key_encipherment",)),
    "leaf may only agree on keys": direct(usages=("key_agreement",)),
    "intermediate without key usage": through(6, usages=None),
    "intermediate may not sign": through(7, usages=("digital_signature",)),
    "root may not sign": under(ca("weak root", usages=("digital_signature",))),
    "intermediate without basic constraints": through(8, ca=None),
    "intermediate is no CA": through(9, ca=False),
    "root without basic constraints": under(ca("bare root", ca=None)),
    "root is no CA": under(ca("no ca root", ca=False)),
    "leaf is a CA": direct(ca=True),
    "path too long": through(10, ca("short root", path_length=0)),
    "path just long enough": through(11, ca("fitting root", path_length=1)),
    "leaf of RSA 2048": direct(algorithm="rsa"),
    "leaf of RSA 1024": direct(algorithm="rsa1024"),
    "leaf of P-521": direct(algorithm="p521"),
    "leaf of Ed25519": direct(algorithm="ed25519"),
    "leaf of P-521 is the only anchor": Case(LARGE := leaf(None, algorithm="p521"), (), (LARGE,)),
    "intermediate of P-521": through(23, algorithm="p521"),
    "intermediate of Ed25519": through(24, algorithm="ed25519"),
    "leaf signed with RSA-PSS": Case(leaf(RSA := ca("pss issuer", algorithm="rsa"), pss=True), (), (RSA,)),
    "leaf of P-384": direct(algorithm="p384"),
    "intermediate of RSA 2048": through(12, algorithm="rsa"),
    "intermediate of RSA 1024": through(13, algorithm="rsa1024"),
    "root of RSA 1024": under(ca("rsa root", algorithm="rsa1024")),
    "root of Ed25519": under(ca("ed root", algorithm="ed25519")),
    "intermediate of P-384": through(14, algorithm="p384"),
    "leaf with an unknown critical extension": direct(more=[UNKNOWN]),
    "intermediate with an unknown critical extension": through(15, more=[UNKNOWN]),
    "root with an unknown critical extension": under(ca("odd root", more=[UNKNOWN])),
    "within the name constraints": through(16, client={"dns": ("a.example.com",)}, more=limited("example.com")),
    "outside of the name constraints": through(17, client={"dns": ("a.example.org",)}, more=limited("example.com")),
    "a name of another kind than is constrained": through(
        18, client={"uri": ("spiffe://a/b",)}, more=limited("x.test")
    ),
    "a wildcard that covers an excluded host": through(
        31, client={"dns": ("*.example.com",)}, more=excluded("bad.example.com")
    ),
    "a wildcard beside the excluded host's domain": through(
        32, client={"dns": ("*.example.com",)}, more=excluded("bad.sub.example.com")
    ),
    "an address inside of the permitted ones": through(
        25, client={"ip": ("10.1.2.3",)}, more=addresses(permitted="10.0.0.0/8")
    ),
    "an address outside of the excluded ones": through(
        26, client={"ip": ("192.0.2.1",)}, more=addresses(excluded="10.0.0.0/8")
    ),
    "an address of IPv6 where IPv4 is excluded": through(
        27, client={"ip": ("2001:db8::1",)}, more=addresses(excluded="0.0.0.0/0")
    ),
    "a mailbox of a permitted host": through(28, client={"email": ("a@example.com",)}, more=mailboxes("example.com")),
    "no names under name constraints": through(19, more=limited("example.com")),
    "a common name outside of the name constraints": called("a.example.org"),
    "a common name within the name constraints": called("a.example.com"),
    "a common name of two words under name constraints": called("two words"),
    "a common name with a colon under name constraints": called("a:b"),
    "a common name of a wildcard under name constraints": called("*.a"),
    "a common name with a hyphen at the start of a label under name constraints": called("a.-b"),
    "a common name with a hyphen at the end under name constraints": called("a-"),
    "a common name with a last dot under name constraints": called("a."),
    "an empty label in the common name under name constraints": called("a..b"),
    "an underscore in the common name under name constraints": called("_a"),
    "the root of name constraints leaves a plain name": Case(
        leaf(PLAIN := ca("plain root", more=limited("example.com")), subject=named("client")), (), (PLAIN,)
    ),
    "leaf signed with SHA-1": forged(digest="sha1"),
    "leaf signed with SHA-224": forged(digest="sha224"),
    "leaf of version 1": forged(version_1=True),
    "leaf with a negative serial": forged(serial=b"\xff"),
    "leaf with the serial 0": forged(serial=b"\x00"),
    "RSA leaf signed with SHA-1": forged("rsa", digest="sha1"),
    "RSA leaf signed with MD5": forged("rsa", digest="md5"),
    "root of version 1": under(forge(OLD := ca("version 1 root"), OLD.key, version_1=True)),
    "root signed with SHA-1": under(forge(WEAK := ca("sha1 root"), WEAK.key, "sha1")),
    "intermediate of version 1": through_forged(20, version_1=True),
    "intermediate signed with SHA-1": through_forged(21, digest="sha1"),
    "outside of the root's name constraints": Case(
        leaf(LIMITED := ca("limited root", more=limited("example.com")), dns=("a.example.org",)), (), (LIMITED,)
    ),
}
