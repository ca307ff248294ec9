"""PEM, block by block: a bad one does not hide its neighbours."""

from __future__ import annotations

import base64
import time

import pytest

from mtlsaudit.pki.pem import Block, blocks, holds_private_key
from tests.support.pki import make

FIRST = make("first")
SECOND = make("second", serial=2)


def _block(der: bytes, label: str = "CERTIFICATE") -> str:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n"


def test_two_certificates_come_in_order_with_their_lines() -> None:
    found = blocks(FIRST.pem + SECOND.pem)
    assert [(b.label, b.der) for b in found] == [("CERTIFICATE", FIRST.der), ("CERTIFICATE", SECOND.der)]
    assert [b.line for b in found] == [0, FIRST.pem.count("\n")]


@pytest.mark.parametrize(
    "bad",
    [
        "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nTUlJ\n",
        "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END X-----\n",
        "-----BEGIN CERTIFICATE-----",
    ],
)
def test_a_bad_block_does_not_hide_its_neighbours(bad: str) -> None:
    found = blocks(FIRST.pem + bad + "\n" + SECOND.pem)
    assert [b.der for b in found] == [FIRST.der, None, SECOND.der]
    assert found[1].label == "CERTIFICATE"


@pytest.mark.parametrize("cut", [1, 10, 30, 60, 200])
def test_a_truncated_block_has_no_contents(cut: int) -> None:
    found = blocks(FIRST.pem + SECOND.pem.strip()[:-cut])
    assert [b.der for b in found] == [FIRST.der, None]


def test_windows_line_ends_are_read() -> None:
    assert [b.der for b in blocks((FIRST.pem + SECOND.pem).replace("\n", "\r\n"))] == [FIRST.der, SECOND.der]


def test_text_around_blocks_is_ignored() -> None:
    text = f"# Issuer: CN=x\nsubject=/CN=y\n{FIRST.pem}\nsome words: 1\n\n{SECOND.pem}trailing"
    found = blocks(text)
    assert [b.der for b in found] == [FIRST.der, SECOND.der]
    assert found[0].line == 2


def test_headers_of_a_block_are_skipped() -> None:
    body = base64.encodebytes(b"encrypted").decode()
    text = f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES,00\n\n{body}-----END RSA PRIVATE KEY-----"
    assert blocks(text) == (Block("RSA PRIVATE KEY", b"encrypted", 0),)
    assert blocks(text.replace("\n", "\r\n")) == (Block("RSA PRIVATE KEY", b"encrypted", 0),)


def test_indented_and_unwrapped_bodies_are_read() -> None:
    whole = base64.b64encode(FIRST.der).decode()
    assert blocks(f"-----BEGIN CERTIFICATE-----\n{whole}\n-----END CERTIFICATE-----")[0].der == FIRST.der
    assert blocks("".join(f"    {line}\n" for line in FIRST.pem.splitlines()))[0].der == FIRST.der


@pytest.mark.parametrize(
    "label", ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CRL", "EC PARAMETERS"]
)
def test_the_label_is_kept(label: str) -> None:
    assert blocks(_block(b"x", label)) == (Block(label, b"x", 0),)


@pytest.mark.parametrize(
    "text", ["", "garbage", "-----BEGIN", "-----BEGIN certificate-----\nAA==\n", "\x00\xff", "-" * 9999]
)
def test_what_is_no_pem_has_no_blocks(text: str) -> None:
    assert blocks(text) == ()


def test_ten_thousand_certificates_are_cut_in_a_moment() -> None:
    text = FIRST.pem * 10_000
    started = time.monotonic()
    found = blocks(text)
    assert time.monotonic() - started < 2
    assert len(found) == 10_000
    assert {b.der for b in found} == {FIRST.der}
    assert found[-1].line == 9_999 * FIRST.pem.count("\n")


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED "])
def test_every_format_of_private_key_is_recognised(kind: str) -> None:
    assert holds_private_key(_block(b"x", f"{kind}PRIVATE KEY"))
    assert not holds_private_key(_block(b"x", f"{kind}PUBLIC KEY"))
