"""Regular expressions as Go (RE2) and nginx (PCRE) take them, decided with Python's `re`.

What RE2 lacks and Python has is refused here: look-around, back references, possessive and atomic groups.
"""

from __future__ import annotations

import re
from functools import lru_cache

_NOT_IN_RE2 = re.compile(r"\(\?(?:=|!|<=|<!|>|\()|\\[1-9]|\(\?P=|[*+?}]\+")
_GO_ONLY = ((re.compile(r"\\z"), r"\\Z"), (re.compile(r"\\[pP](?:\{[^}]*\}|[A-Z])"), "."), (re.compile(r"\\C"), "."))
_POSIX_CLASS = re.compile(r"\[:\^?[a-z]+:\]")


def _as_python(pattern: str) -> str:
    for go, python in _GO_ONLY:
        pattern = go.sub(python, pattern)
    return _POSIX_CLASS.sub("a-z", pattern)


@lru_cache(maxsize=1024)
def compiles_in_go(pattern: str) -> bool:
    """Would Go's regexp.Compile take the pattern?"""
    if _NOT_IN_RE2.search(pattern.replace("\\\\", "")):
        return False
    try:
        re.compile(_as_python(pattern))
    except re.error:
        return False
    return True


@lru_cache(maxsize=1024)
def matches_nothing(pattern: str) -> bool:
    """Does the pattern match an empty subject (nginx: `if ($ssl_client_s_dn !~ pattern)` without a certificate)?"""
    try:
        return re.search(_as_python(pattern), "") is not None
    except re.error:
        return False
