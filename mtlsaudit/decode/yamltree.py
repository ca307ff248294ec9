"""One YAML document as plain Python values, read as Kubernetes reads it.

Kubernetes parses YAML with a port of libyaml and YAML 1.1 scalars (sigs.k8s.io/yaml): a bare `on` or `y` is a
boolean. So the parser is libyaml here too (`composed`), but for documents of the usual shape (`plain`), and `scalars`
follows the same table. libyaml is imported for the first document that needs it.
"""

from __future__ import annotations

from mtlsaudit.decode.error import MAX_DEPTH, YamlError
from mtlsaudit.decode.plain import Shape, read
from mtlsaudit.decode.scalars import Value

__all__ = ["MAX_DEPTH", "Value", "YamlError", "parse"]


def parse(text: str, shapes: list[Shape] | None = None) -> Value:
    """The document as Python values, and in `shapes` the lines of one that is read here (see `plain`).

    Raises YamlError for bad YAML, duplicate keys, alias bombs and templates.
    """
    if (value := read(text, shapes)) is not None:
        return value
    from mtlsaudit.decode.composed import read_composed

    return read_composed(text)
