"""YAML as Kubernetes reads it: the table of scalars (with kubectl as its oracle), and every input that must be refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mtlsaudit.decode.yamltree import MAX_DEPTH, YamlError, parse

ROOT = Path(__file__).resolve().parents[2]

SCALARS: list[tuple[str, Any]] = [
    *((word, True) for word in "y Y yes Yes YES on On ON true True TRUE".split()),
    *((word, False) for word in "n N no No NO off Off OFF false False FALSE".split()),
    *((word, word) for word in "oFF yEs tRUE nO oN nULL infinity nan NaN -inf v1 e1 . .. + -- <".split()),
    *((word, None) for word in ("~", "null", "Null", "NULL", "", "# a comment")),
    *((word, word) for word in "1:30 1:30:45 190:20:30 2024-01-01 2024-01-01T00:00:00Z 1.2.3 1,000 12abc".split()),
    *(
        (word, word)
        for word in "0b12 0o8 0x 0b 0o _1 ._1 0xg 1e 1e+ -.nan 0x1p-2 0b1.1 1#c = 1.2.3.4 10.0.0.0/8".split()
    ),
    ("0", 0),
    ("00", 0),
    ("-0", 0),
    ("+1", 1),
    ("-1", -1),
    ("0777", 511),
    ("-0777", -511),
    ("0o17", 15),
    ("-0o17", -15),
    ("1_000", 1000),
    ("1__0", 10),
    ("1_", 1),
    ("0_7", 7),
    ("0777_", 511),
    ("08_1", 81),
    ("0x1F", 31),
    ("+0x1F", 31),
    ("0x_1F", 31),
    ("0b11", 3),
    ("-0b11", -3),
    ("0b1_1", 3),
    ("08", 8),
    ("09", 9),
    ("018", 18),
    ("9223372036854775807", 9223372036854775807),
    ("-9223372036854775808", -9223372036854775808),
    ("0x7FFFFFFFFFFFFFFF", 9223372036854775807),
    ("1.5", 1.5),
    (".5", 0.5),
    ("-1.5", -1.5),
    ("+.5", 0.5),
    ("1.10", 1.1),
    ("00.5", 0.5),
    ("08.5", 8.5),
    ("1.5e-3", 0.0015),
    ("on # a comment", True),
    ("1 # a comment", 1),
    ("!!str 12", "12"),
    ("!!str on", "on"),
    ("!!str", ""),
    ("!!str ~", "~"),
    ('!!bool "on"', True),
    ("!!bool on", True),
    ("!!bool 'y'", True),
    ('!!int "12"', 12),
    ("!!int '0777'", 511),
    ("!!float '1.5'", 1.5),
    ("!!null ''", None),
    ("!!binary aGk=", "hi"),
    ("!!timestamp 2024-01-01", "2024-01-01"),
    ("!foo bar", "bar"),
    ("!foo on", "on"),
    ("'on'", "on"),
    ('"on"', "on"),
    ("'12'", "12"),
    ('"null"', "null"),
    ("''", ""),
    ('""', ""),
    ('"1\\u0031"', "11"),
    ("!!map {}", {}),
    ("!!seq []", []),
    ("!!set {a}", {"a": None}),
    ("!!omap [a: 1]", [{"a": 1}]),
]

RARE: list[tuple[str, Any, str]] = [
    *(
        (word, number, "an upper-case base prefix is a number too")
        for word, number in (("0X1F", 31), ("0O17", 15), ("0B11", 3))
    ),
    *(
        (word, number, "a float without a fraction is a whole number in the JSON that Kubernetes sees")
        for word, number in (("1.", 1), ("1e3", 1000), ("1E3", 1000), ("1e+3", 1000), (".5e1", 5), ("0.0", 0))
    ),
    *(
        (word, number, "underscores are dropped in floats and after a sign too")
        for word, number in (("1_000.5", 1000.5), ("0.1_0", 0.1), ("1_0e3", 10000), ("-_1", -1), ("+_1", 1))
    ),
    ("1e400", "1e400", "a float out of range is a string"),
    ("9" * 30, 1e30, "an integer over 64 bits is a float"),
    ("-" + "9" * 308, -1e308, "the longest integers that are floats"),
    ("9" * 400, "9" * 400, "an integer that no float holds is a string"),
    ("9" * 5000, "9" * 5000, "as is one that Python would not convert"),
    ("0" * 5000 + "17", 15, "leading zeros are octal, however many"),
    ("0x10000000000000000", "0x10000000000000000", "an integer with a prefix and over 64 bits is a string"),
    ("! on", "on", "the non-specific tag makes a string"),
    ("! 12", "12", "the non-specific tag makes a string"),
]

REFUSED_BY_KUBECTL = [
    *((word, "JSON has no infinity") for word in (".inf", "-.inf", "+.inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN")),
    *(
        (word, "a value that does not fit its tag")
        for word in ("!!null x", "!!bool x", "!!int x", "!!int 1.5", "!!bool 1", "!!float x", "!!int on", "!!bool ''")
    ),
    ("!!binary '***'", "bad base64"),
]


def _typed(value: Any) -> str:
    """A spelling that tells True from 1 and 1 from 1.0."""
    return json.dumps(value)


@pytest.mark.parametrize(("text", "value"), SCALARS, ids=[s for s, _ in SCALARS])
def test_a_scalar_reads_as_kubectl_reads_it(text: str, value: Any) -> None:
    found = parse(f"a: {text}\nb: 1\n")
    assert isinstance(found, dict)
    assert _typed(found["a"]) == _typed(value)
    listed = parse(f"- {text}\n- 1\n")
    assert _typed(listed) == _typed([value, 1])


def _known(text: str, value: Any, why: str) -> Any:
    """libyaml reports `! on` like a plain `on`; telling them apart would need a look at the text itself."""
    marks = [pytest.mark.xfail(strict=True, reason="libyaml hides the tag `!`")] if text.startswith("! ") else []
    return pytest.param(text, value, why, marks=marks)


@pytest.mark.parametrize(("text", "value", "why"), [_known(*one) for one in RARE], ids=[s[:40] for s, _, _ in RARE])
def test_a_rare_scalar_reads_as_kubectl_reads_it(text: str, value: Any, why: str) -> None:
    found = parse(f"a: {text}\n")
    assert isinstance(found, dict)
    assert _typed(found["a"]) == _typed(value), why


@pytest.mark.parametrize(("text", "why"), REFUSED_BY_KUBECTL, ids=[s for s, _ in REFUSED_BY_KUBECTL])
def test_a_scalar_that_kubectl_refuses_is_refused(text: str, why: str) -> None:
    with pytest.raises(YamlError):
        parse(f"a: {text}\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: |\n  on\n", "on\n"),
        ("a: |-\n  on\n", "on"),
        ("a: >-\n  12\n", "12"),
        ("a: >\n  x\n  y\n", "x y\n"),
        ("a: |+\n  x\n\n", "x\n\n"),
    ],
)
def test_a_block_scalar_is_a_string(text: str, value: str) -> None:
    assert parse(text) == {"a": value}


def _kubectl(spec: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    lines = "".join(f"  k{i}: {text}\n" for i, text in enumerate(spec))
    file = directory / "object.yaml"
    file.write_text(f"apiVersion: example.com/v1\nkind: Foo\nmetadata:\n  name: x\nspec:\n{lines}")
    command = ["kubectl", "annotate", "--local", "-f", str(file), "a=b", "-o", "json"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")


@needs_kubectl
def test_the_table_of_scalars_is_what_kubectl_says(tmp_path: Path) -> None:
    rows = [*SCALARS, *((text, value) for text, value, _ in RARE)]
    done = _kubectl([text for text, _ in rows], tmp_path)
    assert done.returncode == 0, done.stderr
    spec = json.loads(done.stdout)["spec"]
    wrong = [(t, spec[f"k{i}"], v) for i, (t, v) in enumerate(rows) if _typed(spec[f"k{i}"]) != _typed(v)]
    assert wrong == []


@needs_kubectl
def test_kubectl_refuses_what_the_table_says_it_refuses(tmp_path: Path) -> None:
    accepted = [text for text, _ in REFUSED_BY_KUBECTL if _kubectl([text], tmp_path).returncode == 0]
    assert accepted == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("y: 1\n", {"true": 1}),
        ("off: 1\n", {"false": 1}),
        ("1: a\n", {"1": "a"}),
        ("'on': a\n", {"on": "a"}),
        ("&k a: 1\nb: *k\n", {"a": 1, "b": "a"}),
        ("x: &x a\n*x : 1\n", {"x": "a", "a": 1}),
        ("", None),
        ("# only a comment\n", None),
        ("---\n", None),
        ('{"a": [1, "on", true, null]}', {"a": [1, "on", True, None]}),
        ("\ufeffa: 1\n", {"a": 1}),
        ("a: b\tc\n", {"a": "b\tc"}),
    ],
)
def test_keys_and_documents_read_as_expected(text: str, value: Any) -> None:
    assert _typed(parse(text)) == _typed(value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\na: 2\n", 1),
        ("x:\n  b: 1\n  c: 2\n  b: 3\n", 3),
        ("{a: 1, a: 2}", 0),
        ("'a': 1\n\"a\": 2\n", 1),
        ("1: a\n'1': b\n", 1),
        ("true: 1\nyes: 2\n", 1),
        ("x: &x 1\na: 1\na: 2\n", 2),
    ],
)
def test_a_duplicate_key_is_an_error_at_its_line(text: str, line: int) -> None:
    with pytest.raises(YamlError) as caught:
        parse(text)
    assert (caught.value.kind, caught.value.line) == ("duplicate-key", line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a:\n\t- b\n", 1),
        ("\ta: 1\n", 0),
        ("a: 1\n---\nb: 2\n", 1),
        ("? [a]\n: 1\n", 0),
        ("b: 1\nnull: 1\n", 1),
        ("a: *nope\n", 0),
        ("a: \x01\n", 0),
        ("a: 'x", 0),
        ("a: [1, 2\n", 1),
        ("a: 1\n b: 2\n", 1),
        ("a: b: c\n", 0),
    ],
)
def test_bad_yaml_is_an_error_at_its_line(text: str, line: int) -> None:
    with pytest.raises(YamlError) as caught:
        parse(text)
    assert (caught.value.kind, caught.value.line) == ("invalid-yaml", line)
    assert caught.value.reason


@pytest.mark.parametrize("text", ["a: @b\n", "a: `b`\n", "a: %b\n", "a: ]\n", "a: !<x\n", '"a', "a: &\n"])
def test_other_bad_yaml_is_an_error(text: str) -> None:
    with pytest.raises(YamlError):
        parse(text)


@pytest.mark.parametrize("text", ["a: {{ .Values.x }}\n", "- {{ x }}\n", "a:\n  b: {{ x }}\n", "{{ x }}: 1\n"])
def test_an_unrendered_template_is_told_apart(text: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse(text)
    assert caught.value.kind == "template"


def test_a_quoted_template_is_only_a_string() -> None:
    assert parse("a: '{{ .Values.x }}'\nb: x{{y}}\n") == {"a": "{{ .Values.x }}", "b": "x{{y}}"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x: &x {a: 1, b: 2}\nz:\n  <<: *x\n  a: 3\n", {"x": {"a": 1, "b": 2}, "z": {"a": 3, "b": 2}}),
        ("x: &x {a: 1, b: 2}\nz:\n  a: 3\n  <<: *x\n", {"x": {"a": 1, "b": 2}, "z": {"a": 3, "b": 2}}),
        (
            "x: &x {a: 1}\nw: &w {a: 2, c: 4}\nq:\n  <<: [*x, *w]\n",
            {"x": {"a": 1}, "w": {"a": 2, "c": 4}, "q": {"a": 1, "c": 4}},
        ),
        ("'<<': {a: 1}\n", {"<<": {"a": 1}}),
        ("x: &x 1\n'<<': {a: 1}\n", {"x": 1, "<<": {"a": 1}}),
    ],
)
def test_a_merge_key_merges_and_own_keys_win(text: str, value: Any) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    "text", ["a:\n  <<: {b: 1}\n  c: 2\n", "a:\n  <<: [{b: 1}]\n  c: 2\n", "a:\n  c: 2\n  <<:\n    b: 1\n"]
)
def test_a_merge_key_without_an_anchor_merges_too(text: str) -> None:
    assert parse(text) == {"a": {"b": 1, "c": 2}}


def test_a_merge_key_needs_a_mapping() -> None:
    with pytest.raises(YamlError, match="merge key"):
        parse("x: &x 1\na:\n  <<: *x\n")


@pytest.mark.parametrize("text", ["a: &x [*x]\n", "a: &x\n  b: *x\n", "&x a:\n- &y [1, [*y]]\n"])
def test_an_alias_to_its_own_node_is_an_error(text: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse(text)
    assert caught.value.kind == "alias-bomb"


@pytest.mark.parametrize("flavour", ["lists", "maps", "merges"])
def test_an_alias_bomb_is_refused_at_once(flavour: str) -> None:
    levels = []
    for i in range(1, 30):
        inner = {
            "lists": "[" + ", ".join([f"*a{i - 1}"] * 9) + "]",
            "maps": "{" + ", ".join(f"k{n}: *a{i - 1}" for n in range(9)) + "}",
            "merges": "{" + ", ".join(f"k{n}: [*a{i - 1}, *a{i - 1}]" for n in range(9)) + "}",
        }[flavour]
        levels.append(f"a{i}: &a{i} {inner}\n")
    started = time.monotonic()
    with pytest.raises(YamlError) as caught:
        parse("a0: &a0 [x, x, x]\n" + "".join(levels))
    assert caught.value.kind == "alias-bomb"
    assert time.monotonic() - started < 2


def test_aliases_in_reason_are_shared_not_copied() -> None:
    value = parse("a: &a [1, 2]\nb: *a\nc: [*a, *a]\n")
    assert value == {"a": [1, 2], "b": [1, 2], "c": [[1, 2], [1, 2]]}


DEEP = {
    "open brackets": '"[" * 100000',
    "open braces": '"{" * 100000',
    "braces with keys": '"{a: " * 100000',
    "dashes": '"- " * 200000',
    "question marks": '"? " * 50000',
    "mixed": '"- ? " * 50000',
    "anchors": '"".join(f"&a{i} [" for i in range(50000))',
    "tags": '"!!seq [" * 50000',
    "closed brackets": '"[" * 50000 + "]" * 50000',
    "indentation": '"".join("  " * i + "a:\\n" for i in range(300))',
    "indented lists": '"".join(" " * i + "-\\n" for i in range(3000))',
    "stairs": '"".join(" " * (38 * k) + "- " * 19 + "\\n" for k in range(300))',
    "after a comment": '"# c\\n" + "- " * 100000',
    "aliases": '"a: &a 1\\n" + "b: " + "[" * 100000',
    "carriage return": '"# c\\r" + "- " * 100000',
    "next line": '"# c\\x85" + "- " * 100000',
    "line separator": '"# c\\u2028" + "- " * 100000',
    "byte order mark": '"\\ufeff" + "- " * 100000',
}
CRASHES_TODAY = {"carriage return", "next line", "line separator", "byte order mark"}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
        )
        for name in DEEP
    ],
)
def test_deep_nesting_is_an_error_and_never_a_crash(name: str) -> None:
    program = (
        "from mtlsaudit.decode.yamltree import YamlError, parse\n"
        f"try: parse({DEEP[name]})\n"
        "except YamlError as error: print('refused', error.reason)\n"
        "else: print('read')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"ended with {done.returncode}: {done.stderr[-300:]}"
    assert done.stdout.startswith("refused nested deeper than 200 levels"), done.stdout


def test_as_deep_as_allowed_is_read() -> None:
    value = parse("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    depth = 0
    while isinstance(value, list):
        depth, value = depth + 1, value[0] if value else None
    assert depth == MAX_DEPTH


def test_many_brackets_that_are_not_nested_are_read() -> None:
    assert parse("[" + "[], " * 5000 + "]") == [[]] * 5000
    assert parse("a: '" + "[{" * 5000 + "'\n") == {"a": "[{" * 5000}
