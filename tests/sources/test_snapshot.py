"""A snapshot gives back what was read, and takes nothing on trust."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mtlsaudit.errors import SnapshotError
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import ClusterOrigin
from mtlsaudit.model.resource import opened
from mtlsaudit.model.world import EVERYWHERE, World
from mtlsaudit.platforms import wanted
from mtlsaudit.sources.harvest import Body, Harvest
from mtlsaudit.sources.redact import WITHHELD
from mtlsaudit.sources.snapshot import read_snapshot, write_snapshot
from tests.support.pki import key_windows, make

TAKEN = datetime(2026, 6, 1, tzinfo=UTC)
FORBIDDEN = Gap("forbidden", "pods", "may not be listed")


def _harvest() -> Harvest:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s", "namespace": "a"},
        "spec": {"type": "é"},
    }
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "t", "namespace": "a"},
        "data": {},
        WITHHELD: {},
    }
    bodies = [
        Body(service, ClusterOrigin("prod", "/api/v1/namespaces/a/services/s", "7")),
        Body(secret, ClusterOrigin("prod", "/api/v1/namespaces/a/secrets/t", "8")),
    ]
    hidden: dict[tuple[str, str], dict[str, Gap | None]] = {("", "Pod"): {EVERYWHERE: FORBIDDEN, "a": None}}
    harvest = Harvest(bodies=bodies, source="prod", world=World(True, hidden, {("", "Secret", "a/x"): None}))
    harvest.documents = 2
    harvest.resources.update({"Service": 1, "Secret": 1})
    harvest.gaps.append(FORBIDDEN)
    harvest.notes.append("a note")
    return harvest


def _packed(harvest: Harvest) -> bytes:
    out = io.BytesIO()
    write_snapshot(harvest, TAKEN, "0.1.0", out)
    return out.getvalue()


def _members(packed: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
        return {m.name: tar.extractfile(m).read() for m in tar}  # type: ignore[union-attr]


def _repacked(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "a.tar.gz"
    file.write_bytes(_packed(_harvest()))
    read, taken = read_snapshot(str(file), wanted)
    assert taken == "2026-06-01T00:00:00Z"
    assert {b.origin: opened(b.value) for b in read.bodies} == {b.origin: b.value for b in _harvest().bodies}
    assert (read.world, read.gaps, read.notes, read.source) == (_harvest().world, [FORBIDDEN], ["a note"], "prod")
    assert (read.documents, read.resources) == (2, {"Service": 1, "Secret": 1})


def test_the_same_state_gives_the_same_bytes() -> None:
    first = _packed(_harvest())
    harvest = _harvest()
    harvest.bodies.reverse()
    assert _packed(harvest) == first
    assert first[4:8] == b"\0\0\0\0", "no time in the gzip header"


def _index(change: Callable[[dict[str, Any]], object]) -> bytes:
    members = _members(_packed(_harvest()))
    index = json.loads(members["snapshot.json"])
    change(index)
    return _repacked({**members, "snapshot.json": json.dumps(index).encode()})


def _with(**more: bytes) -> bytes:
    members = _members(_packed(_harvest()))
    return _repacked({**members, **{name.replace("__", "/") + ".jsonl": data for name, data in more.items()}})


def _linked() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        entry = tarfile.TarInfo("snapshot.json")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(entry)
    return out.getvalue()


BROKEN = [
    (b"no archive", "not a snapshot, or cut short"),
    (gzip.compress(b"no tar"), "not a snapshot, or cut short"),
    (_packed(_harvest())[:-40], "not a snapshot, or cut short"),
    (_repacked({"other": b"x"}), "not a snapshot of mtlsaudit"),
    (_repacked({"snapshot.json": b"{"}), "not JSON"),
    (_repacked({"snapshot.json": b"[]"}), "a line that is no object"),
    (_index(lambda i: i.update(version=2)), "a snapshot of version 2"),
    (_index(lambda i: i.pop("hidden")), "a broken snapshot: KeyError"),
    (_index(lambda i: i.update(hidden=[1])), "a broken snapshot: TypeError"),
    (_index(lambda i: i["members"].update(more="x")), "more is missing"),
    (_with(core__Service=b"{}"), "core/Service.jsonl is not what was written"),
    (_with(core__Pod=b"{}"), "core/Pod.jsonl is not what was written"),
    (_linked(), "snapshot.json is no regular file"),
]


@pytest.mark.parametrize(("data", "reason"), BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_snapshot_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    file = tmp_path / "a.tar.gz"
    file.write_bytes(data)
    with pytest.raises(SnapshotError, match=reason):
        read_snapshot(str(file), wanted)


def test_a_private_key_that_somebody_put_in_stays_out(tmp_path: Path) -> None:
    made = make("canary", number=5)
    harvest = _harvest()
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"k": made.key_pem}}
    harvest.bodies.append(Body(body, ClusterOrigin("prod", "/api/v1/namespaces/a/configmaps/c")))
    file = tmp_path / "a.tar.gz"
    file.write_bytes(_packed(harvest))
    read, _ = read_snapshot(str(file), wanted)
    assert not [w for w in key_windows(made) if w in repr(read.bodies)]


def test_a_secret_as_a_cluster_has_it_is_refused(tmp_path: Path) -> None:
    harvest = _harvest()
    raw = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "r"}, "data": {"password": "aHVudGVyMg=="}}
    harvest.bodies.append(Body(raw, ClusterOrigin("prod", "/api/v1/namespaces/a/secrets/r")))
    file = tmp_path / "a.tar.gz"
    file.write_bytes(_packed(harvest))
    with pytest.raises(SnapshotError, match="is not as this program writes Secrets"):
        read_snapshot(str(file), wanted)
