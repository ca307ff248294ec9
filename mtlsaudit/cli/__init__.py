"""The command line: click only. Options become a request, a report becomes files and an exit code.

Exit codes, the same in every format: 0 nothing at or above --fail-on; 1 findings; 2 usage or configuration;
3 nothing could be audited; 4 audited but incomplete, with --strict; 5 an internal error.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

import click

from mtlsaudit import __version__
from mtlsaudit.errors import MtlsauditError, NothingToAudit


class _Commands(click.Group):
    """Subcommands are imported when called, so that `--help` and `--version` stay quick."""

    _NAMES = ("scan", "certs", "rules", "explain", "whatif", "snapshot", "rbac")

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self._NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in self._NAMES:
            return None
        from importlib import import_module

        command: click.Command = import_module(f"mtlsaudit.cli.{cmd_name}").command
        return command


@click.command(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "MTLSAUDIT"}
)
@click.version_option(__version__, message="mtlsaudit %(version)s")
def commands() -> None:
    """Audit mutual TLS in Kubernetes, and prove every sentence."""


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code; never a traceback, unless MTLSAUDIT_DEBUG is set."""
    gc.disable()  # the objects of a scan live until its end; collecting them over and over would take most of the time
    try:
        result = commands.main(list(arguments), prog_name="mtlsaudit", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except click.Abort:
        sys.stderr.write("mtlsaudit: interrupted\n")
        return 130
    except click.ClickException as error:
        error.show()
        return 2
    except NothingToAudit as error:
        _complain(str(error))
        return 3
    except MtlsauditError as error:
        _complain(str(error))
        return 2
    except Exception as error:
        if os.environ.get("MTLSAUDIT_DEBUG"):
            raise
        sys.stderr.write(
            f"mtlsaudit: internal error: {type(error).__name__}: {error}\nPlease report it; MTLSAUDIT_DEBUG=1 shows where.\n"
        )
        return 5
    return result if isinstance(result, int) else 0


def _complain(words: str) -> None:
    from mtlsaudit.output.shown import shown

    sys.stderr.write(f"mtlsaudit: {shown(words)}\n")
