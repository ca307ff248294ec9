"""The HTML report: one file that asks nothing of any network, works without JavaScript, and prints."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mtlsaudit.model.report import Report
from mtlsaudit.output.html_view import page_of
from mtlsaudit.output.shown import shown
from mtlsaudit.resources import templates_directory


def render(report: Report) -> str:
    """One HTML document. The same report gives the same text, and everything that comes from the input is escaped."""
    environment = _environment()
    script, style = _text("_script.js"), _text("_style.css")
    page = environment.get_template("report.html.j2").render(
        page=page_of(report),
        # These two are files of this program, not input; the policy lets no other script run than this one.
        script=script,
        style=style,
        policy=_content_policy(script),
        version=report.tool_version,
        digest=report.scan.rules_digest,
    )
    return page.rstrip() + "\n"


def _content_policy(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _text(name: str) -> str:
    return (templates_directory() / name).read_text(encoding="utf-8")


def _safe(value: object) -> object:
    return shown(value) if value.__class__ is str else value  # Markup is our own


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(templates_directory()),
        autoescape=True,
        finalize=_safe,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
