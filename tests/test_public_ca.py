"""The facts about public CAs: the calendar, the roots, and where they came from."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from mtlsaudit.data import facts
from mtlsaudit.engine.subjects.credentials import _limit_on, out_of_order
from mtlsaudit.graph.trust.public import is_public_root, public_root_above
from mtlsaudit.pki.decode import decode
from mtlsaudit.pki.pem import blocks
from tests.support.pki import make


@pytest.mark.parametrize(
    ("day", "days"),
    [
        ("2020-08-31", 0),
        ("2020-09-01", 398),
        ("2026-03-14", 398),
        ("2026-03-15", 200),
        ("2027-03-15", 100),
        ("2029-03-14", 100),
        ("2029-03-15", 47),
    ],
)
def test_the_limit_is_that_of_the_day_of_issue(day: str, days: int) -> None:
    assert _limit_on(date.fromisoformat(day)) == days


@pytest.mark.parametrize("part", ["validity", "client_auth_ends"])
def test_every_date_has_a_source(part: str) -> None:
    rows = facts("public-ca").children(part)
    assert [r.text("from") for r in rows if not (r.text("source") or "").startswith("https://")] == []
    assert [date.fromisoformat(r.text("from") or "").isoformat() for r in rows] == [r.text("from") for r in rows]
    assert len(rows) >= 3


def test_the_roots_are_those_of_certifi() -> None:
    certifi = pytest.importorskip("certifi")
    if facts("public-roots").text("source") != f"certifi {certifi.__version__}":
        pytest.skip("another release of certifi is installed: run python -m docs.public_roots")
    from docs import public_roots

    assert public_roots.FILE.read_text(encoding="utf-8") == public_roots.text()


def test_a_public_root_is_known_by_its_key_and_a_chain_by_its_last_issuer() -> None:
    certifi = pytest.importorskip("certifi")
    with open(certifi.where(), encoding="utf-8") as file:
        root = decode(blocks(file.read())[0].der or b"")
    assert is_public_root(root)
    assert public_root_above([root]) == root.subject
    own = decode(make("root", ca=True).der)
    assert (is_public_root(own), public_root_above([own])) == (False, "")


def test_the_order_of_a_chain() -> None:
    root = make("root", ca=True, number=1)
    mid = make("mid", by=root, ca=True, number=2)
    end = make("end", by=mid, number=3, start=datetime(2026, 2, 1, tzinfo=UTC))
    leaf, middle, top = (decode(m.der) for m in (end, mid, root))
    assert out_of_order([leaf, middle, top]) == ()
    assert out_of_order([leaf, top, middle]) == ("CN=root", "CN=mid")
