"""`mtlsaudit certs`."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from mtlsaudit.cli.options import history_option, input_options
from mtlsaudit.cli.perform import run_scan
from mtlsaudit.cli.writing import exit_code, on_terminal, output_options, pairs, terminal_width, write
from mtlsaudit.errors import ConfigError
from mtlsaudit.model.report import Report
from mtlsaudit.output.inventory import FORMATS, pieces

FAMILIES = frozenset({"certificate", "rotation", "trust", "secrets"})
"""The rules that judge certificates, their keys, and who trusts them; those of hops belong to `scan`."""

_SPAN = re.compile(r"(\d{1,5})([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
_ORDERS = ("expiry", "renewal", "interval", "name", "subject", "issuer")


def _span(_: click.Context, option: click.Parameter, value: str | None) -> timedelta | None:
    if value is None:
        return None
    match = _SPAN.fullmatch(value.strip())
    if match is None:
        raise click.BadParameter("expected a span such as 30d, 12h or 6w", param=option)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


@click.command("certs")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@input_options
@output_options(list(FORMATS))
@history_option
@click.option("--sort", type=click.Choice(_ORDERS), help="Order of the list [default: as in the input].")
@click.option(
    "--expires-within",
    callback=_span,
    metavar="SPAN",
    help="List only what has expired or will in 30d, 12h, 6w …; what is judged stays the same.",
)
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False),
    help="Its first line opens the PKCS#12 files; without it the empty password is tried.",
)
def command(
    formats: tuple[str, ...],
    outputs: tuple[str, ...],
    fail_on: str,
    strict: bool,
    sort: str | None,
    expires_within: timedelta | None,
    password_file: str | None,
    **options: Any,
) -> int:
    """List certificates: when they end, what renews them, who uses them, and what is wrong with them.

    PATHs are manifests as for `scan`, and files of certificates of any name, told by what they hold: PEM, DER, PKCS#7,
    PKCS#12, JKS. Private keys are recognised and dropped.
    """
    targets = pairs(formats, outputs)
    report = run_scan(options, families=FAMILIES, certificate_files=True, password=_password(password_file))
    listed = _listed(report, sort, expires_within)
    for name, target in targets:
        _write(name, target, listed)
    return exit_code(report, fail_on, strict)


def _password(path: str | None) -> bytes | None:
    if path is None:
        return None
    try:
        return Path(path).read_bytes().partition(b"\n")[0].removesuffix(b"\r")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None


def _listed(report: Report, sort: str | None, within: timedelta | None) -> Report:
    from mtlsaudit.output.inventory.rows import expiring, ordered

    if within is not None:
        report = expiring(report, within)
    return ordered(report, sort) if sort else report


def _write(name: str, target: str, report: Report) -> None:
    if name == "table":
        from mtlsaudit.output.inventory.table import lines

        width = terminal_width(120) if target == "-" else 120
        write(lambda: lines(report, colour=on_terminal(target), width=width), target)
        return
    write(lambda: pieces(name, report), target)
