"""Certificates of plain files as entries of the estate: nobody is known to use or to renew them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from mtlsaudit.graph.certificate_fields import NO_STATUS, UNDECLARED, days, usages_of
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.certificate_entry import CertificateEntry, Issue
from mtlsaudit.model.certificate_file import CertificateFile, FiledCertificate
from mtlsaudit.model.verdict import Evidence

_CANDIDATES = 16
"""So many CAs of one name are tried; a file with more of them is drawn flat from there on."""


def file_entries(files: Iterable[CertificateFile]) -> Iterator[CertificateEntry]:
    """One entry for each certificate of each file, in their order."""
    for file in files:
        for filed in file.certificates:
            yield _entry(file, filed)


def _entry(file: CertificateFile, filed: FiledCertificate) -> CertificateEntry:
    cert = filed.certificate
    evidence = (Evidence(file.site(filed.number), cert.subject or cert.sha256),)
    return lone_entry(_id(file, filed), cert, evidence, "file", source=file.source(filed.number))


def lone_entry(
    name: str,
    cert: Certificate,
    evidence: tuple[Evidence, ...],
    seen_in: str,
    used_by: tuple[str, ...] = (),
    source: str = "",
) -> CertificateEntry:
    """A certificate that nobody is known to renew."""
    return CertificateEntry(
        id=name,
        certificate="",
        secret="",
        issued=True,
        lifetime_days=days(cert.not_after - cert.not_before),
        renew_after_days=None,
        renews=False,
        declared=UNDECLARED,
        key_rotates=None,
        key=cert.key,
        usages=usages_of(cert),
        subject=cert.subject,
        issuer=cert.issuer,
        names=cert.names,
        status=NO_STATUS,
        not_before=cert.not_before,
        not_after=cert.not_after,
        serial=cert.serial,
        sha256=cert.sha256,
        spki_sha256=cert.spki_sha256,
        managed_by="",
        used_by=used_by,
        basis="observed",
        evidence=evidence,
        revocation=cert.revocation,
        issues=(Issue(None, cert.sha256, cert.spki_sha256, cert.not_before, cert.not_after, True, seen_in),),
        source=source,
        signature_algorithm=cert.signature_algorithm,
    )


def issuers_within(files: Iterable[CertificateFile]) -> Mapping[str, str]:
    """Entry → the entry of its issuer in the same file: the name fits, and the issuer's key has verified the signature."""
    out: dict[str, str] = {}
    for file in files:
        authorities: dict[bytes, list[FiledCertificate]] = {}
        for filed in file.certificates:
            if filed.certificate.is_ca:
                authorities.setdefault(filed.certificate.subject_raw, []).append(filed)
        for filed in file.certificates:
            cert = filed.certificate
            if cert.self_signed:
                continue
            above = (a for a in authorities.get(cert.issuer_raw, ()) if _may_have_issued(a.certificate, cert))
            parent = next((a for a in islice(above, _CANDIDATES) if _signed(cert, a.certificate)), None)
            if parent is not None:
                out[_id(file, filed)] = _id(file, parent)
    return out


def issuers_among(files: Iterable[CertificateFile], within: Mapping[str, str]) -> Mapping[str, str]:
    """`within`, and for entries whose issuer stands in another file that one; of several the one that ends last.

    Certificates of one CA have the same key or they do not verify, so each of them would do for a verifier.
    """
    every = tuple(files)
    authorities: dict[bytes, dict[str, tuple[str, Certificate]]] = {}
    for file in every:
        for filed in file.certificates:
            cert = filed.certificate
            if cert.is_ca:
                authorities.setdefault(cert.subject_raw, {}).setdefault(cert.sha256, (_id(file, filed), cert))
    latest = {
        name: sorted(some.values(), key=lambda a: (a[1].not_after, a[0]), reverse=True)
        for name, some in authorities.items()
    }
    out = dict(within)
    for file in every:
        for filed in file.certificates:
            cert, name = filed.certificate, _id(file, filed)
            if cert.self_signed or name in out:
                continue
            above = (a for a in latest.get(cert.issuer_raw, ()) if _may_have_issued(a[1], cert))
            parent = next((a for a in islice(above, _CANDIDATES) if _signed(cert, a[1])), None)
            if parent is not None:
                out[name] = parent[0]
    return out


def _may_have_issued(issuer: Certificate, child: Certificate) -> bool:
    """Another certificate, whose key identifier does not say otherwise."""
    asked, has = child.authority_key_id, issuer.subject_key_id
    return issuer.sha256 != child.sha256 and (not asked or not has or asked == has)


def _signed(child: Certificate, issuer: Certificate) -> bool:
    from mtlsaudit.pki.path.signatures import link_signature
    from mtlsaudit.pki.signature import Signature

    return link_signature(child, issuer) is Signature.GOOD


def _id(file: CertificateFile, filed: FiledCertificate) -> str:
    return f"File {file.source(filed.number)}"
