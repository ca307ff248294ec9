"""What of metadata.managedFields may pass: who owns the certificate of a Secret, and nothing of the rest."""

from __future__ import annotations

_ENTRY = ("manager", "operation", "time")
_OWNED = "f:tls.crt"


def owners_of_certificate(managed: object) -> list[dict[str, object]]:
    """The entries that own `data["tls.crt"]`, cut down to that."""
    entries = managed if isinstance(managed, list) else []
    return [
        {**{k: entry[k] for k in _ENTRY if k in entry}, "fieldsV1": {"f:data": {_OWNED: {}}}}
        for entry in entries
        if isinstance(entry, dict) and _OWNED in _owned_data(entry)
    ]


def _owned_data(entry: dict[str, object]) -> dict[str, object]:
    fields = entry.get("fieldsV1")
    data = fields.get("f:data") if isinstance(fields, dict) else None
    return data if isinstance(data, dict) else {}
