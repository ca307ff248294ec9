"""Cutting a file into documents: where one starts, which have content, and on which line."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlsaudit.decode.documents import Slice, cut
from mtlsaudit.decode.yamltree import parse


def _cut(text: str) -> list[tuple[str, int]]:
    pieces = list(cut(text))
    assert [p.document for p in pieces] == list(range(len(pieces)))
    return [(p.text, p.first_line) for p in pieces]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a: 1\n", [("a: 1\n", 1)]),
        ("a: 1", [("a: 1", 1)]),
        ("a: 1\n---\nb: 2\n", [("a: 1\n", 1), ("---\nb: 2\n", 2)]),
        ("---\na: 1\n", [("---\na: 1\n", 1)]),
        ("--- {a: 1}\n--- {b: 2}\n", [("--- {a: 1}\n", 1), ("--- {b: 2}\n", 2)]),
        ("--- !!map\na: 1\n", [("--- !!map\na: 1\n", 1)]),
        ("--- # a comment\na: 1\n", [("--- # a comment\na: 1\n", 1)]),
        ("a: 1\n---\t\nb: 2", [("a: 1\n", 1), ("---\t\nb: 2", 2)]),
        ("a: 1\n---", [("a: 1\n", 1)]),
        ("---\r\na: 1\r\n---\r\nb: 2\r\n", [("---\r\na: 1\r\n", 1), ("---\r\nb: 2\r\n", 3)]),
        ("a: 1\n...\n---\nb: 2\n", [("a: 1\n", 1), ("---\nb: 2\n", 3)]),
        ("a: 1\n...\nb: 2\n", [("a: 1\n", 1), ("b: 2\n", 3)]),
        ("a: 1\n---\n\n\n# c\nb: 2\n", [("a: 1\n", 1), ("---\n\n\n# c\nb: 2\n", 2)]),
        ('{"a": 1}', [('{"a": 1}', 1)]),
    ],
)
def test_a_marker_at_the_margin_starts_a_document(text: str, pieces: list[tuple[str, int]]) -> None:
    assert _cut(text) == pieces


@pytest.mark.parametrize(
    "text",
    [
        "a: |\n  ---\n  b\nc: 1\n",
        "a: |\n ---\n b\n",
        "a: >\n  x\n  ...\n",
        "a: ---b\n",
        "---a: 1\n",
        "----\n",
        pytest.param(
            "...x: 1\n",
        ),
        "a:\n- ---\n",
        "a: 1 # ---\n",
    ],
)
def test_three_dashes_elsewhere_do_not_separate(text: str) -> None:
    assert _cut(text) == [(text, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "---\n",
        "---\n---\n...\n",
        "# only\n",
        "# only\n---\n# comments\n",
        "  \n\t\n",
        "---\r\n\r\n",
        "--- # c\n",
    ],
)
def test_nothing_but_comments_and_markers_is_no_document(text: str) -> None:
    assert _cut(text) == []


def test_empty_documents_are_left_out_and_lines_still_count() -> None:
    assert _cut("---\n---\n# c\n---\na: 1\n---\n---\nb: 2\n") == [("---\na: 1\n", 4), ("---\nb: 2\n", 7)]


def test_a_directive_belongs_to_the_document_after_it() -> None:
    assert _cut("%YAML 1.1\n---\na: 1\n") == [("%YAML 1.1\n---\na: 1\n", 1)]
    assert _cut("# c\n%YAML 1.1\n# d\n---\na: 1\n...\n%TAG ! tag:x,2000:\n---\nb: 1\n") == [
        ("# c\n%YAML 1.1\n# d\n---\na: 1\n", 1),
        ("%TAG ! tag:x,2000:\n---\nb: 1\n", 7),
    ]


def test_a_document_with_a_directive_parses() -> None:
    assert [parse(piece.text) for piece in cut("%TAG !e! tag:e,2000:\n---\na: !e!x 2\n---\nb: x\n")] == [
        {"a": "2"},
        {"b": "x"},
    ]


def test_a_document_with_a_directive_after_an_end_marker_parses() -> None:
    text = "a: 1\n...\n%YAML 1.1\n---\na: 2\n"
    assert [parse(piece.text) for piece in cut(text)] == [{"a": 1}, {"a": 2}]


def test_a_document_after_an_end_marker_parses() -> None:
    assert [parse(piece.text) for piece in cut("a: 1\n...\nb: 2\n...\n---\nc: 3\n")] == [{"a": 1}, {"b": 2}, {"c": 3}]


@pytest.mark.parametrize(
    ("text", "glance"),
    [
        ("apiVersion: v1\nkind: Secret\n", ("v1", "Secret")),
        ("kind: Secret\napiVersion: v1\n", ("v1", "Secret")),
        ("apiVersion: 'v1' # c\nkind: \"Secret\"\n", ("v1", "Secret")),
        ("apiVersion: v1\r\nkind: Secret\r\n", ("v1", "Secret")),
        ("apiVersion: networking.k8s.io/v1\nkind: Ingress\n", ("networking.k8s.io/v1", "Ingress")),
        ("apiVersion: v1\nkind: Secret\nkind: Service\n", None),
        ("apiVersion: v1\nkind: Secret\napiVersion: v2\n", None),
        ("  apiVersion: v1\n  kind: Secret\n", None),
        ('{"apiVersion": "v1", "kind": "Secret"}', None),
        ("apiVersion: v1\n", None),
        ("kind: Secret\n", None),
        ("apiVersion: v1\nkind: {{ .k }}\n", None),
        ("apiVersion: v1\nkind: &k Secret\n", None),
    ],
)
def test_a_glance_tells_the_kind_only_when_it_is_sure(text: str, glance: tuple[str, str] | None) -> None:
    assert Slice(text, 1, 0).glance() == glance


_plain = st.dictionaries(
    st.text("abc-# '\n", min_size=1, max_size=6),
    st.one_of(st.text("xyz-. #\n|%\"'", max_size=30), st.lists(st.text("-.\n a", max_size=9), max_size=3)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_plain, min_size=1, max_size=5), st.booleans(), st.sampled_from(["'", '"', "|", None]))
def test_what_was_dumped_as_many_documents_is_cut_into_as_many(
    documents: list[dict[str, object]], explicit_end: bool, style: str | None
) -> None:
    text = yaml.dump_all(documents, explicit_start=True, explicit_end=explicit_end, default_style=style, width=9999)
    pieces = list(cut(text))
    lines = text.split("\n")
    assert [yaml.safe_load(p.text) for p in pieces] == documents
    for piece in pieces:
        assert lines[piece.first_line - 1] == piece.text.split("\n")[0]
