"""The `mtlsaudit` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. `--version` alone answers without importing anything else."""
    if sys.argv[1:] == ["--version"]:
        from mtlsaudit import __version__

        sys.stdout.write(f"mtlsaudit {__version__}\n")
        return
    from mtlsaudit.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
