"""What a report calls a file, so that no report tells where on a machine it was made."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePath

STDIN = "<stdin>"


def relative_path(file: str, sources: Sequence[str], base: Path) -> PurePath:
    """The file below `base`; never absolute, never with `..`.

    A file outside `base` is named from the scanned directory on, or by its own name where it is in none.
    """
    path = _absolute(file, base)
    for root in (base, *(_absolute(source, base).parent for source in sources if source != "-")):
        if path != root and path.is_relative_to(root):
            return path.relative_to(root)
    return PurePath(path.name)


def _absolute(file: str, base: Path) -> Path:
    # Links are not followed: what a repository calls the file is what its readers look for.
    return Path(os.path.normpath(base / file))
