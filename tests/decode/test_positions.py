"""The text under a position is the key and value that the path names."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlsaudit.decode.documents import cut
from mtlsaudit.decode.positions import Locator
from mtlsaudit.decode.yamltree import parse
from mtlsaudit.model.origin import FieldPath, Position

INGRESS = """\
# a comment before
apiVersion: networking.k8s.io/v1
kind: Ingress   # shown for the object as a whole
metadata:
  name: web
  annotations:
    nginx.ingress.kubernetes.io/auth-tls-verify-client: "on"
    'quoted/key': 'a value'
    nginx.ingress.kubernetes.io/server-snippet: |
      deny all;
      # not a key: x
    folded: >-
      one
      two
    "é": "ü" # after
    empty:
spec:
  tls:
    - hosts: [a.example.com, "b.example.com"]
      secretName: web-tls
    -   secretName:   spaced
  rules:
  - host: a.example.com
    http: {paths: [{path: /, backend: {service: {name: x, port: {number: 80}}}}]}
"""


def _under(text: str, position: Position) -> str:
    lines = text.split("\n")
    if position.line == position.end_line:
        return lines[position.line - 1][position.column - 1 : position.end_column - 1]
    first = lines[position.line - 1][position.column - 1 :]
    last = lines[position.end_line - 1][: position.end_column - 1]
    return "\n".join([first, *lines[position.line : position.end_line - 1], last])


def _at(text: str, path: FieldPath, index: int = 0) -> str:
    """The text that the position of the path in the document of that index covers, in the whole file."""
    piece = list(cut(text))[index]
    position = Locator(piece.text, piece.first_line).position(path)
    assert position is not None
    return _under(text, position)


_ANNOTATIONS = ("metadata", "annotations")
CASES: list[tuple[FieldPath, str]] = [
    (("kind",), "kind: Ingress"),
    ((), "kind: Ingress"),
    (("metadata", "name"), "name: web"),
    (
        (*_ANNOTATIONS, "nginx.ingress.kubernetes.io/auth-tls-verify-client"),
        'nginx.ingress.kubernetes.io/auth-tls-verify-client: "on"',
    ),
    ((*_ANNOTATIONS, "quoted/key"), "'quoted/key': 'a value'"),
    ((*_ANNOTATIONS, "nginx.ingress.kubernetes.io/server-snippet"), "nginx.ingress.kubernetes.io/server-snippet"),
    ((*_ANNOTATIONS, "folded"), "folded"),
    ((*_ANNOTATIONS, "é"), '"é": "ü"'),
    (("spec", "tls"), "tls"),
    (("spec", "tls", 0, "hosts", 0), "a.example.com"),
    (("spec", "tls", 0, "hosts", 1), '"b.example.com"'),
    (("spec", "tls", 0, "secretName"), "secretName: web-tls"),
    (("spec", "tls", 1, "secretName"), "secretName:   spaced"),
    (("spec", "rules", 0, "host"), "host: a.example.com"),
    (("spec", "rules", 0, "http", "paths", 0, "path"), "path: /"),
    (("spec", "rules", 0, "http", "paths", 0, "backend", "service", "port", "number"), "number: 80"),
    # absent: the nearest part above
    ((*_ANNOTATIONS, "absent"), "annotations"),
    (("metadata", "labels", "app"), "metadata"),
    (("spec", "backend", "service"), "spec"),
    (("status",), "kind: Ingress"),
    (("spec", "rules", 0, "host", "deeper"), "host"),
]


@pytest.mark.parametrize(("path", "expected"), CASES, ids=lambda v: repr(v)[:60])
def test_the_position_covers_the_key_and_its_value(path: FieldPath, expected: str) -> None:
    assert _at(INGRESS, path) == expected


@pytest.mark.parametrize(("path", "expected"), CASES, ids=lambda v: repr(v)[:60])
def test_positions_are_the_same_with_windows_line_ends(path: FieldPath, expected: str) -> None:
    assert _at(INGRESS.replace("\n", "\r\n"), path) == expected


@pytest.mark.parametrize(("path", "expected"), CASES, ids=lambda v: repr(v)[:60])
@pytest.mark.parametrize(
    "before",
    [
        "a: 1\n---\n",
        "# c\n---\na: 1\n---\n# more\n\n",
        "a: |\n  ---\n  x\n...\n---\n",
        pytest.param(
            "a: 1\n...\n%YAML 1.1\n# c\n---\n",
        ),
        "a: 1\n--- # comment\n",
    ],
)
def test_positions_in_a_later_document_count_from_the_start_of_the_file(
    before: str, path: FieldPath, expected: str
) -> None:
    assert _at(before + INGRESS, path, 1) == expected


def test_a_byte_order_mark_does_not_move_columns_of_other_lines() -> None:
    assert _at("\ufeffkind: X\nmetadata:\n  name: web\n", ("metadata", "name")) == "name: web"


def test_an_absent_field_of_a_list_item_is_shown_at_the_start_of_the_item() -> None:
    position = Locator(INGRESS, 1).position(("spec", "tls", 0, "other"))
    assert position is not None
    lines = INGRESS.split("\n")
    assert lines[position.line - 1] == '    - hosts: [a.example.com, "b.example.com"]'
    assert position.column == 7


def test_an_item_that_is_not_there_is_shown_at_its_list() -> None:
    assert _at(INGRESS, ("spec", "tls", 9, "hosts")) == "tls"
    assert _at(INGRESS, ("spec", "tls", "hosts")) == "tls"


def test_an_empty_value_still_has_a_place() -> None:
    assert _at(INGRESS, (*_ANNOTATIONS, "empty")).startswith("empty")


LIST = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: first}
-
  kind: Secret
  metadata:
    name: second
  data: {}
"""


def test_an_object_in_a_list_is_found_from_its_base() -> None:
    assert _at(LIST, ("items", 0, "metadata", "name")) == "name: first"
    assert _at(LIST, ("items", 1, "metadata", "name")) == "name: second"
    assert _at(LIST, ("items", 1, "data", "tls.crt")) == "data"


JSON = '{"kind": "Ingress",\n "metadata": {"name": "web",\n  "annotations": {"a/b": "on"}}, "spec": {"tls": []}}'


def test_positions_in_json() -> None:
    assert _at(JSON, ("metadata", "annotations", "a/b")) == '"a/b": "on"'
    assert _at(JSON, ("spec", "tls")) == '"tls"'
    assert _at(JSON, ()) == '"kind": "Ingress"'
    assert _at(JSON, ("spec", "rules")) == '"spec"'


def test_a_merged_field_is_shown_where_it_is_written() -> None:
    text = "base: &b\n  host: h\nuse:\n  <<: *b\n  own: 1\n"
    assert _at(text, ("use", "host")) == "host: h"
    assert _at(text, ("use", "own")) == "own: 1"


def test_a_field_merged_from_a_list_of_maps_is_shown_where_it_is_written() -> None:
    assert _at("x: &x {a: 1}\nw: &w {c: 4}\nq:\n  <<: [*x, *w]\n", ("q", "c")) == "c: 4"


def test_a_field_of_an_aliased_map_is_shown_where_it_is_written() -> None:
    assert _at("x: &x {a: 1}\nq: *x\n", ("q", "a")) == "a: 1"


def test_a_boolean_key_is_found_by_its_name_as_read() -> None:
    text = "selector:\n  yes: b\n  z: c\n"
    assert parse(text) == {"selector": {"true": "b", "z": "c"}}
    assert _at(text, ("selector", "true")) == "yes: b"


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029"])
def test_unicode_line_breaks_do_not_move_the_lines_below(character: str) -> None:
    assert _at(f"a: 1 # one{character}# two\nb: 2\nc: 3\n", ("c",)) == "c: 3"


def test_an_empty_document_has_no_positions() -> None:
    assert Locator("# nothing\n", 1).position(("a",)) is None
    assert Locator("- 1\n", 1).position(()) is None


# ------------------------------------------------------------------ the property

# `y` and `n` are left bare by PyYAML and read as booleans: see test_a_boolean_key_is_found_by_its_name_as_read
_key = st.text("abcdeyno.-/_: #'\"é0179", min_size=1, max_size=8).filter(lambda k: k not in ("y", "n"))
_printable = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\x85\u2028\u2029\ufeff")
_leaf = st.one_of(
    st.text(_printable),
    st.sampled_from(
        ["on", "yes", "", "~", "0777", "a\nb\n", "line one\nline two", "- x", "k: v", "# c", "{{ x }}", "'"]
    ),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.none(),
)
_tree = st.recursive(
    _leaf,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_key, inner, max_size=4)),
    max_leaves=20,
)
_document = st.dictionaries(_key, _tree, min_size=1, max_size=4)


class _Dumper(yaml.SafeDumper):
    """Without anchors; strings of several lines as block scalars."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text_node(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text_node)


def _leaves(value: Any, path: FieldPath = ()) -> list[tuple[FieldPath, Any]]:
    if isinstance(value, dict):
        return [leaf for key, child in value.items() for leaf in _leaves(child, (*path, key))]
    if isinstance(value, list):
        return [leaf for index, child in enumerate(value) for leaf in _leaves(child, (*path, index))]
    return [(path, value)]


@settings(max_examples=250, deadline=None)
@given(
    document=_document,
    flow=st.sampled_from([True, False, None]),
    dumper=st.sampled_from([yaml.SafeDumper, _Dumper]),
    quotes=st.sampled_from([None, None, "'", '"']),
    indent=st.integers(2, 6),
    crlf=st.booleans(),
)
def test_every_leaf_of_any_document_is_found_where_it_is_written(
    document: dict[str, Any], flow: bool | None, dumper: Any, quotes: str | None, indent: int, crlf: bool
) -> None:
    text = yaml.dump(
        document,
        Dumper=dumper,
        default_flow_style=flow,
        default_style=quotes,
        indent=indent,
        allow_unicode=True,
        width=99999,
    )
    locator = Locator(text.replace("\n", "\r\n") if crlf else text, 1)
    for path, value in _leaves(parse(text)):
        position = locator.position(path)
        assert position is not None
        found = _under(text, position)
        assert "\n" not in found
        on_several_lines = isinstance(value, str) and "\n" in value
        if isinstance(path[-1], int):
            if position.end_column - position.column == 1 and on_several_lines:
                continue  # the start of a scalar that goes on below
            assert parse(f"- {found}\n") == [value]
        else:
            shown = parse(f"{found}\n")
            assert shown == {path[-1]: value} or (on_several_lines and parse(f"{found}:\n") == {path[-1]: None})
