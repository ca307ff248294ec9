"""What a rule looks at of a fact decides which subjects it takes for equal."""

from __future__ import annotations

import random

import pytest

from mtlsaudit.engine.columns import Columns
from mtlsaudit.engine.expression import Expression, Reading
from mtlsaudit.engine.load import Compiled
from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects import SCHEMAS
from mtlsaudit.model.fact import Gap
from tests.support.scanning import own_rules

SCHEMA = {"name": str, "other": str, "hosts": list, "count": int}
GONE = Missing((Gap("hidden", "x", "not read"),))


@pytest.mark.parametrize(
    ("source", "reading"),
    [
        ("size(hop.hosts) > 1", Reading.SIZE),
        ("size(hop.hosts) == 0 || size(hop.hosts) > 4", Reading.SIZE),
        ("size(hop.hosts) > 0 && 'a' in hop.hosts", Reading.ALL),
        ("hop.hosts == ['a']", Reading.ALL),
        ("!hop.hosts.exists(h, size(h) > 3)", Reading.ALL),
        ("size(hop.hosts + ['a']) > 1", Reading.ALL),
    ],
)
def test_of_a_list(source: str, reading: Reading) -> None:
    assert Expression("hop", SCHEMA, source).reads["hosts"] is reading


@pytest.mark.parametrize(
    ("source", "reading"),
    [
        ('hop.name != ""', Reading.IS_EMPTY),
        ("hop.name == '' && hop.count > 1", Reading.IS_EMPTY),
        ('(hop.name == "" || hop.other == "x")', Reading.IS_EMPTY),
        ('hop.name == "x"', Reading.ALL),
        ('hop.name == "" || hop.name == "x"', Reading.ALL),
        ('hop.name == "" + hop.other', Reading.ALL),
        ('hop.name==""', Reading.ALL),
        ('hop.name in ["", "x"]', Reading.ALL),
        ('hop.other + hop.name != "xy"', Reading.ALL),
        ("hop.name.startsWith('x')", Reading.ALL),
        ("size(hop.name) > 3", Reading.SIZE),
    ],
)
def test_of_a_text(source: str, reading: Reading) -> None:
    assert Expression("hop", SCHEMA, source).reads["name"] is reading


def _keys(fact: str, of: Reading, *values: Plain | Missing) -> list[object]:
    columns = Columns([Subject("hop", str(n), {fact: value}, dict) for n, value in enumerate(values)])
    return list(columns.keys({fact: of}))


def test_subjects_are_equal_by_what_is_read() -> None:
    assert _keys("hosts", Reading.SIZE, ("a",), ("b",), (), GONE) == [1, 1, 0, GONE]
    assert _keys("name", Reading.IS_EMPTY, "a", "b", "", GONE) == [False, False, True, GONE]
    assert len(set(_keys("name", Reading.ALL, "a", "b", "", GONE))) == 4


def test_one_column_serves_one_reading() -> None:
    columns = Columns([Subject("hop", str(n), {"name": value}, dict) for n, value in enumerate(("a", "b"))])
    assert list(columns.keys({"name": Reading.IS_EMPTY})) == [(), ()]
    assert list(columns.keys({"name": Reading.ALL})) == ["a", "b"]


def _some(of: type, chance: random.Random) -> Plain:
    words = [chance.choice(("", "a", "b", "ca", "yes")) for _ in range(chance.choice((0, 0, 1, 2)))]
    values: dict[type, Plain] = {
        str: chance.choice(("", "", "a", "b", "RSA")),
        bool: chance.random() < 0.5,
        int: chance.choice((0, 1, 2, 3000)),
        float: chance.choice((0.0, 30.0, 4000.0)),
        list: tuple(words),
    }
    return values[of]


def _otherwise(fact: Plain, of: Reading) -> Plain:
    """Another fact that reads the same."""
    if of is Reading.SIZE and isinstance(fact, str | tuple):
        return tuple(f"other{n}" for n in range(len(fact))) if isinstance(fact, tuple) else "o" * len(fact)
    return f"other {fact}" if of is Reading.IS_EMPTY and fact != "" else fact


@pytest.mark.parametrize("compiled", own_rules().compiled, ids=lambda c: c.rule.id)
def test_what_reads_the_same_holds_the_same(compiled: Compiled) -> None:
    chance = random.Random(compiled.rule.id)
    schema = SCHEMAS[compiled.rule.subject]
    for expression in filter(None, (compiled.applies, compiled.passes)):
        for _ in range(25):
            facts = {name: _some(schema[name], chance) for name in expression.names}
            others = {name: _otherwise(fact, expression.reads[name]) for name, fact in facts.items()}
            assert expression.holds(others) is expression.holds(facts), (facts, others)
