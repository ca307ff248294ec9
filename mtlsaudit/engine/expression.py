"""CEL expressions over a subject's facts. CEL is what Kubernetes itself uses for policies.

Each fact is declared to CEL under its dotted name with its type, so a name that does not exist or an operator that
does not fit is refused when the rule is loaded. A fact that is missing is simply not bound: CEL's own logic then makes
`false && missing` false and everything else that touches it undecided.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from cel_expr_python import cel

from mtlsaudit.engine.subject import Missing, Subject

_TYPES = {
    str: cel.Type.STRING,
    bool: cel.Type.BOOL,
    int: cel.Type.INT,
    float: cel.Type.DOUBLE,
    list: cel.Type.List(cel.Type.STRING),
}
_NAMES = re.compile(r"(?<![\w.\"'])([a-z_]+)\.([a-z_]+)(?![\w(])")
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")


class Expression:
    """A compiled boolean expression; results are remembered by the values of the facts that it reads."""

    def __init__(self, kind: str, names: tuple[str, ...], compiled: cel.Expression) -> None:
        self.names = names
        self._kind = kind
        self._compiled = compiled
        self._known: dict[tuple[object, ...], bool | None] = {}

    def holds(self, subject: Subject) -> bool | None:
        """True or false; None when a missing fact decides it. Raises ValueError where CEL fails on present facts."""
        facts = subject.facts
        key = tuple(_hashable(facts[name]) for name in self.names)
        if key in self._known:
            return self._known[key]
        data = {f"{self._kind}.{name}": facts[name] for name in self.names if not isinstance(facts[name], Missing)}
        value = self._compiled.eval(data=data).value()
        result = value if isinstance(value, bool) else None
        if result is None and len(data) == len(self.names):
            raise ValueError(str(value))
        self._known[key] = result
        return result


def _hashable(value: object) -> object:
    if isinstance(value, list):
        return tuple(value)
    return Missing if isinstance(value, Missing) else value


@cache
def _environment(kind: str, schema: tuple[tuple[str, type], ...]) -> cel.Env:
    return cel.NewEnv(variables={f"{kind}.{name}": _TYPES[of] for name, of in schema})


def compile_expression(kind: str, schema: Mapping[str, type], source: str) -> Expression:
    """Compile `source`; raises ValueError with CEL's reason when it does not compile or is no boolean."""
    try:
        compiled = _environment(kind, tuple(schema.items())).compile(source)
    except RuntimeError as error:
        reason = str(error).splitlines()[0].removeprefix("INVALID_ARGUMENT: ERROR: <input>:")
        raise ValueError(f"{source!r}: {reason}") from None
    if compiled.return_type() != cel.Type.BOOL:
        raise ValueError(f"{source!r} is not a boolean expression")
    bare = _STRING.sub('""', source)
    names = tuple(sorted({name for of, name in _NAMES.findall(bare) if of == kind and name in schema}))
    return Expression(kind, names, compiled)
