"""The short way to a line that fits gives what `textwrap` gives."""

from __future__ import annotations

import textwrap

from hypothesis import example, given
from hypothesis import strategies as st

from mtlsaudit.output.text_wrap import wrapped

_WORDS = st.text(st.sampled_from("ab-—.,=\\ \t\n\x0b\x0c\r\x1c\x85\xa0\u2003\u3000é"), max_size=50)


@given(_WORDS, st.integers(5, 60), st.sampled_from(["", "  ", "    "]), st.sampled_from(["", "  ", "      "]))
@example("issued by CN=a", 14, "", "")
@example("issued by CN=a", 13, "", "")
@example("a \xa0", 60, "", "")
@example("   ", 60, "  ", "")
@example(" a ", 60, "  ", "")
def test_lines_are_those_of_textwrap(text: str, width: int, first: str, rest: str) -> None:
    expected = textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest)
    assert wrapped(text, width, first, rest) == expected
