"""Who wrote a data key of a Secret, as the API server notes it down (metadata.managedFields)."""

from __future__ import annotations

from mtlsaudit.decode.reader import Reader


def writers(root: Reader, key: str) -> str:
    """The field managers that own `data[key]`, the last first, each with its operation and time; empty where none is noted.

    Whoever changes a value takes it over; several own it only where they wrote the same value (Kubernetes documentation,
    Server-Side Apply, field management).
    """
    found = []
    for entry in root.child("metadata").children("managedFields"):
        if entry.child("fieldsV1", "f:data").has(f"f:{key}"):
            manager = entry.text("manager") or "a manager without a name"
            found.append((entry.text("time") or "", f"{manager} ({entry.text('operation') or 'unknown'})"))
    return ", ".join(f"{words} {time}".rstrip() for time, words in sorted(found, reverse=True))
