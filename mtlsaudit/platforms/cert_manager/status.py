"""What cert-manager reported of a Certificate; all empty in a manifest from Git."""

from __future__ import annotations

from datetime import datetime

from mtlsaudit.decode.reader import Reader
from mtlsaudit.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """One entry of `status.conditions`; a status of Unknown is None."""

    status: bool | None
    reason: str
    message: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Status:
    """`ready` and `issuing` are None where the condition is not there. Ready says little: it stays True on an expired one."""

    ready: bool | None = None
    reason: str = ""
    message: str = ""
    issuing: Condition | None = None
    revision: int | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    renewal_time: datetime | None = None
    failed_attempts: int | None = None
    last_failure: datetime | None = None


def decode_conditions(status: Reader) -> dict[str, Condition]:
    """The conditions by type."""
    found = {}
    for condition in status.children("conditions"):
        word = condition.text("status")
        state = {"True": True, "False": False}.get(word or "")
        found[condition.text("type") or ""] = Condition(
            state, condition.text("reason") or "", condition.text("message") or ""
        )
    return found


def decode_status(status: Reader) -> Status:
    """The status of a Certificate."""
    conditions = decode_conditions(status)
    ready = conditions.get("Ready")
    return Status(
        ready=ready.status if ready else None,
        reason=ready.reason if ready else "",
        message=ready.message if ready else "",
        issuing=conditions.get("Issuing"),
        revision=status.number("revision"),
        not_before=parse_time(status.text("notBefore")),
        not_after=parse_time(status.text("notAfter")),
        renewal_time=parse_time(status.text("renewalTime")),
        failed_attempts=status.number("failedIssuanceAttempts"),
        last_failure=parse_time(status.text("lastFailureTime")),
    )


def parse_time(text: str | None) -> datetime | None:
    """A time as the API writes it (RFC 3339); None for anything else, and for a time without a zone."""
    try:
        value = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return value if value is not None and value.tzinfo is not None else None
