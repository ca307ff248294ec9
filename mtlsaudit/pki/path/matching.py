"""One name, one subtree: is the name inside? Go and OpenSSL differ, so each has its own where it does.

Go 1.26: crypto/x509/constraints.go. OpenSSL 3: crypto/x509/v3_ncons.c (nc_dns, nc_email, nc_uri, nc_ip, nc_dn).
"""

from __future__ import annotations

import ipaddress
from enum import Enum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from mtlsaudit.model.certificate import Subtrees
from mtlsaudit.pki.names import canonical
from mtlsaudit.pki.path.go_parsing import mailbox


class Match(Enum):
    """UNKNOWN is a name that cannot be compared, which both refuse."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


def _of(inside: bool) -> Match:
    return Match.INSIDE if inside else Match.OUTSIDE


class DnsBases(NamedTuple):
    """Bases of host names, in lower case, to be looked up; `parents` are those less their first label (`.b.c` of `a.b.c`)."""

    bases: frozenset[str]
    parents: frozenset[str]


def dns_bases(subtrees: Subtrees, kind: str) -> DnsBases:
    """Those of one kind, `dns` or `uri`."""
    return _dns_bases(subtrees.dns if kind == "dns" else subtrees.uri)


@lru_cache(maxsize=256)
def _dns_bases(texts: tuple[str, ...]) -> DnsBases:
    bases = frozenset(text.lower() for text in texts)
    return DnsBases(bases, frozenset(b[b.index(".") :] for b in bases if "." in b))


def dns_within_any(name: str, among: DnsBases, star: bool) -> Match:
    """A base covers itself and all below it, `.base` only what is below, the empty one everything.

    With `star`, `*.b.c` also counts as inside of `a.b.c`, as Go and BoringSSL have it where they exclude.
    """
    name, bases = name.lower(), among.bases
    if "" in bases or name in bases:
        return Match.INSIDE
    at = name.find(".")
    while at >= 0:
        if name[at + 1 :] in bases or name[at:] in bases:
            return Match.INSIDE
        at = name.find(".", at + 1)
    return _of(star and name.startswith("*.") and name[1:] in among.parents)


def _dns_within(name: str, base: str, star: bool) -> Match:
    return dns_within_any(name, _dns_bases((base,)), star)


def ip_within(address: str, network: str) -> Match:
    """Addresses of the other version are outside."""
    try:
        one, many = ipaddress.ip_address(address), _network(network)
    except ValueError:
        return Match.UNKNOWN
    return _of(one.version == many.version and one in many)


@lru_cache(maxsize=4096)
def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text)


def directory_within(name: bytes, base: bytes) -> Match:
    """A name that begins with all RDNs of the base."""
    return _of(canonical(name).startswith(canonical(base)))


def email_within_openssl(address: str, base: str) -> Match:
    """`.host` means below it, `host` exactly that host, `local@host` that mailbox."""
    local, at, host = address.rpartition("@")
    if not at:
        return Match.UNKNOWN
    base_local, base_at, base_host = base.rpartition("@")
    if not base_at and base.startswith("."):
        return _of(len(address) > len(base) and address.lower().endswith(base.lower()))
    if base_at and base_local and base_local != local:
        return Match.OUTSIDE
    return _of(base_host.lower() == host.lower())


def email_within_go(address: str, base: str, excluding: bool) -> Match:
    """`host` and all below it, as for DNS names; `local@host` that mailbox. `address` is parsed: local part, NUL, host."""
    local, _, host = address.partition("\0")
    if "@" in base:
        exact = mailbox(base)
        return Match.UNKNOWN if exact is None else _of(exact[0] == local and exact[1].lower() == host.lower())
    return _dns_within(host, base, excluding)


def uri_host_openssl(uri: str) -> str:
    """From `//` to the next colon or slash; empty where there is none."""
    _, colon, rest = uri.partition(":")
    if not colon or not rest.startswith("//"):
        return ""
    rest = rest[2:]
    for end in (":", "/"):
        if end in rest:
            return rest.split(end, 1)[0]
    return rest


def uri_within_openssl(host: str, base: str) -> Match:
    """`.host` means below it, `host` exactly that host."""
    host, base = host.lower(), base.lower()
    if base.startswith("."):
        return _of(len(host) > len(base) and host.endswith(base))
    return _of(host == base)


def uri_host_go(uri: str) -> str | None:
    """The host without its port; None where there is none, or an address."""
    try:
        host = urlsplit(uri).netloc.rpartition("@")[2].lower()
    except ValueError:
        return None
    if not host or host.startswith("["):
        return None
    if ":" in host:
        host = host.partition(":")[0]
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host
    return None


_HOST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def looks_like_dns_openssl(name: str) -> bool:
    """cn2dnsid: labels of letters, digits, `-` and `_`, with a dot inside; others are no host names."""
    labels = name.rstrip("\0").split(".")
    if len(labels) < 2:
        return False
    return all(label and set(label) <= _HOST and label[0] != "-" and label[-1] != "-" for label in labels)


def looks_like_dns_boringssl(name: str) -> bool:
    """x509v3_looks_like_dns_name: one label suffices, `_` and `:` are taken anywhere, a leading `*.` and a last dot too."""
    labels = name.removeprefix("*.").removesuffix(".").split(".")
    return all(label and set(label) <= _HOST | {":"} and label[0] != "-" for label in labels)
