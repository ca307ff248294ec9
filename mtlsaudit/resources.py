"""Where `rules/` and `reports/templates/` lie: in a wheel under `mtlsaudit/_data`, in a checkout beside the package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _directory(in_wheel: str, in_checkout: str) -> Path:
    bundled = _PACKAGE / "_data" / in_wheel
    return bundled if bundled.is_dir() else _PACKAGE.parent / in_checkout


def rules_directory() -> Path:
    """The rules that come with the program."""
    return _directory("rules", "rules")


def templates_directory() -> Path:
    """The templates of the HTML and Markdown reports."""
    return _directory("templates", "reports/templates")
