"""A certificate's extensions (RFC 5280, 4.2) as the model holds them."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID as AccessOID
from cryptography.x509.oid import ExtensionOID, ObjectIdentifier

from mtlsaudit.model.certificate import NameConstraints, Names, Revocation
from mtlsaudit.model.values import dataclass
from mtlsaudit.pki.general_names import alternative_names, subtrees, urls
from mtlsaudit.pki.same import one_of
from mtlsaudit.pki.usages import extended_usages, key_usages, key_usages_in

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
    out.oids = one_of(tuple(oids))
    if critical:
        out.critical = one_of(tuple([oid.dotted_string for oid in critical]))
        out.unhandled_critical = one_of(tuple([oid.dotted_string for oid in critical if oid not in _HANDLED]))
    return out


def _take(extension: x509.Extension[x509.ExtensionType], out: Extensions) -> None:
    match extension.value:
        case x509.SubjectAlternativeName() as value:
            out.names = alternative_names(value)
        case x509.BasicConstraints() as value:
            out.has_basic_constraints, out.is_ca, out.path_length = True, value.ca, value.path_length
        case x509.ExtendedKeyUsage() as value:
            out.ext_key_usage = extended_usages(value)
        case x509.KeyUsage() as value:
            out.key_usage = key_usages(value)
        case x509.SubjectKeyIdentifier() as value:
            out.subject_key_id = value.digest.hex()
        case x509.AuthorityKeyIdentifier() as value:
            out.authority_key_id = one_of(((value.key_identifier or b"").hex(),))[0]
            _take_authority(value, out)
        case x509.UnrecognizedExtension() as value if value.oid == ExtensionOID.KEY_USAGE:
            out.key_usage = key_usages_in(value.value)
        case x509.NameConstraints() as value:
            permitted, excluded = subtrees(value.permitted_subtrees), subtrees(value.excluded_subtrees)
            out.name_constraints = NameConstraints(permitted, excluded, extension.critical)
        case x509.CRLDistributionPoints() as value:
            crl = [url for point in value for url in urls(point.full_name or ())]
            out.revocation = Revocation(one_of(tuple(crl)), out.revocation.ocsp, out.revocation.issuer)
        case x509.AuthorityInformationAccess() as value:
            ocsp = urls(d.access_location for d in value if d.access_method == AccessOID.OCSP)
            issuer = urls(d.access_location for d in value if d.access_method == AccessOID.CA_ISSUERS)
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
