"""The facts of many subjects, name by name: most rules read facts in which the subjects of a file or a cluster are equal."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from mtlsaudit.engine.expression import Reading
from mtlsaudit.engine.subject import Missing, Plain, Subject


class Columns:
    """The facts of some subjects of one kind. A column is made when the first rule asks for it, and once for all rules."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._facts = [subject.facts for subject in subjects]
        self._varied: dict[tuple[str, Reading], list[Plain | Missing] | None] = {}

    def keys(self, reads: Mapping[str, Reading]) -> Sequence[Hashable]:
        """One for each subject: two have the same where all facts of these names are equal in what is read of them."""
        varied = [column for name, of in reads.items() if (column := self._column(name, of)) is not None]
        if not varied:
            return [()] * len(self._facts)
        return varied[0] if len(varied) == 1 else list(zip(*varied, strict=True))

    def _column(self, name: str, of: Reading) -> list[Plain | Missing] | None:
        """The facts of a name; None where they are all equal."""
        if (name, of) not in self._varied:
            column = [facts[name] for facts in self._facts]
            if of is Reading.SIZE:
                column = [len(fact) if isinstance(fact, str | tuple) else fact for fact in column]
            elif of is Reading.IS_EMPTY:
                column = [fact == "" if isinstance(fact, str) else fact for fact in column]
            self._varied[name, of] = None if column.count(column[0]) == len(column) else column
        return self._varied[name, of]
