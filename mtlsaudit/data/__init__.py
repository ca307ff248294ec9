"""Facts about the world outside, with source and date, in YAML beside this file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from mtlsaudit.decode.reader import Reader
from mtlsaudit.decode.yamltree import parse


@cache
def facts(name: str) -> Reader:
    """The facts of `<name>.yaml`."""
    value = parse((Path(__file__).resolve().parent / f"{name}.yaml").read_text(encoding="utf-8"))
    assert isinstance(value, dict)
    return Reader(value, (), [])
