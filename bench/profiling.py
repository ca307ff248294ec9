"""Where a scan spends its time: cProfile over one scan in this process."""

from __future__ import annotations

import cProfile
import io
import os
import pstats
import sys

from bench.generate import generate
from bench.measure import BYTECODE, ROOT, run
from bench.tools import NOW


def profile(count: int, top: int = 25) -> str:
    """The `top` functions by own time. cProfile slows calls down: good for shares, not for seconds."""
    # Without bytecode the compiler would head the list, and users have the bytecode that pip made.
    sys.dont_write_bytecode, sys.pycache_prefix = False, str(BYTECODE)
    corpus = generate(count)
    arguments = [
        "scan",
        os.path.relpath(corpus, ROOT),
        "--now",
        NOW,
        "--fail-on",
        "never",
        "-f",
        "json",
        "-o",
        os.devnull,
    ]
    os.chdir(ROOT)
    run([str(ROOT / ".venv/bin/mtlsaudit"), *arguments], frozenset({0}), 600.0)
    sys.argv = ["mtlsaudit", *arguments]
    # The imports of the command are part of what a user waits for, so they happen inside the profile.
    profiler = cProfile.Profile()
    profiler.enable()
    code: object = 0
    try:
        from mtlsaudit.__main__ import main

        main()
    except SystemExit as end:
        code = end.code
    finally:
        profiler.disable()
    out = io.StringIO()
    pstats.Stats(profiler, stream=out).strip_dirs().sort_stats("tottime").print_stats(top)
    return f"exit {code or 0}\n{out.getvalue().strip()}\n"
