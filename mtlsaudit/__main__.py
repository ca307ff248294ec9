"""The `mtlsaudit` command."""

from __future__ import annotations

import contextlib
import os
import sys


def main() -> None:
    """Run the command line. `--version` alone answers without importing anything else."""
    if sys.argv[1:] == ["--version"]:
        from mtlsaudit import __version__

        sys.stdout.write(f"mtlsaudit {__version__}\n")
        return
    from mtlsaudit.cli import run

    code = run(sys.argv[1:])
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # everything is written: taking a million objects apart one by one would only cost time


if __name__ == "__main__":
    main()
