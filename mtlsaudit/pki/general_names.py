"""Lists of general names (RFC 5280, 4.2.1.6), by their types, as the model holds them."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography import x509

from mtlsaudit.model.certificate import Names, Subtrees
from mtlsaudit.pki.same import one_of


def alternative_names(san: x509.SubjectAlternativeName) -> Names:
    """By their types, in their order."""
    only = [name.value for name in san if type(name) is x509.DNSName]
    if len(only) == len(san):
        return Names(tuple(only))
    dns: list[str] = []
    uri: list[str] = []
    ip: list[str] = []
    email: list[str] = []
    directory: list[bytes] = []
    other: list[str] = []
    for name in san:
        match name:
            case x509.DNSName(value=value):
                dns.append(value)
            case x509.UniformResourceIdentifier(value=value):
                uri.append(value)
            case x509.IPAddress(value=address):
                ip.append(str(address))
            case x509.RFC822Name(value=value):
                email.append(value)
            case x509.DirectoryName(value=directory_name):
                directory.append(directory_name.public_bytes())
            case _:
                other.append(type(name).__name__)
    return Names(tuple(dns), tuple(uri), tuple(ip), tuple(email), tuple(directory), tuple(other))


def subtrees(names: Iterable[x509.GeneralName] | None) -> Subtrees:
    """The names of one side of a name constraint, by their types; none where there is no such side."""
    found: dict[str, list[str]] = {"dns": [], "ip": [], "email": [], "uri": [], "other": []}
    directory: list[bytes] = []
    for name in names or ():
        match name:
            case x509.DNSName(value=value):
                found["dns"].append(value)
            case x509.UniformResourceIdentifier(value=value):
                found["uri"].append(value)
            case x509.IPAddress(value=network):
                found["ip"].append(str(network))
            case x509.RFC822Name(value=value):
                found["email"].append(value)
            case x509.DirectoryName(value=directory_name):
                directory.append(directory_name.public_bytes())
            case _:
                found["other"].append(type(name).__name__)
    return Subtrees(directory=tuple(directory), **{kind: tuple(values) for kind, values in found.items()})


def urls(names: Iterable[x509.GeneralName]) -> tuple[str, ...]:
    """Those of the names that are URIs."""
    return one_of(tuple([n.value for n in names if isinstance(n, x509.UniformResourceIdentifier)]))
