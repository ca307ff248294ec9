"""Manifests, and where they are asked for files of certificates, from files, directories and stdin."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from mtlsaudit.model.fact import Gap
from mtlsaudit.sources.certificate_files import HEAD, head_of_certificates, holds_certificates, read_certificates
from mtlsaudit.sources.cluster_info import gap_of, is_dump
from mtlsaudit.sources.harvest import Harvest, Wanted
from mtlsaudit.sources.parsing import text_of
from mtlsaudit.sources.render import Rendered, chart_or_kustomization, render

SUFFIXES = (".yaml", ".yml", ".json")
_READ_WHERE_PARSED = 1 << 18
"""Bytes. A larger file is read first, and its documents are divided between the processes."""

_SKIPPED_DIRECTORIES = frozenset({"node_modules", "__pycache__"})
_OWN_FILES = frozenset({"mtlsaudit.yaml", "mtlsaudit.yml"})


class _Found(NamedTuple):
    """A file of a folder, as shown; `data` is all of it where it is small and begins as a file of certificates."""

    path: str
    data: bytes | None = None


class Manifests:
    """Reads paths into a harvest. `skip` holds glob patterns, matched against the path as shown.

    With `certificates` also files of certificates are read, of any name; `password` opens those that need one.
    """

    def __init__(
        self,
        wanted: Wanted,
        skip: Sequence[str] = (),
        max_bytes: int = 64 << 20,
        use_tools: bool = True,
        *,
        certificates: bool = False,
        password: bytes | None = None,
    ) -> None:
        self._wanted = wanted
        self._skip = tuple(skip)
        self._max_bytes = max_bytes
        self._use_tools = use_tools
        self._certificates = certificates
        self._password = password
        self._seen_files: set[str] = set()
        self._seen_directories: set[str] = set()
        self._covered: set[str] = set()
        self._folders: dict[str, str] = {}
        self.harvest = Harvest()
        self.dump: Gap | None = None

    def read(self, *paths: str, meanwhile: Callable[[], object] | None = None) -> Harvest:
        """All that the paths hold: files, directories, or `-` for stdin. A missing path is a gap.

        `meanwhile` is done once, as soon as a second process parses.
        """
        for path in paths:
            self._read(path)
        self.harvest.parse(self._wanted, meanwhile)
        return self.harvest

    def _read(self, path: str) -> None:
        if path == "-":
            self._text(sys.stdin.buffer.read(self._max_bytes + 1), "<stdin>")
            return
        if os.path.isdir(path):
            self._directory(Path(path))
        elif os.path.exists(path):
            self._file(Path(path).as_posix())
        else:
            self._gap("missing-path", path, "no such file or directory")

    def _directory(self, top: Path) -> None:
        if is_dump(top):
            self.dump = gap_of(top)
            self.harvest.gaps.append(self.dump)
        for name in self._rendered_first(top):
            self._render(name)
        for path, data in self._walk(top):
            if self._covered and os.path.realpath(path) in self._covered:
                continue
            if data is None:
                self._file(path)
            elif self._is_new(path):
                self._take_certificates(data, path)

    def _walk(self, top: Path) -> Iterator[_Found]:
        real = os.path.realpath(top)
        if real in self._seen_directories:
            return
        self._seen_directories.add(real)
        try:
            entries = sorted(os.scandir(top), key=lambda e: e.name)
        except OSError as error:
            self._gap("unreadable", str(top), error.strerror or "cannot be listed")
            return
        folder = "" if top == Path() else f"{top.as_posix().rstrip('/')}/"
        for entry in entries:
            path = folder + entry.name
            if entry.name.startswith(".") or self._is_skipped(path):
                continue
            try:
                is_directory = entry.is_dir()
            except OSError as error:
                self._gap("unreadable", path, error.strerror or "cannot be read")
                continue
            if is_directory:
                if entry.name not in _SKIPPED_DIRECTORIES:
                    yield from self._walk(top / entry.name)
            elif entry.name.lower().endswith(SUFFIXES):
                if entry.name not in _OWN_FILES:
                    yield _Found(path)
            elif self._certificates:
                yield from self._of_certificates(path, entry)

    def _of_certificates(self, path: str, entry: os.DirEntry[str]) -> Iterator[_Found]:
        """The file, if it is one of certificates: what is read to see that need not be read again."""
        head = head_of_certificates(path, entry)
        if head is not None:
            yield _Found(path, head if len(head) < HEAD and len(head) <= self._max_bytes else None)

    def _is_skipped(self, path: str) -> bool:
        return any(fnmatch(path, pattern) or fnmatch(path, f"*/{pattern}") for pattern in self._skip)

    def _file(self, shown: str) -> None:
        try:
            size = os.stat(shown).st_size
            if size > self._max_bytes:
                limit = self._max_bytes >> 20
                self._gap("too-large", shown, f"{size >> 20} MiB, over the limit of {limit} MiB (--max-file-size)")
                return
            if size <= _READ_WHERE_PARSED and not self._certificates and shown.lower().endswith(SUFFIXES):
                self.harvest.add_file(shown, size)
                return
            data = Path(shown).read_bytes()
        except OSError as error:
            self._gap("unreadable", shown, error.strerror or "cannot be read")
            return
        if not self._certificates or self._is_new(shown):
            self._text(data, shown)

    def _is_new(self, path: str) -> bool:
        """Folders of certificates are full of links to the same file; each is read once."""
        real = self._real(path)
        new = real not in self._seen_files
        self._seen_files.add(real)
        return new

    def _real(self, path: str) -> str:
        """As realpath has it; a folder is resolved once for all the files in it."""
        if os.path.islink(path):
            return os.path.realpath(path)
        folder, name = os.path.split(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name)

    def _text(self, data: bytes, shown: str) -> None:
        if len(data) > self._max_bytes:
            self._gap("too-large", shown, f"over the limit of {self._max_bytes >> 20} MiB (--max-file-size)")
            return
        if not shown.lower().endswith(SUFFIXES) and holds_certificates(data[:HEAD]):
            self._take_certificates(data, shown)
            return
        text = text_of(data, shown)
        if isinstance(text, Gap):
            self.harvest.gaps.append(text)
            return
        if self._certificates and not shown.endswith((*SUFFIXES, "<stdin>")) and "apiVersion" not in text:
            self._gap("not-recognised", shown, "neither certificates nor a manifest")
            return
        self.harvest.add_text(text, shown)

    def _take_certificates(self, data: bytes, shown: str) -> None:
        if not self._certificates:
            self._gap("certificates", shown, "a file of certificates or keys: mtlsaudit certs reads it")
            return
        file = read_certificates(data, shown, self._password)
        self.harvest.add_certificates(file)
        if file.locked:
            self._gap("locked", shown, file.locked)

    def _rendered_first(self, top: Path) -> list[Path]:
        """Charts and kustomizations below `top` that no other one refers to."""
        return chart_or_kustomization(top)

    def _render(self, directory: Path) -> None:
        result = render(directory, self._use_tools)
        if isinstance(result, Gap):
            self.harvest.gaps.append(result)
            return
        self._take_rendered(result)

    def _take_rendered(self, result: Rendered) -> None:
        self._covered.update(result.replaces)
        self.harvest.add_text(result.text, result.file, result.tool)

    def _gap(self, kind: str, subject: str, reason: str) -> None:
        self.harvest.gaps.append(Gap(kind, subject, reason, subject if kind != "missing-path" else ""))
