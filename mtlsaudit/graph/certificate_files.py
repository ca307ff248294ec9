"""Certificates of plain files as entries of the estate: nobody is known to use or to renew them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mtlsaudit.graph.certificates import days, usages_of
from mtlsaudit.model.certificate_file import CertificateFile, FiledCertificate
from mtlsaudit.model.report import CertificateEntry
from mtlsaudit.model.verdict import Evidence


def file_entries(files: Iterable[CertificateFile]) -> Iterator[CertificateEntry]:
    """One entry for each certificate of each file, in their order."""
    for file in files:
        for filed in file.certificates:
            yield _entry(file, filed)


def _entry(file: CertificateFile, filed: FiledCertificate) -> CertificateEntry:
    cert = filed.certificate
    source = file.source(filed.number)
    return CertificateEntry(
        id=f"File {source}",
        certificate="",
        secret="",
        issued=True,
        lifetime_days=days(cert.not_after - cert.not_before),
        renew_after_days=None,
        renews=False,
        declared=dict.fromkeys(("duration", "renewBefore", "renewBeforePercentage", "rotationPolicy")),
        key_rotates=None,
        key=cert.key,
        usages=usages_of(cert),
        subject=cert.subject,
        issuer=cert.issuer,
        names=cert.names,
        status={},
        not_before=cert.not_before,
        not_after=cert.not_after,
        serial=cert.serial,
        sha256=cert.sha256,
        spki_sha256=cert.spki_sha256,
        managed_by="",
        used_by=(),
        basis="observed",
        evidence=(Evidence(file.site(filed.number), cert.subject or cert.sha256),),
        source=source,
    )
