"""Certificates of one profile: what they share is read once, and what differs is each one's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import fields

from mtlsaudit.model.certificate import Names
from mtlsaudit.pki import decode as module
from mtlsaudit.pki import name_words, profiles, public_key
from mtlsaudit.pki.decode import MalformedCertificate, decode
from tests.support.pki import make

CA = make("ca", ca=True, usages=["key_cert_sign"], number=3)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "_profiles", {})
    monkeypatch.setattr(module, "_decoded", {})
    monkeypatch.setattr(name_words, "_issuers", {})


def leaf(name: str, **more: Any) -> bytes:
    return make(name, by=CA, eku=["server"], usages=["digital_signature"], number=4, **more).der


def read(der: bytes) -> dict[str, object]:
    try:
        found = decode(der)
    except MalformedCertificate as error:
        return {"malformed": str(error)}
    return {f.name: getattr(found, f.name) for f in fields(found)}


@pytest.fixture
def by_library(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], dict[str, object]]:
    """The library alone: no profile, no name and no key that is plain enough to be read here."""

    def ask(der: bytes) -> dict[str, object]:
        with monkeypatch.context() as patch:
            patch.setattr(profiles, "_own", lambda *_: None)
            patch.setattr(name_words, "_PLAIN_SUBJECT", re.compile(rb"(?!)"))
            patch.setattr(public_key, "_P256", b"none")
            patch.setattr(module, "_decoded", {})
            patch.setattr(name_words, "_issuers", {})
            return read(der)

    return ask


def test_the_library_reads_the_extensions_of_a_profile_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    library = module.read_extensions

    def counted(extensions: Any, problems: list[str]) -> Any:
        asked.append(len(extensions))
        return library(extensions, problems)

    monkeypatch.setattr(module, "read_extensions", counted)
    a, b = decode(leaf("a", dns=["a.example.com"])), decode(leaf("b", dns=["b.example.com", "c.example.com"]))
    assert (a.names, b.names) == (Names(("a.example.com",)), Names(("b.example.com", "c.example.com")))
    assert b.ext_key_usage is a.ext_key_usage
    other = decode(leaf("c", dns=["c.example.com"], uri=["spiffe://td/c"], email=["c@example.com"]))
    assert other.names == Names(("c.example.com",), ("spiffe://td/c",), (), ("c@example.com",))
    assert len(asked) == 1
    with_address = decode(leaf("d", dns=["d.example.com"], ip=["10.0.0.1"]))
    assert with_address.names == Names(("d.example.com",), (), ("10.0.0.1",))
    assert decode(leaf("e", dns=["e" * 63 + ".example.com", "f" * 63 + ".example.com"])).names.dns[1][0] == "f"
    assert len(asked) == 2


def test_profiles_that_nobody_shares_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "_MOST_KEPT", 2)
    sizes = []
    for number in range(6):
        usages = [f"1.2.3.{number}"]
        found = decode(make(f"leaf-{number}", by=CA, eku=usages, dns=[f"{number}.example.com"], number=4).der)
        assert found.ext_key_usage == tuple(usages)
        sizes.append(len(profiles._profiles))
    assert sizes == [1, 2, 1, 2, 1, 2]


@pytest.mark.parametrize(
    "more",
    [
        {"dns": ["b.example.com"]},
        {"dns": ["b" * 63 + ".example.com"] * 3},
        {"dns": ["b." + "c" * 60 + "." + "d" * 60 + "." + "e" * 60]},
        {"dns": [], "uri": ["spiffe://td/b"]},
        {"ip": ["10.0.0.1", "2001:db8::1"]},
        {"dns": ["b.example.com"], "days": 3},
        {"subject": "b, with a comma"},
        {"algorithm": "rsa"},
        {"algorithm": "p384"},
    ],
)
def test_a_second_certificate_is_read_as_if_it_were_the_first(
    more: dict[str, Any], by_library: Callable[[bytes], dict[str, object]]
) -> None:
    name = more.pop("subject", "b")
    der = leaf(name, **more)
    decode(leaf("a", dns=["a.example.com"]))
    decode(leaf("a"))
    assert read(der) == by_library(der)


def test_whatever_byte_is_changed_the_library_would_have_said_the_same(
    by_library: Callable[[bytes], dict[str, object]],
) -> None:
    der = leaf("host-1.example.com", dns=["host-1.example.com", "b.example.com"], uri=["spiffe://td/b"])
    decode(leaf("a", dns=["a.example.com"]))
    malformed = refused = 0
    for at in range(len(der)):
        for value in {der[at] ^ 1, der[at] ^ 0x80, 0x00, 0x31, 0x81, 0xFF} - {der[at]}:
            changed = der[:at] + bytes((value,)) + der[at + 1 :]
            found = read(changed)
            assert found == by_library(changed), (at, value)
            malformed += "malformed" in found
            refused += bool(found.get("problems"))
    assert malformed > 100
    assert refused > 100
