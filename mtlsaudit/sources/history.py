"""The file of `--history` (SQLite): what each scan saw, kept for the next one.

It holds identities, digests, dates, and which signatures were found good: public facts, no key and no Secret's value. Who
can write it can make a later scan believe them, so it belongs where the configuration does. Two scans at a time are safe:
each writes once, in one transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from mtlsaudit.errors import HistoryError
from mtlsaudit.model.history import History, Seen, Sighting

VERSION = 1
_APPLICATION = 0x6D746C73  # "mtls"
_PATIENCE_SECONDS = 30

_SCHEMA = """
CREATE TABLE issues (
  sources TEXT NOT NULL, identity TEXT NOT NULL, sha256 TEXT NOT NULL, spki_sha256 TEXT NOT NULL, not_before TEXT NOT NULL,
  not_after TEXT NOT NULL, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, PRIMARY KEY (sources, identity, sha256)
) WITHOUT ROWID;
CREATE TABLE scans (sources TEXT NOT NULL PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE present (sources TEXT NOT NULL, identity TEXT NOT NULL, PRIMARY KEY (sources, identity)) WITHOUT ROWID;
CREATE TABLE signatures (
  child TEXT NOT NULL, issuer TEXT NOT NULL, result TEXT NOT NULL, PRIMARY KEY (child, issuer)
) WITHOUT ROWID;
"""

_UPSERT = """
INSERT INTO issues VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (sources, identity, sha256) DO UPDATE SET
  first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)
"""

Link = tuple[str, str]


class HistoryFile:
    """One history. Opening makes the file where there is none, and raises HistoryError where it cannot be used."""

    def __init__(self, path: str) -> None:
        self._path = path
        with self._transaction() as database:
            _prepare(database, path)

    def read(self, sources: Sequence[str]) -> History:
        """What earlier scans of the same paths, from the same folder, saw: another estate has Secrets of the same names."""
        key = _sources(sources)
        found: dict[str, list[Sighting]] = {}
        with self._transaction() as database:
            for row in database.execute("SELECT * FROM issues WHERE sources = ? ORDER BY identity", (key,)):
                _, identity, sha256, spki, begin, end, first, latest = row
                sighting = Sighting(identity, _at(begin), _at(end), sha256, spki, _at(first), _at(latest))
                found.setdefault(identity, []).append(sighting)
            last = database.execute("SELECT at FROM scans WHERE sources = ?", (key,)).fetchone()
            before = [found[name][0].identity if name in found else name for name in _present(database, key)]
            at = _at(last[0]) if last else None
        sightings = {identity: tuple(sorted(of)) for identity, of in found.items()}
        return History(self._path, sightings, frozenset(before), at)

    def record(self, sources: Sequence[str], at: datetime, seen: Iterable[Seen]) -> None:
        """Add what this scan saw. An older scan that ends later does not replace what a newer one found present."""
        key, when = _sources(sources), _text(at)
        rows = [
            (key, s.identity, s.sha256, s.spki_sha256, _text(s.not_before), _text(s.not_after), when, when)
            for s in seen
        ]
        with self._transaction() as database:
            database.executemany(_UPSERT, rows)
            last = database.execute("SELECT at FROM scans WHERE sources = ?", (key,)).fetchone()
            if last is None or last[0] <= when:
                before, now = set(_present(database, key)), {row[1] for row in rows}
                gone, new = ([(key, n) for n in sorted(names)] for names in (before - now, now - before))
                database.executemany("DELETE FROM present WHERE sources = ? AND identity = ?", gone)
                database.executemany("INSERT INTO present VALUES (?, ?)", new)
                database.execute("INSERT OR REPLACE INTO scans VALUES (?, ?)", (key, when))

    def signatures(self) -> Mapping[Link, str]:
        """(certificate, issuer's key) by their digests → good or bad, as earlier scans verified them."""
        with self._transaction() as database:
            rows = database.execute(
                "SELECT child, issuer, result FROM signatures WHERE result IN ('good', 'bad')"
            ).fetchall()
        return {(child, issuer): result for child, issuer, result in rows}

    def keep_signatures(self, known: Mapping[Link, str]) -> None:
        """Add what this scan verified."""
        rows = [(child, issuer, result) for (child, issuer), result in sorted(known.items())]
        with self._transaction() as database:
            database.executemany("INSERT OR IGNORE INTO signatures VALUES (?, ?, ?)", rows)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction that nobody else writes in; it ends with the block, and nothing of it stays when that fails."""
        try:
            database = sqlite3.connect(self._path, timeout=_PATIENCE_SECONDS, isolation_level=None)
        except sqlite3.Error as error:
            raise HistoryError(f"{self._path}: cannot be opened as a history: {error}") from None
        try:
            database.execute("BEGIN IMMEDIATE")
            yield database
            database.execute("COMMIT")
        except (sqlite3.Error, ValueError) as error:
            raise HistoryError(f"{self._path}: cannot be used as a history: {error}") from None
        finally:
            database.close()


def _prepare(database: sqlite3.Connection, path: str) -> None:
    """A new file gets the schema; any other has to be ours, and not of a later version."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables and not application and not version:
        for statement in _SCHEMA.split(";"):
            database.execute(statement)
        database.execute(f"PRAGMA application_id = {_APPLICATION}")
        database.execute(f"PRAGMA user_version = {VERSION}")
        return
    if application != _APPLICATION:
        raise HistoryError(f"{path}: a database, but no history of mtlsaudit; name another file")
    if version != VERSION:
        raise HistoryError(f"{path}: a history of version {version}; this mtlsaudit knows version {VERSION}")


def _present(database: sqlite3.Connection, key: str) -> Iterator[str]:
    """The identities that the last scan of these sources saw."""
    return (name for (name,) in database.execute("SELECT identity FROM present WHERE sources = ?", (key,)))


def _sources(sources: Sequence[str]) -> str:
    """The paths as given, which names in reports begin with, and what they lead to; in any order."""
    return "\n".join(sorted(s if s == "-" else f"{s} = {Path(s).resolve().as_posix()}" for s in sources))


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


@lru_cache(maxsize=1 << 12)
def _at(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return at
