"""The facts of many subjects, name by name: most rules read facts in which the subjects of a file or a cluster are equal."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from mtlsaudit.engine.subject import Missing, Plain, Subject


class Columns:
    """The facts of some subjects of one kind. A column is made when the first rule asks for it, and once for all rules."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._facts = [subject.facts for subject in subjects]
        self._varied: dict[str, list[Plain | Missing] | None] = {}

    def keys(self, names: Sequence[str]) -> Sequence[Hashable]:
        """One for each subject: two have the same where all facts of these names are equal."""
        varied = [column for name in names if (column := self._column(name)) is not None]
        if not varied:
            return [()] * len(self._facts)
        return varied[0] if len(varied) == 1 else list(zip(*varied, strict=True))

    def _column(self, name: str) -> list[Plain | Missing] | None:
        """The facts of a name; None where they are all equal."""
        if name not in self._varied:
            column = [facts[name] for facts in self._facts]
            self._varied[name] = None if column.count(column[0]) == len(column) else column
        return self._varied[name]
