"""Writing to stdout, where the reader may stop reading."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from io import TextIOWrapper

import click

UNWRITABLE = "backslashreplace"
"""What becomes of a name of a file that is no UTF-8, or of what a terminal has no letter for: an escape, as in JSON."""

CLOSED_PIPE = 141
"""What a shell reports for a program that was ended by SIGPIPE."""


def emit(text: str | Iterable[str]) -> None:
    """Write text, or its pieces, to stdout; a closed pipe ends the command quietly with its own exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors=UNWRITABLE)
    try:
        sys.stdout.writelines((text,) if isinstance(text, str) else text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise click.exceptions.Exit(CLOSED_PIPE) from None
