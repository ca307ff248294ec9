"""The real verifiers: the OpenSSL program, and Go's crypto/x509 (tests/oracles/go)."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytest

from mtlsaudit.model.chain import Purpose

_ROOT = Path(__file__).resolve().parents[2]
_PURPOSES = {Purpose.SERVER: ["-purpose", "sslserver"], Purpose.CLIENT: ["-purpose", "sslclient"], Purpose.NONE: []}


@dataclass(frozen=True, slots=True)
class Question:
    """A chain to be verified, all in DER."""

    leaf: bytes
    sent: tuple[bytes, ...]
    anchors: tuple[bytes, ...]
    at: datetime
    purpose: Purpose
    partial_chain: bool = False
    max_depth: int | None = None
    crls: tuple[bytes, ...] = ()
    security_level: int = 2


class Answer(NamedTuple):
    """What a real verifier said."""

    holds: bool
    words: str


def missing(reason: str) -> NoReturn:
    """Skips the test, or fails it in CI."""
    if os.environ.get("MTLSAUDIT_CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _pem(ders: Sequence[bytes], label: str = "CERTIFICATE") -> str:
    return "".join(f"-----BEGIN {label}-----\n{base64.encodebytes(d).decode()}-----END {label}-----\n" for d in ders)


@cache
def _openssl() -> str:
    found = shutil.which("openssl")
    if found is None:
        missing("there is no openssl")
    return found


def openssl(question: Question) -> Answer:
    """`openssl verify`."""
    if not question.anchors:
        return Answer(False, "no anchors")
    with tempfile.TemporaryDirectory() as folder:
        files = {"anchors": question.anchors, "sent": question.sent, "leaf": (question.leaf,)}
        for name, ders in files.items():
            (Path(folder) / name).write_text(_pem(ders))
        command = [_openssl(), "verify", "-no-CApath", "-no-CAstore", "-CAfile", "anchors"]
        command += ["-attime", str(int(question.at.timestamp())), "-auth_level", str(question.security_level)]
        command += _PURPOSES[question.purpose]
        command += ["-untrusted", "sent"] * bool(question.sent) + ["-partial_chain"] * question.partial_chain
        if question.max_depth is not None:
            command += ["-verify_depth", str(question.max_depth)]
        if question.crls:
            (Path(folder) / "crls").write_text(_pem(question.crls, "X509 CRL"))
            command += ["-crl_check", "-crl_check_all", "-CRLfile", "crls"]
        done = subprocess.run([*command, "leaf"], cwd=folder, capture_output=True, text=True, timeout=60)
    return Answer(done.returncode == 0, " ".join((done.stdout + done.stderr).split()))


class Go:
    """A running go-verify."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, question: Question) -> Answer:
        text = {
            "leaf": _base64(question.leaf),
            "sent": [_base64(d) for d in question.sent],
            "anchors": [_base64(d) for d in question.anchors],
            "at": int(question.at.timestamp()),
            "usage": question.purpose.value,
        }
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(text) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Answer(answer["holds"], answer["error"])


@contextmanager
def go() -> Iterator[Go]:
    """Go's verifier, for as long as it is needed."""
    program = shutil.which("go-verify") or str(_ROOT / ".cache" / "tools" / "go-verify")
    if not Path(program).exists():
        missing("go-verify is not built (tests/support/install-tools builds it where there is Go)")
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Go(process)
        finally:
            assert process.stdin
            process.stdin.close()


def _base64(der: bytes) -> str:
    return base64.b64encode(der).decode()
