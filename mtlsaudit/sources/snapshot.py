"""A cluster in a file: what a scan read of it, without anything secret, to be audited later or elsewhere.

A gzipped tar: `snapshot.json` first (what was read, what was not, digests), then one file of JSON lines a kind. The same
state of a cluster and the same time give the same bytes. A snapshot from elsewhere is not trusted: names, sizes and digests
are checked, links and other members refused, and nothing is ever unpacked to disk.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import IO, Any

from mtlsaudit.errors import SnapshotError
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import ClusterOrigin
from mtlsaudit.model.packed import pack
from mtlsaudit.model.resource import opened
from mtlsaudit.model.world import World
from mtlsaudit.sources.harvest import Body, Harvest, Wanted
from mtlsaudit.sources.redact import WITHHELD, may_hold_private_key, without_private_keys

_FORMAT, _VERSION = "mtlsaudit-snapshot", 1
_INDEX = "snapshot.json"
_MOST_BYTES = 4 << 30
"""Unpacked; a cluster of 100,000 Secrets comes to about a tenth of this."""

_Json = Mapping[str, Any]


def write_snapshot(harvest: Harvest, taken: datetime, tool: str, to: IO[bytes]) -> None:
    """Everything that a scan would use of a cluster's harvest. `tool` is the version of the program."""
    members = {name: b"".join(lines) for name, lines in sorted(_lines(harvest).items())}
    index = _encode(
        {
            "format": _FORMAT,
            "version": _VERSION,
            "tool": tool,
            "cluster": harvest.source,
            "taken": taken.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "documents": harvest.documents,
            "resources": dict(sorted(harvest.resources.items())),
            "gaps": sorted(list(gap) for gap in harvest.gaps),
            "notes": harvest.notes,
            **_world_rows(harvest.world or World(closed=True)),
            "members": {name: hashlib.sha256(data).hexdigest() for name, data in members.items()},
        }
    )
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=to, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for name, data in ((_INDEX, index), *members.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            tar.addfile(entry, io.BytesIO(data))


def read_snapshot(path: str, wanted: Wanted) -> tuple[Harvest, str]:
    """The harvest that was written, of the kinds that are wanted, and when it was taken. Raises SnapshotError."""
    try:
        with open(path, "rb") as file, tarfile.open(fileobj=file, mode="r|gz") as tar:
            return _read(tar, path, wanted)
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise SnapshotError(f"{path}: not a snapshot, or cut short: {error}") from None


def _lines(harvest: Harvest) -> dict[str, list[bytes]]:
    found: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for content, origin in harvest.bodies:
        if not isinstance(origin, ClusterOrigin):
            raise TypeError("only a cluster's harvest can be written")
        body = opened(content)
        group = str(body["apiVersion"]).rpartition("/")[0] or "core"
        row = {"resource": origin.resource, "resource_version": origin.resource_version, "body": body}
        found[f"{group}/{body['kind']}.jsonl"].append((origin.resource, _encode(row)))
    return {name: [line for _, line in sorted(rows)] for name, rows in found.items()}


def _world_rows(world: World) -> _Json:
    hidden = [[*kind, place, _row(gap)] for kind, places in world.hidden.items() for place, gap in places.items()]
    named = [[*key, _row(gap)] for key, gap in world.named.items()]
    return {"hidden": sorted(hidden, key=repr), "named": sorted(named, key=repr)}


def _row(gap: Gap | None) -> list[str] | None:
    return None if gap is None else [gap.kind, gap.subject, gap.reason]


def _read(tar: tarfile.TarFile, path: str, wanted: Wanted) -> tuple[Harvest, str]:
    members = _members(tar, path)
    name, data = next(members, ("", b""))
    index = _decode(data, path) if name == _INDEX else {}
    if index.get("format") != _FORMAT:
        raise SnapshotError(f"{path}: not a snapshot of mtlsaudit")
    if index.get("version") != _VERSION:
        raise SnapshotError(f"{path}: a snapshot of version {index.get('version')}, this program reads {_VERSION}")
    try:
        harvest = _harvest(index)
        expected = dict(index["members"])
        for name, data in members:
            if expected.pop(name, None) != hashlib.sha256(data).hexdigest():
                raise SnapshotError(f"{path}: {name} is not what was written")
            harvest.bodies += _bodies(data, index["cluster"], path, wanted)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SnapshotError(f"{path}: a broken snapshot: {type(error).__name__}: {error}") from None
    if expected:
        raise SnapshotError(f"{path}: cut short: {', '.join(sorted(expected))} is missing")
    return harvest, str(index["taken"])


def _members(tar: tarfile.TarFile, path: str) -> Iterator[tuple[str, bytes]]:
    left = _MOST_BYTES
    for entry in tar:
        left -= entry.size
        if left < 0:
            raise SnapshotError(f"{path}: more than {_MOST_BYTES >> 30} GiB unpacked")
        file = tar.extractfile(entry) if entry.isreg() else None
        if file is None:
            raise SnapshotError(f"{path}: {entry.name} is no regular file")
        yield entry.name, file.read()


def _harvest(index: _Json) -> Harvest:
    hidden: dict[tuple[str, str], dict[str, Gap | None]] = defaultdict(dict)
    for group, kind, place, gap in index["hidden"]:
        hidden[group, kind][place] = _gap(gap)
    named = {(group, kind, key): _gap(gap) for group, kind, key, gap in index["named"]}
    harvest = Harvest(source=str(index["cluster"]), world=World(True, dict(hidden), named))
    harvest.documents = int(index["documents"])
    harvest.resources.update({str(k): int(v) for k, v in index["resources"].items()})
    harvest.gaps += [Gap(*row) for row in index["gaps"]]
    harvest.notes += [str(note) for note in index["notes"]]
    return harvest


def _gap(row: Any) -> Gap | None:
    if row is None:
        return None
    kind, subject, reason = map(str, row)
    return Gap(kind, subject, reason)


def _bodies(data: bytes, cluster: str, path: str, wanted: Wanted) -> Iterator[Body]:
    rows = list(_rows(data, cluster, path, wanted))
    return (Body(packed, origin) for packed, (_, origin) in zip(pack(text for text, _ in rows), rows, strict=True))


def _rows(data: bytes, cluster: str, path: str, wanted: Wanted) -> Iterator[tuple[bytes, ClusterOrigin]]:
    for line in data.splitlines():
        row = _decode(line, path)
        body = row["body"]
        group = str(body["apiVersion"]).rpartition("/")[0]
        if not wanted(group, body["kind"]):
            continue
        if body["kind"] == "Secret" and WITHHELD not in body:
            raise SnapshotError(f"{path}: {row['resource']} is not as this program writes Secrets")
        if may_hold_private_key(line):
            body = without_private_keys(body)
        yield _encode(body), ClusterOrigin(str(cluster), str(row["resource"]), str(row["resource_version"]))


def _encode(value: object) -> bytes:
    import msgspec

    return msgspec.json.encode(value, order="sorted") + b"\n"


def _decode(data: bytes, path: str) -> _Json:
    import msgspec

    try:
        found = msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        raise SnapshotError(f"{path}: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise SnapshotError(f"{path}: a line that is no object")
    return found
