"""What absence means: in files, in a cluster, and behind what a cluster did not show."""

from __future__ import annotations

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.world import CLOSED, EVERYWHERE, OPEN, World

_FORBIDDEN = Gap("forbidden", "secrets", "listing secrets is forbidden")
_SECRETS = ("", "Secret")


def test_files_show_nothing_but_themselves() -> None:
    gap = OPEN.gap("", "Secret", "a/b")
    assert gap is not None
    assert gap.reason == "the Secret a/b is not in the input"
    assert not OPEN.shows(_SECRETS)
    assert OPEN.unseen("", "Secret", "a") is None


def test_a_complete_input_shows_that_something_does_not_exist() -> None:
    assert CLOSED.gap("", "Secret", "a/b") is None
    assert CLOSED.shows(_SECRETS)


def test_what_was_forbidden_may_exist() -> None:
    world = World(closed=True, hidden={_SECRETS: {EVERYWHERE: _FORBIDDEN}})
    gap = world.gap("", "Secret", "a/b")
    assert gap is not None
    assert gap == Gap("forbidden", "Secret a/b", "the Secret a/b was not read: listing secrets is forbidden")
    assert world.gap("", "ConfigMap", "a/b") is None
    assert not world.shows(("", "ConfigMap"), _SECRETS)
    assert world.gaps_of(_SECRETS) == (_FORBIDDEN,)


def test_one_namespace_may_be_read_where_the_rest_is_not() -> None:
    world = World(closed=True, hidden={_SECRETS: {EVERYWHERE: _FORBIDDEN, "a": None}})
    assert world.gap("", "Secret", "a/b") is None
    assert world.gap("", "Secret", "z/b") is not None
    assert not world.shows(_SECRETS)


def test_an_answer_by_name_goes_before_what_was_forbidden() -> None:
    world = World(
        closed=True,
        hidden={_SECRETS: {EVERYWHERE: _FORBIDDEN}},
        named={("", "Secret", "a/none"): None, ("", "Secret", "a/locked"): _FORBIDDEN},
    )
    assert world.gap("", "Secret", "a/none") is None
    assert world.gap("", "Secret", "a/locked") == _FORBIDDEN
