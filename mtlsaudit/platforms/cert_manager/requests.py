"""CertificateRequests (cert-manager.io/v1): one issue each, with its key, its certificate, and how it went.

They are public: the signing request, the certificate and the CA of the issue, never a key.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

from mtlsaudit.decode.reader import Opened, Reader
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.resource import Problem, Resource
from mtlsaudit.model.values import dataclass
from mtlsaudit.pki.pem import CERTIFICATE_LABELS, blocks
from mtlsaudit.platforms.cert_manager.status import Condition, decode_conditions, parse_time

_NAME = "cert-manager.io/certificate-name"
_REVISION = "cert-manager.io/certificate-revision"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CertificateRequest:
    """`certificate` is the key of the Certificate that it was made for, or empty; `spki_sha256` is of the key asked for.

    `chain` and `ca` are what was issued, both empty before. `conditions` are those of the API: Ready, Approved, Denied,
    InvalidRequest.
    """

    resource: Resource
    certificate: str
    revision: int | None
    spki_sha256: str
    chain: tuple[Certificate, ...]
    ca: tuple[Certificate, ...]
    conditions: dict[str, Condition]
    created: datetime | None
    problems: tuple[Problem, ...]

    @property
    def key(self) -> str:
        return self.resource.id.key

    @property
    def trouble(self) -> str:
        """Why it has not been issued, in cert-manager's words; empty for one that was."""
        denied, ready = self.conditions.get("Denied"), self.conditions.get("Ready")
        if denied is not None and denied.status:
            return f"denied ({denied.reason}): {denied.message}"
        if ready is not None and ready.status:
            return ""
        if ready is not None:
            return f"{ready.reason}: {ready.message}"
        approved = self.conditions.get("Approved")
        return "approved, but no issuer answers" if approved is not None and approved.status else "not approved"


def decode_request(resource: Resource) -> CertificateRequest:
    """A CertificateRequest with everything in it that can be read."""
    opened = Opened(resource)
    spec, status = opened.root.child("spec"), opened.root.child("status")
    name = resource.annotations.get(_NAME) or _owner(opened.root)
    revision = resource.annotations.get(_REVISION, "")
    return CertificateRequest(
        resource=resource,
        certificate=f"{resource.id.namespace}/{name}" if name else "",
        revision=int(revision) if revision.isascii() and revision.isdigit() else None,
        spki_sha256=_requested_key(spec.text("request")),
        chain=_certificates(status.text("certificate")),
        ca=_certificates(status.text("ca")),
        conditions=decode_conditions(status),
        created=parse_time(resource.created),
        problems=tuple(opened.problems),
    )


def _owner(root: Reader) -> str:
    owners = root.child("metadata").children("ownerReferences")
    return next((o.text("name") or "" for o in owners if o.text("kind") == "Certificate"), "")


def _pem(encoded: str | None) -> str:
    try:
        return base64.b64decode(encoded or "", validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _certificates(encoded: str | None) -> tuple[Certificate, ...]:
    if not encoded:
        return ()
    from mtlsaudit.pki.decode import MalformedCertificate, decode

    found = []
    for block in blocks(_pem(encoded)):
        if block.label in CERTIFICATE_LABELS and block.der is not None:
            try:
                found.append(decode(block.der))
            except MalformedCertificate:
                return ()  # a chain with a hole says nothing
    return tuple(found)


def _requested_key(encoded: str | None) -> str:
    found = [b.der for b in blocks(_pem(encoded)) if b.label.endswith("CERTIFICATE REQUEST") and b.der is not None]
    if not found:
        return ""
    from mtlsaudit.pki.keys import requested_key

    return requested_key(found[0])
