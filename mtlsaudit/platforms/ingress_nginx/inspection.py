"""The deep inspection of an Ingress: text in a host, a path or a Secret's name for which the controller does not store it.

Observed of `inspector.CheckRegex` (July 2024, on by default: --deep-inspect); it looks at rules and tls, not at annotations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mtlsaudit.model.origin import FieldPath
from mtlsaudit.platforms.core.ingresses import Ingress

_BAD = re.compile(
    r"(alias|root)[\s\S]*;|/etc/(passwd|shadow|group|nginx|ingress-controller)|/var/run/secrets|_by_lua",
)


def suspicious(ingress: Ingress) -> tuple[str, FieldPath] | None:
    """The first value that is not let in, and where it stands; None where there is none."""
    return next(((value, path) for value, path in _values(ingress) if _BAD.search(value)), None)


def _values(ingress: Ingress) -> Iterator[tuple[str, FieldPath]]:
    for rule in ingress.rules:
        yield rule.host, (*rule.field, "host")
        for path in rule.paths or ():
            yield path.path, (*path.field, "path")
    for tls in ingress.tls:
        yield tls.secret, (*tls.field, "secretName")
        for number, host in enumerate(tls.hosts):
            yield host, (*tls.field, "hosts", number)
