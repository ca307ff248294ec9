"""CEL expressions over a subject's facts. CEL is what Kubernetes itself uses for policies.

Each fact is declared to CEL under its dotted name with its type, so a name that does not exist or an operator that
does not fit is refused when the rule is loaded. A fact that is missing is simply not bound: CEL's own logic then makes
`false && missing` false and everything else that touches it undecided.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from functools import cache, partial

from cel_expr_python import cel

from mtlsaudit.engine.subject import Missing, Plain

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
    """A boolean expression. It does not remember: `engine.evaluate` does, by the facts that a rule reads.

    It is compiled when it is first needed: where there is no subject of its kind, that is never.
    """

    def __init__(self, kind: str, schema: Mapping[str, type], source: str) -> None:
        bare = _STRING.sub(lambda text: '""' if len(text[0]) == 2 else '"x"', source)
        self.names = tuple(sorted({name for of, name in _NAMES.findall(bare) if of == kind and name in schema}))
        self.reads = {name: _reading(kind, name, bare) for name in self.names}
        self._bound = tuple((name, f"{kind}.{name}") for name in self.names)
        self._always = source == "true"
        self._compile = partial(_compiled, kind, schema, source)
        self._compiled: cel.Expression | None = None

    def compile(self) -> cel.Expression:
        """Raises ValueError with CEL's reason when it does not compile or is no boolean."""
        if self._compiled is None:
            self._compiled = self._compile()
        return self._compiled

    def holds(self, facts: Mapping[str, Plain | Missing]) -> bool | None:
        """True or false; None when a missing fact decides it. Raises ValueError where CEL fails on present facts."""
        if self._always:
            return True
        data: dict[str, object] = {}
        for name, bound in self._bound:
            fact = facts[name]
            if isinstance(fact, tuple):
                data[bound] = list(fact)
            elif not isinstance(fact, Missing):
                data[bound] = fact
        value = self.compile().eval(data=data).value()
        if isinstance(value, bool):
            return value
        if len(data) == len(self._bound):
            raise ValueError(str(value))
        return None


@cache
def _environment(kind: str, schema: tuple[tuple[str, type], ...]) -> cel.Env:
    return cel.NewEnv(variables={f"{kind}.{name}": _TYPES[of] for name, of in schema})


class Reading(Enum):
    """What of a fact an expression looks at."""

    ALL = "all"
    SIZE = "size"
    IS_EMPTY = "is empty"


def _reading(kind: str, name: str, bare: str) -> Reading:
    """SIZE where the name stands in `size()` alone, IS_EMPTY where it is compared with the empty text alone."""
    fact = rf"{kind}\.{name}(?!\w)"
    everywhere = len(re.findall(rf"(?<![\w.]){fact}", bare))
    if len(re.findall(rf"\bsize\({fact}\)", bare)) == everywhere:
        return Reading.SIZE
    compared = len(re.findall(rf'(?<![\w.+] ){fact} [!=]= ""(?! *[+.])', bare))
    return Reading.IS_EMPTY if compared == everywhere else Reading.ALL


def _compiled(kind: str, schema: Mapping[str, type], source: str) -> cel.Expression:
    try:
        compiled = _environment(kind, tuple(schema.items())).compile(source)
    except RuntimeError as error:
        reason = str(error).splitlines()[0].removeprefix("INVALID_ARGUMENT: ERROR: <input>:")
        raise ValueError(f"{source!r}: {reason}") from None
    if compiled.return_type() != cel.Type.BOOL:
        raise ValueError(f"{source!r} is not a boolean expression")
    return compiled
