"""Lists in pages, reduced as they come; begun anew when the server has forgotten where a list was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from mtlsaudit.sources.cluster.connection import Connection, Refused

_Kept = TypeVar("_Kept")
_GONE = 410
_RESTARTS = 2
PAGE = 500
"""Objects a page, as kubectl asks for (kubectl get --chunk-size)."""


def list_all(
    connection: Connection,
    path: str,
    query: Mapping[str, str],
    keep: Callable[[Iterable[Mapping[str, Any]]], Iterable[_Kept]],
    into: list[_Kept],
    page: int = PAGE,
) -> None:
    """Put what `keep` makes of the objects of each page into a list.

    A continue token ends with etcd's compaction (five minutes by default): the list then begins anew with larger pages,
    the last time without pages. Raises Refused and NoAnswer; what was read until then stays in the list.
    """
    start = len(into)
    restarts = 0
    limit, token = page, ""
    while True:
        asked = {**query, **({"limit": str(limit)} if limit else {}), **({"continue": token} if token else {})}
        try:
            data = connection.get(path, asked)
        except Refused as error:
            if error.status != _GONE or restarts > _RESTARTS:
                raise
            restarts += 1
            token, limit = "", limit * 4 if restarts < _RESTARTS else 0
            del into[start:]
            continue
        token = _take_page(data, keep, into)
        if not token:
            return


def _take_page(data: bytes, keep: Callable[[Iterable[Mapping[str, Any]]], Iterable[_Kept]], into: list[_Kept]) -> str:
    """The token of the next page; empty after the last."""
    import msgspec

    try:
        answer = msgspec.json.decode(data)
        items = answer.get("items") or ()
        token = (answer.get("metadata") or {}).get("continue") or ""
    except (msgspec.DecodeError, AttributeError):
        raise Refused(200, "the answer is not a list of objects") from None
    if not isinstance(items, list | tuple):
        raise Refused(200, "the answer is not a list of objects")
    into += keep(item for item in items if isinstance(item, dict))
    return str(token)
