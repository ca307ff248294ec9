"""`python -m bench`: the comparison, or one of generate, startup and profile."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def _parser() -> argparse.ArgumentParser:
    from bench.tools import TOOLS

    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures mtlsaudit beside other tools.")
    parser.add_argument("--apps", type=int, action="append", metavar="N", help="size of a corpus, repeatable (1000)")
    parser.add_argument("--tools", default=",".join(TOOLS), help="comma-separated (%(default)s)")
    parser.add_argument("--repetitions", type=int, default=3, metavar="R", help="runs of each tool (%(default)s)")
    parser.add_argument("--limit", type=float, default=900.0, metavar="SECONDS", help="stop a run then (%(default)s)")
    parser.add_argument("--write", metavar="NAME", help="also keep the table as bench/results/NAME.md")
    commands = parser.add_subparsers(dest="command")
    make = commands.add_parser("generate", help="write a corpus")
    make.add_argument("count", type=int, metavar="N")
    make.add_argument("directory", type=Path, nargs="?", metavar="DIR", help="default: bench/data/apps-N")
    make.add_argument("--one-file", action="store_true", help="also write all of it to one file, DIR.yaml")
    start = commands.add_parser("startup", help="mtlsaudit --version beside the bare interpreter")
    start.add_argument("--times", type=int, default=30, metavar="N")
    shares = commands.add_parser("profile", help="the functions that a scan spends its time in")
    shares.add_argument("--count", type=int, default=1000, metavar="N", help="applications (%(default)s)")
    live = commands.add_parser("live", help="a large cluster on a real API server, beside raw GETs")
    live.add_argument("--apps", type=int, action="append", metavar="N", help="applications, repeatable (1000, 10000)")
    certificates = commands.add_parser("certificates", help="distinct certificates, chained and judged")
    certificates.add_argument("--count", type=int, default=50_000, metavar="N", help="leaves (%(default)s)")
    return parser


def _compare(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from bench.run import compare, report, write
    from bench.tools import TOOLS

    names = list(dict.fromkeys(filter(None, options.tools.split(","))))
    unknown = [name for name in names if name not in TOOLS]
    if unknown or not names:
        parser.error(f"--tools: choose from {', '.join(TOOLS)}")
    if options.repetitions < 1 or any(size < 1 for size in options.apps or ()):
        parser.error("--repetitions and --apps are at least 1")
    rows = compare(options.apps or [1000], names, options.repetitions, options.limit)
    text = report(rows)
    print(text)
    if options.write:
        write(options.write, text)
    return 1 if any(row.trouble for row in rows) else 0


def _generate(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from bench.generate import ForeignDirectoryError, generate

    try:
        target = generate(options.count, options.directory, options.one_file)
    except ForeignDirectoryError as error:
        parser.error(str(error))
    print(f"{options.count} applications in {target.name}")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command == "generate":
        return _generate(options, parser)
    if options.command == "startup":
        from bench.startup import startup

        print(startup(options.times))
        return 0
    if options.command == "profile":
        from bench.profiling import profile

        print(profile(options.count))
        return 0
    if options.command == "live":
        from bench.live import main as live

        return live(options.apps or [1000, 10_000])
    if options.command == "certificates":
        from bench.certificates import main as certificates

        return certificates(options)
    return _compare(options, parser)


if __name__ == "__main__":
    sys.exit(main())
