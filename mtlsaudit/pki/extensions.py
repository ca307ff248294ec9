"""A certificate's extensions (RFC 5280, 4.2) as the model holds them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID as AccessOID
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, ObjectIdentifier

from mtlsaudit.model.certificate import NameConstraints, Names, Revocation, Subtrees

EXTENDED_USAGES = {
    ExtendedKeyUsageOID.SERVER_AUTH: "server auth",
    ExtendedKeyUsageOID.CLIENT_AUTH: "client auth",
    ExtendedKeyUsageOID.CODE_SIGNING: "code signing",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "email protection",
    ExtendedKeyUsageOID.TIME_STAMPING: "timestamping",
    ExtendedKeyUsageOID.OCSP_SIGNING: "ocsp signing",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "any",
    ObjectIdentifier("1.3.6.1.5.5.7.3.5"): "ipsec end system",
    ObjectIdentifier("1.3.6.1.5.5.7.3.6"): "ipsec tunnel",
    ObjectIdentifier("1.3.6.1.5.5.7.3.7"): "ipsec user",
    ObjectIdentifier("1.3.6.1.4.1.311.10.3.3"): "microsoft sgc",
    ObjectIdentifier("2.16.840.1.113730.4.1"): "netscape sgc",
}

_KEY_USAGES = (
    ("digital_signature", "digital signature"),
    ("content_commitment", "content commitment"),
    ("key_encipherment", "key encipherment"),
    ("data_encipherment", "data encipherment"),
    ("key_agreement", "key agreement"),
    ("key_cert_sign", "cert sign"),
    ("crl_sign", "crl sign"),
)

_BITS = (*(word for _, word in _KEY_USAGES), "encipher only", "decipher only")
"""By their place in the bit string (RFC 5280, 4.2.1.3)."""

_HANDLED = frozenset(
    {
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.POLICY_MAPPINGS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.ISSUER_ALTERNATIVE_NAME,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.INHIBIT_ANY_POLICY,
        ExtensionOID.FRESHEST_CRL,
        ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
        ExtensionOID.SUBJECT_INFORMATION_ACCESS,
        ExtensionOID.TLS_FEATURE,
    }
)


_NO_NAMES, _NO_URLS = Names(), Revocation()


@dataclass(slots=True)
class Extensions:
    """The fields of a Certificate that come from extensions; what is absent keeps its default."""

    names: Names = _NO_NAMES
    key_usage: tuple[str, ...] | None = None
    ext_key_usage: tuple[str, ...] | None = None
    has_basic_constraints: bool = False
    is_ca: bool = False
    path_length: int | None = None
    subject_key_id: str = ""
    authority_key_id: str = ""
    authority_issuer_raw: bytes = b""
    authority_serial: str = ""
    name_constraints: NameConstraints | None = None
    oids: tuple[str, ...] = ()
    critical: tuple[str, ...] = ()
    unhandled_critical: tuple[str, ...] = ()
    revocation: Revocation = _NO_URLS
    must_staple: bool = False
    policy_required: bool = False


def read_extensions(extensions: Iterable[x509.Extension[x509.ExtensionType]], problems: list[str]) -> Extensions:
    """All extensions in one pass; contents that cannot be put into words are named in `problems`."""
    out = Extensions()
    oids: list[str] = []
    critical: list[ObjectIdentifier] = []
    for extension in extensions:
        oids.append(extension.oid.dotted_string)
        if extension.critical:
            critical.append(extension.oid)
        try:
            _take(extension, out)
        except ValueError as error:
            problems.append(f"extension {extension.oid.dotted_string}: {str(error)[:160]}")
    out.oids = _once(tuple(oids))
    if critical:
        out.critical = _once(tuple([oid.dotted_string for oid in critical]))
        out.unhandled_critical = _once(tuple([oid.dotted_string for oid in critical if oid not in _HANDLED]))
    return out


_seen: dict[tuple[str, ...], tuple[str, ...]] = {}


def _once(words: tuple[str, ...]) -> tuple[str, ...]:
    """The first tuple that was equal to this one: thousands of certificates have the same usages and extensions."""
    return _seen.setdefault(words, words)


def _take(extension: x509.Extension[x509.ExtensionType], out: Extensions) -> None:
    match extension.value:
        case x509.SubjectAlternativeName() as value:
            out.names = _names(value)
        case x509.BasicConstraints() as value:
            out.has_basic_constraints, out.is_ca, out.path_length = True, value.ca, value.path_length
        case x509.ExtendedKeyUsage() as value:
            out.ext_key_usage = _once(tuple([EXTENDED_USAGES.get(oid) or oid.dotted_string for oid in value]))
        case x509.KeyUsage() as value:
            out.key_usage = _once((*(word for name, word in _KEY_USAGES if getattr(value, name)), *_rare(value)))
        case x509.SubjectKeyIdentifier() as value:
            out.subject_key_id = value.digest.hex()
        case x509.AuthorityKeyIdentifier() as value:
            out.authority_key_id = _once(((value.key_identifier or b"").hex(),))[0]
            _take_authority(value, out)
        case x509.UnrecognizedExtension() as value if value.oid == ExtensionOID.KEY_USAGE:
            bits = int.from_bytes(value.value[3:].ljust(2, b"\0"), "big")
            out.key_usage = tuple(word for place, word in enumerate(_BITS) if bits & (0x8000 >> place))
        case x509.NameConstraints() as value:
            permitted, excluded = _subtrees(value.permitted_subtrees), _subtrees(value.excluded_subtrees)
            out.name_constraints = NameConstraints(permitted, excluded, extension.critical)
        case x509.CRLDistributionPoints() as value:
            crl = [url for point in value for url in _urls(point.full_name or ())]
            out.revocation = Revocation(_once(tuple(crl)), out.revocation.ocsp, out.revocation.issuer)
        case x509.AuthorityInformationAccess() as value:
            ocsp = _urls(d.access_location for d in value if d.access_method == AccessOID.OCSP)
            issuer = _urls(d.access_location for d in value if d.access_method == AccessOID.CA_ISSUERS)
            out.revocation = Revocation(out.revocation.crl, ocsp, issuer)
        case x509.TLSFeature() as value:
            out.must_staple = x509.TLSFeatureType.status_request in value
        case x509.PolicyConstraints() as value:
            out.policy_required = value.require_explicit_policy is not None


def _take_authority(value: x509.AuthorityKeyIdentifier, out: Extensions) -> None:
    for name in value.authority_cert_issuer or ():
        if isinstance(name, x509.DirectoryName):
            out.authority_issuer_raw = name.value.public_bytes()
            break
    if value.authority_cert_serial_number is not None:
        out.authority_serial = f"{value.authority_cert_serial_number:x}"


def _rare(value: x509.KeyUsage) -> tuple[str, ...]:
    """The two bits that only say what a key agreement is for."""
    if not value.key_agreement:
        return ()
    return (("encipher only",) if value.encipher_only else ()) + (("decipher only",) if value.decipher_only else ())


def _names(san: x509.SubjectAlternativeName) -> Names:
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


def _subtrees(names: Iterable[x509.GeneralName] | None) -> Subtrees:
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


def _urls(names: Iterable[x509.GeneralName]) -> tuple[str, ...]:
    return _once(tuple([n.value for n in names if isinstance(n, x509.UniformResourceIdentifier)]))
