"""What became of a Certificate: issued, adopted, pasted over, stuck, orphaned. By what is there, never by Ready alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from mtlsaudit.engine.subject import Missing, Plain
from mtlsaudit.engine.subjects.acme_progress import AcmeProgress
from mtlsaudit.engine.subjects.view import View
from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.cert_manager.objects import CERTIFICATE, CertificateSpec
from mtlsaudit.platforms.cert_manager.ownership import CERTIFICATE_NAME
from mtlsaudit.platforms.cert_manager.requests import CertificateRequest
from mtlsaudit.platforms.core.secrets import CertificateHolder

SCHEMA: dict[str, type] = {
    "ready": bool,
    "revision": int,
    "adopted": bool,
    "overwritten": bool,
    "request_seen": bool,
    "temporary": bool,
    "orphaned": bool,
    "made_for": str,
    "key_change_stuck": bool,
    "issuance_problem": str,
    "shares_secret_with": list,
    "issues_seen": int,
    "key_reused": bool,
    "spec_problem": str,
    "pending": bool,
}

_TEMPORARY_ISSUER = "CN=cert-manager.local"
_ISSUER_NAME = "cert-manager.io/issuer-name"
_SCHEDULE = ("spec.duration", "spec.renewBefore", "spec.renewal")


class Issuance:
    """What the Certificates of one scan have in common."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._specs = {spec.key: spec for spec in view.graph.specs}
        self._requests: dict[str, list[CertificateRequest]] = defaultdict(list)
        for request in view.graph.inventory.requests:
            self._requests[request.certificate].append(request)
        self._acme = AcmeProgress(view.graph.inventory)

    def facts(
        self, entry: CertificateEntry, spec: CertificateSpec | None, holder: CertificateHolder | None
    ) -> dict[str, Plain | Missing]:
        """The facts of SCHEMA."""
        requests = self._requests.get(entry.certificate, ())
        current = self._current(spec, requests)
        others = [s.key for s in self._sharers(spec) if s is not spec] if spec and self._loses(spec) else []
        temporary = entry.sha256 != "" and entry.issuer == _TEMPORARY_ISSUER and not _named(holder, _ISSUER_NAME)
        overwritten = current is not None and entry.sha256 not in ("", current.chain[0].sha256)
        return {
            "ready": spec is not None and spec.status.ready is True,
            "revision": (spec.status.revision if spec else None) or 0,
            "adopted": _adopted(entry, spec, requests) and not temporary,
            "overwritten": overwritten,
            "request_seen": current is not None,
            "temporary": temporary,
            "orphaned": self._orphaned(entry, holder),
            "made_for": _named(holder, CERTIFICATE_NAME),
            "key_change_stuck": spec is not None and _key_change_stuck(spec),
            "issuance_problem": ""
            if spec is None or self._loses(spec)
            else _trouble(entry, spec, requests, temporary, self._acme),
            "shares_secret_with": tuple(sorted(others)),
            "issues_seen": sum(i.source == "request" for i in entry.issues),
            "key_reused": any(i.new_key is False and not i.by_policy and i.source == "request" for i in entry.issues),
            "spec_problem": _spec_problem(entry),
            "pending": entry.pending,
        }

    def requested(self, entry: CertificateEntry) -> tuple[Evidence, ...]:
        """What the requests that are open say, and the Orders of an ACME server behind them."""
        waiting = [r for r in self._requests.get(entry.certificate, ()) if not r.chain]
        shown = tuple(r.resource.evidence(r.trouble, "status", "conditions") for r in waiting)
        return shown + self._acme.evidence(r.key for r in waiting)

    def _sharers(self, spec: CertificateSpec | None) -> Sequence[CertificateSpec]:
        return self._view.graph.lookup.sharers.get(spec.secret_key, ()) if spec else ()

    def _loses(self, spec: CertificateSpec) -> bool:
        return self._view.graph.lookup.makers.get(spec.secret_key) is not spec

    def _current(
        self, spec: CertificateSpec | None, requests: Sequence[CertificateRequest]
    ) -> CertificateRequest | None:
        """The request that made the certificate of the current revision."""
        if spec is None or spec.status.revision is None:
            return None
        return next((r for r in requests if r.revision == spec.status.revision and r.chain), None)

    def _orphaned(self, entry: CertificateEntry, holder: CertificateHolder | None) -> bool | Missing:
        """Does the Secret name a Certificate that is not there, or that makes another Secret?"""
        name = _named(holder, CERTIFICATE_NAME)
        if entry.certificate or holder is None or not name:
            return False
        key = f"{holder.resource.id.namespace}/{name}"
        gap = self._view.graph.estate.world.gap(*CERTIFICATE, key)
        return True if key in self._specs or gap is None else Missing((gap,))


def evidence(
    entry: CertificateEntry, spec: CertificateSpec | None, holder: CertificateHolder | None
) -> Mapping[str, tuple[Evidence, ...]]:
    """The fields behind the facts."""
    found: dict[str, tuple[Evidence, ...]] = {}
    if holder is not None:
        leaf = (holder.resource.evidence(f"issued by {entry.issuer}", holder.field, "tls.crt"),)
        pasted = (*leaf, *_writers(holder))
        named = (holder.resource.annotation(CERTIFICATE_NAME),)
        found |= {"temporary": leaf, "overwritten": pasted, "adopted": pasted, "orphaned": named, "made_for": named}
        ca = "present" if "ca.crt" in holder.data_keys else "absent"
        found |= {"ca_crt": (holder.resource.evidence(ca, holder.field, "ca.crt"),), "chain_error": leaf}
        found |= {"signed_by_current_ca": leaf, "outlives_issuer_days": leaf, "not_before": leaf, "not_after": leaf}
    if spec is None:
        return found
    resource, status = spec.resource, spec.status
    if status.ready is not None:
        shown = f"Ready={status.ready}, reason {status.reason}"
        conditions = resource.evidence(shown, "status", "conditions")
        revision = resource.evidence(status.revision, "status", "revision")
        found["adopted"] = (revision, *found.get("adopted", ()))
        found |= {"issuance_problem": (conditions,), "key_change_stuck": (conditions,), "ready": (conditions,)}
        found["renewal_due"] = (resource.evidence(status.renewal_time, "status", "renewalTime"),)
    found["shares_secret_with"] = (resource.evidence(spec.secret, *spec.field, "secretName"),)
    found["spec_problem"] = (resource.evidence("as written", *spec.field),)
    return found


def _writers(holder: CertificateHolder) -> tuple[Evidence, ...]:
    written_by = holder.written_by
    return (holder.resource.evidence(f"tls.crt: {written_by}", "metadata", "managedFields"),) if written_by else ()


def _named(holder: CertificateHolder | None, annotation: str) -> str:
    return holder.resource.annotations.get(annotation, "") if holder else ""


def _adopted(entry: CertificateEntry, spec: CertificateSpec | None, requests: Sequence[CertificateRequest]) -> bool:
    """Is a certificate that was there first taken for one's own? Ready, and no revision was ever issued."""
    if spec is None or spec.status.ready is not True or spec.status.revision is not None:
        return False
    return entry.sha256 != "" and not any(r.chain for r in requests)


def _key_change_stuck(spec: CertificateSpec) -> bool:
    """The key in use does not fit the spec, and Never forbids a new one: only an event says so, for ever."""
    issuing = spec.status.issuing
    waits = issuing is not None and issuing.status is True
    return spec.rotation_policy == "Never" and waits and spec.status.reason == "SecretMismatch"


def _trouble(
    entry: CertificateEntry,
    spec: CertificateSpec,
    requests: Sequence[CertificateRequest],
    temporary: bool,
    acme: AcmeProgress,
) -> str:
    """Why there is no certificate, or no new one, in cert-manager's words; empty when nothing is wrong."""
    status = spec.status
    if status.ready is None or _key_change_stuck(spec):
        return ""
    issuing = status.issuing
    open_requests = [r for r in requests if not r.chain and (r.revision or 0) > (status.revision or 0)]
    waits = issuing is not None and issuing.status is True
    never = status.revision is None and (entry.sha256 == "" or temporary)
    if not never and not waits and not status.failed_attempts:
        return ""
    because = ""
    if open_requests:
        last = max(open_requests, key=lambda r: (r.revision or 0, r.key))
        because = acme.words(last.key) or last.trouble
    if not because and issuing is not None:
        because = f"{issuing.reason}: {issuing.message}".rstrip(": ")
    because = because or (f"{status.reason}: {status.message}".rstrip(": ") or "nothing says why")
    attempts = f" after {status.failed_attempts} failed attempts" if (status.failed_attempts or 0) > 1 else ""
    what = "it was never issued" if never else "its renewal does not come about"
    return f"{what}{attempts}, {because}"[:300]


def _spec_problem(entry: CertificateEntry) -> str:
    """The first thing that the webhook refuses, but for the schedule, which has a rule of its own."""
    errors = entry.webhook.errors if entry.webhook else ()
    return next((e for e in errors if not e.startswith(_SCHEDULE)), "")
