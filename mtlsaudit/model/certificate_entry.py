"""One certificate of the estate, as a report shows it: declared, issued, how its chain holds, and what is known of its past."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from mtlsaudit.model.certificate import KeyInfo, Names, Revocation
from mtlsaudit.model.values import dataclass, field
from mtlsaudit.model.verdict import Evidence


@dataclass(frozen=True, slots=True)
class Issue:
    """One certificate that was issued for the entry.

    `source` is where it was seen: `request` (a CertificateRequest), `secret`, `file`, `history` (an earlier scan), or `revision`
    when only cert-manager's count tells that there was one; then digests and times are empty. `new_key` compares the key
    with that of the issue before; where one of the two was not seen it is what the rotation policy says (`by_policy`), or
    None.
    """

    revision: int | None
    sha256: str
    spki_sha256: str
    not_before: datetime | None
    not_after: datetime | None
    new_key: bool | None
    source: str
    by_policy: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """Does a verifier of each family accept the chain? None where it cannot be told."""

    openssl: bool | None
    go: bool | None


@dataclass(frozen=True, slots=True)
class IssuedChain:
    """tls.crt against ca.crt of the same Secret, judged one second after notBefore, so never a question of today.

    `ca_crt` is same-as-issuer, leaf-itself, missing, issuer-of-the-chain-in-tls-crt or unrelated. `verifies` is OpenSSL's
    answer, None without ca.crt; `with_partial_chain` only where taking ca.crt as an anchor that is no root changes it.
    `outlives_issuer` is None where no certificate above is known, `signed_by_current_ca` where the issuer's CA is not.
    """

    issuer: str
    in_tls_crt: int
    ca_crt: str
    verifies: bool | None
    error: str
    with_partial_chain: bool | None
    as_server: Accepted | None
    as_client: Accepted | None
    outlives_issuer: bool | None
    outlives_issuer_by_days: float | None
    signed_by_current_ca: bool | None


@dataclass(frozen=True, slots=True)
class Admission:
    """Would cert-manager's webhook admit the spec, and what would it say?"""

    admits: bool
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rotation:
    """How often the certificate is replaced: by its spec, by what was issued, and what shows that it happens.

    Days from issue to renewal. `declared_days` and `observed_days` are None where they are not known or it never happens;
    `at_most_days` bounds what renewal windows decide. `evidence` is sentences, strongest first; empty when nothing shows
    that it was ever rotated.
    """

    declared_days: float | None
    at_most_days: float | None
    observed_days: float | None
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotMade:
    """A tls entry of an Ingress that asks for a certificate and gets none."""

    ingress: str
    secret: str
    because: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CertificateEntry:
    """One certificate of the estate: declared by a Certificate, found in a Secret, or both.

    Days count from the issue; `renew_after_days` None with `renews` True is not known, with False never by itself.
    `managed_by` is `cert-manager`, `ingress-shim`, or empty.
    """

    id: str
    certificate: str
    secret: str
    issued: bool
    lifetime_days: float | None
    renew_after_days: float | None
    renews: bool
    declared: Mapping[str, object]
    key_rotates: bool | None
    key: KeyInfo
    usages: Mapping[str, object]
    subject: str
    issuer: str
    names: Names
    status: Mapping[str, object]
    not_before: datetime | None
    not_after: datetime | None
    serial: str
    sha256: str
    spki_sha256: str
    managed_by: str
    used_by: tuple[str, ...]
    basis: str
    evidence: tuple[Evidence, ...]
    pending: bool = False
    """cert-manager knows the Certificate, but nothing was issued: what the spec asks for is then not what there is."""

    chain: IssuedChain | None = None
    revocation: Revocation = field(default_factory=Revocation)
    issues: tuple[Issue, ...] = ()
    """Oldest first; a single one is not listed in the JSON report."""

    webhook: Admission | None = None
    rotation: Rotation | None = None
    renewal_time: datetime | None = None
    """When it will be renewed, or should have been; None where that is not known, or never."""

    source: str = ""
    """`file#number` of a certificate that was read from a file of certificates, outside Kubernetes."""

    signature_algorithm: str = ""
    """As `ecdsa-with-sha256`; empty where the certificate was not seen."""
