"""Name constraints."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.oracles.defects.pair import Pair, asked, authority, client, everywhere
from tests.oracles.engines import Question

_MANY = 400
_DIRECTORY = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")]))


def _constrained(
    number: int,
    permitted: Sequence[x509.GeneralName] | None = None,
    excluded: Sequence[x509.GeneralName] | None = None,
    **names: Any,
) -> Question:
    """A client of these names under a root of these subtrees."""
    root = authority("constrained", number=number, beside=[(x509.NameConstraints(permitted, excluded), True)])
    return asked(client(root, **names), anchors=(root,))


_PERMITTED = [x509.DNSName("example.com")]
_EXCLUDED = [x509.DNSName("bad.example.com")]
_URIS = [x509.UniformResourceIdentifier("td.example")]
_HOSTS = [str(ipaddress.ip_address("10.0.0.0") + i) for i in range(_MANY)]
_NETWORKS = [x509.IPAddress(ipaddress.ip_network(h)) for h in _HOSTS]

PAIRS = (
    everywhere(
        "name-not-permitted",
        "a host beside the permitted domain",
        _constrained(41, _PERMITTED, dns=("a.example.org",)),
        _constrained(41, _PERMITTED, dns=("a.example.com",)),
    ),
    everywhere(
        "name-excluded",
        "a host in the excluded domain",
        _constrained(42, None, _EXCLUDED, dns=("a.bad.example.com",)),
        _constrained(42, None, _EXCLUDED, dns=("a.good.example.com",)),
    ),
    everywhere(
        "name-unmatchable",
        "a URI without a host under a constraint on hosts",
        _constrained(43, _URIS, uri=("urn:x:y",)),
        _constrained(43, _URIS, uri=("spiffe://td.example/a",)),
    ),
    Pair(
        "name-unmatchable",
        "an address under a constraint on addresses, and without one",
        _constrained(44, _NETWORKS[:1], ip=_HOSTS[:1]),
        _constrained(44, _PERMITTED, ip=_HOSTS[:1]),
        boringssl="name-unmatchable!",
    ),
    Pair(
        "name-constraint-unsupported",
        "a constraint on directories",
        _constrained(45, [_DIRECTORY], dns=("a.example.com",)),
        _constrained(45, _PERMITTED, dns=("a.example.com",)),
        go="name-constraint-unsupported!",
    ),
    Pair(
        "too-many-names",
        "400 addresses under 400 networks, and one",
        _constrained(46, _NETWORKS, ip=_HOSTS),
        _constrained(46, _NETWORKS, ip=_HOSTS[:1]),
        openssl="too-many-names",
        go="too-many-names",
        boringssl=None,
    ),
)
