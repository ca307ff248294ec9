"""What is read line by line is what libyaml reads, value for value and place for place."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from mtlsaudit.decode import plain, positions
from mtlsaudit.decode.documents import cut
from mtlsaudit.decode.plain import read
from mtlsaudit.decode.positions import Locator
from mtlsaudit.decode.yamltree import Value, YamlError, parse
from mtlsaudit.model.origin import FieldPath

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    piece.text
    for folder in ("examples", "rules", "deploy", "tests/conformance")
    for file in sorted((ROOT / folder).rglob("*.yaml"))
    for piece in cut(file.read_text())
]
KEYS = ("a", "kind", "b-c", "d.e/f", "_g", "y", "on", "No", "null", "h1", "true", "A", "1a", "k" * 300)
VALUES = """
    "" x on off y n yes no True null ~ 0 -1 +1 0x1F 0644 0o17 0b11 1_000 1.50 .5 5. 1e3 .inf -.inf .nan 12e03 1.2.3 - -- -x ? : a:b
    :x a: http://x/y {} [] {} {a:1} [a] &a *a !a !!str | > % @ ` ' " 'x' "x" 'y' "on" '' "" 'it''s' "a\\n" "a"b 'a'b x"y x'y # x#y
    $(X) (x) ^x ;x ~x \\x <x =x _x /x .x ..x ... --- é "é" \t - - 9223372036854775808 18446744073709551616 123456789012345678901
    2026-11-28 12:30:45 1:2 0:0 {{x}} x{{y}} x,y x]y x}y x&y x*y x!y x|y x>y x%y x@y
""".split(" ")
ENDS = ("", "", "", "", "", " ", "  ", " # c", ": z", " b", "\r", " 'x'", " - x")


def _by_libyaml(text: str, monkeypatch: pytest.MonkeyPatch) -> Value | YamlError:
    with monkeypatch.context() as patched:
        patched.setattr("mtlsaudit.decode.yamltree.read", lambda *_: None)
        try:
            return parse(text)
        except YamlError as error:
            return error


def _typed(value: Value) -> object:
    """1, 1.0 and True are different values here."""
    if isinstance(value, dict):
        return [(key, _typed(item)) for key, item in value.items()]
    return [_typed(item) for item in value] if isinstance(value, list) else (type(value), value)


def _paths(value: Value, above: FieldPath = ()) -> Iterator[FieldPath]:
    """Every field, and beside each one that is not there."""
    yield above
    yield (*above, "missing")
    yield (*above, 99)
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _paths(item, (*above, key))


def _agrees(text: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Is the document read here? Then libyaml must say the same of it."""
    mine = read(text)
    if mine is None:
        return False
    theirs = _by_libyaml(text, monkeypatch)
    assert not isinstance(theirs, YamlError), (text, str(theirs))
    assert _typed(theirs) == _typed(mine), text
    ours = Locator(text, 3)
    with monkeypatch.context() as patched:
        patched.setattr(positions, "read", lambda *_: None)
        composed = Locator(text, 3)
    for path in _paths(mine):
        assert ours.position(path) == composed.position(path), (text, path)
    return True


def _line(chance: random.Random) -> str:
    """Odd in one place of eight, so that most documents of a few lines are read."""

    def odd(usual: tuple[str, ...], others: tuple[str, ...] | list[str]) -> str:
        return chance.choice(others if chance.random() < 0.12 else usual)

    if chance.random() < 0.06:
        return chance.choice(("", "# c", "  # c", "   "))
    dash = odd(("", "", "", "- "), ("-   ", "- - ", "-"))
    key = "" if dash and chance.random() < 0.5 else odd(tuple("abcdefgh"), [*KEYS, ""]) + ":"
    value = "" if key and chance.random() < 0.4 else odd(("x", "y1"), VALUES)
    return (
        odd(("", "", "  ", "    "), (" ", "      ")) + dash + key + " " * bool(key and value) + value + odd(("",), ENDS)
    )


def _mutated(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(lines))
        old = lines[at]
        lines[at : at + 1] = chance.choice(
            (
                [],
                [old, old],
                [f" {old}"],
                [f"  {old}"],
                [old.replace("  ", "", 1)],
                [old.replace("- ", "  ", 1)],
                [f"- {old}"],
                [old, _line(chance)],
                [old.partition(":")[0] + ": " + chance.choice(VALUES)],
                [old + chance.choice(ENDS)],
                [old[: chance.randint(0, len(old))]],
            )
        )
    return "\n".join(lines)


def test_the_documents_of_this_project(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = sum(_agrees(text, monkeypatch) for text in DOCUMENTS)
    assert taken > len(DOCUMENTS) / 2


@pytest.mark.parametrize("seed", range(4))
def test_documents_that_were_damaged(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    taken = sum(_agrees(_mutated(chance.choice(DOCUMENTS), chance), monkeypatch) for _ in range(1500))
    assert taken > 200


@pytest.mark.parametrize("seed", range(4))
def test_documents_of_random_lines(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    texts = ("\n".join(_line(chance) for _ in range(chance.randint(1, 7))) + "\n" for _ in range(15000))
    assert sum(_agrees(text, monkeypatch) for text in texts) > 500


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("line", ["a: {}", "a:\n  - {}", "a:\n- b: {}\n", "a:\n  b: {}\n  c: d"])
def test_each_odd_value(line: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for end in ("", "\n", "\n\n# c\n", "\nz: 1\n"):
        _agrees(line.format(value) + end, monkeypatch)


def test_deep_and_long_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "".join(f"{' ' * n}a:\n" for n in range(90))
    assert _agrees(deep, monkeypatch)
    assert read("".join(f"{' ' * n}a:\n" for n in range(250))) is None
    assert _agrees(f"a: {'x' * 70000}\nb:\n- {'y' * 70000}\n- c: '{'z' * 2000}'\n", monkeypatch)


def test_what_is_remembered_of_lines_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long lines are not kept, but what stands before their values is; a hostile file has a million of those."""
    monkeypatch.setattr(plain, "_MOST_KEPT", 100)
    plain.forget()
    assert _agrees("".join(f"key{n}: {'x' * (100 + n % 7)}\n" for n in range(1000)), monkeypatch)
    assert max(map(len, (plain._known, plain._heads, plain._shapes))) <= 100
    plain.forget()
    assert not plain._known
