"""Writes a corpus of N applications, the same bytes for the same N.

One file per application, `ns-XX/app-N.yaml`, `ns-XX/client-ca.yaml` in each namespace, and `cluster.yaml` for what the
cluster shares. With `one_file`, the same documents once more in one file beside the directory.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from bench import app as apps
from bench import templates
from bench.pki import Authority

HERE = Path(__file__).resolve().parent
_MARKER = ".corpus"


class ForeignDirectoryError(Exception):
    """The directory holds something that is not a corpus: it is not this program's to replace."""


def default_directory(count: int) -> Path:
    return HERE / "data" / f"apps-{count}"


def files(count: int) -> Iterator[tuple[str, str]]:
    """Each file's path inside the corpus and its text."""
    authority = Authority(apps.NOW)
    yield "cluster.yaml", templates.CLUSTER
    for number in range(apps.NAMESPACES):
        namespace = apps.namespace_name(number)
        yield f"{namespace}/client-ca.yaml", templates.CLIENT_CA.format(ns=namespace, ca=authority.certificate)
    for index in range(count):
        app = apps.make_app(index)
        yield f"{app.namespace}/{app.name}.yaml", apps.render(app, authority)


def generate(count: int, directory: Path | None = None, one_file: bool = False) -> Path:
    """Writes the corpus unless it is already there, and returns its directory."""
    target = directory or default_directory(count)
    stamp = f"{count} {_version()}\n"
    single = target.with_name(target.name + ".yaml")
    complete = _is_stamped(target, stamp) and (single.is_file() or not one_file)
    if complete:
        return target
    _clear(target)
    texts = []
    for path, text in files(count):
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        if one_file:
            texts.append(text)
    if one_file:
        single.write_text("---\n".join(texts), encoding="utf-8")
    # The stamp comes last: an interrupted run leaves a corpus that the next one makes anew.
    (target / _MARKER).write_text(stamp, encoding="utf-8")
    return target


def _version() -> str:
    """Changes with the generator, so that a corpus of an older one is not taken for this one's."""
    sources = b"".join((HERE / name).read_bytes() for name in ("app.py", "generate.py", "pki.py", "templates.py"))
    return hashlib.sha256(sources).hexdigest()[:16]


def _is_stamped(target: Path, stamp: str) -> bool:
    marker = target / _MARKER
    return marker.is_file() and marker.read_text(encoding="utf-8") == stamp


def _clear(target: Path) -> None:
    """Empties a directory that a generator of ours filled, and refuses any other that is not empty."""
    if target.exists():
        if any(target.iterdir()) and not (target / _MARKER).is_file():
            raise ForeignDirectoryError(f"{target.name} is not empty and not a corpus: choose another directory")
        shutil.rmtree(target)
    target.mkdir(parents=True)
    (target / _MARKER).write_text("unfinished\n", encoding="utf-8")
