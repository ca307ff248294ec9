"""The kinds of subjects that rules are written for: their facts by name and type, and how they come from the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mtlsaudit.engine.subject import Subject
from mtlsaudit.engine.subjects import (
    backends,
    bundles,
    callbacks,
    certificates,
    chains,
    controllers,
    credentials,
    declarations,
    files,
    hidden,
    hops,
    ingresses,
    issuers,
    keys,
    objects,
    past,
    releases,
    shims,
)
from mtlsaudit.engine.subjects.view import View

SCHEMAS: Mapping[str, Mapping[str, type]] = {
    "hop": hops.SCHEMA,
    "ingress": ingresses.SCHEMA,
    "certificate": certificates.SCHEMA,
    "file": files.SCHEMA,
    "key": keys.SCHEMA,
    "past": past.SCHEMA,
    "issuer": issuers.SCHEMA,
    "controller": controllers.SCHEMA,
    "backend": backends.SCHEMA,
    "object": objects.SCHEMA,
    "secret": objects.SECRET_SCHEMA,
    "release": releases.SCHEMA,
    "shim": shims.SCHEMA,
    "link": chains.SCHEMA,
    "bundle": bundles.SCHEMA,
    "credential": credentials.SCHEMA,
    "callback": callbacks.SCHEMA,
    "declaration": declarations.SCHEMA,
}

_BUILDERS: Mapping[str, Callable[[View], Iterator[Subject]]] = {
    "hop": hops.subjects,
    "ingress": ingresses.subjects,
    "certificate": certificates.subjects,
    "file": files.subjects,
    "key": keys.subjects,
    "past": past.subjects,
    "issuer": issuers.subjects,
    "controller": controllers.subjects,
    "backend": backends.subjects,
    "object": objects.subjects,
    "secret": objects.secret_subjects,
    "release": releases.subjects,
    "shim": shims.subjects,
    "link": chains.subjects,
    "bundle": bundles.subjects,
    "credential": credentials.subjects,
    "callback": callbacks.subjects,
    "declaration": declarations.subjects,
}


EARLY = frozenset({"hop", "file", "controller", "backend", "object", "secret", "release", "shim", "declaration"})
"""Kinds whose facts rest on neither `View.trust` nor `View.certificates`: they can be judged while those are worked out."""


def subjects_of(view: View, kind: str) -> Iterator[Subject]:
    """Every subject of a kind, made when it is asked for: a large estate has hundreds of thousands."""
    return hidden.lowered(kind, _BUILDERS[kind](view), view.graph.estate.world)


__all__ = ["EARLY", "SCHEMAS", "View", "subjects_of"]
