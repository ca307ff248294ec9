"""A real nginx asks for client certificates: whom it serves, we accept too, and nobody else.

All at ssl_verify_depth 1, which ingress-nginx writes where nothing is annotated, and those of depths.py at theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mtlsaudit.model.chain import Engine
from tests.oracles.clients import Said, ask, client_context
from tests.oracles.compare import explain, ours
from tests.oracles.depths import CASES as DEPTHS
from tests.oracles.engines import Answer
from tests.oracles.handshakes import CASES as PATHS
from tests.oracles.handshakes import MIDDLE, ROOT, Case, ca, leaf
from tests.oracles.nginx import Verifying, verifying
from tests.oracles.revocations import CASES as REVOCATION
from tests.oracles.revocations import agrees

STRANGE = ca("strange")
_WEAK = (
    "leaf of RSA 1024",
    "intermediate of RSA 1024",
    "root of RSA 1024",
    "leaf signed with SHA-1",
    "leaf signed with SHA-224",
    "RSA leaf signed with MD5",
    "intermediate signed with SHA-1",
)
CASES = {
    **{name: Verifying(case) for name, case in {**PATHS, **REVOCATION}.items()},
    **{name: Verifying(case, depth=depth) for name, (case, depth) in DEPTHS.items()},
    **{f"{name}, security level {n}": Verifying(PATHS[name], level=n) for name in _WEAK for n in (0, 1)},
    "the anchor is in ssl_trusted_certificate": Verifying(Case(leaf(ROOT), (), (STRANGE,)), trusted=(ROOT,)),
    "the path is in two files": Verifying(Case(leaf(MIDDLE), (), (MIDDLE,)), trusted=(ROOT,)),
    "optional": Verifying(Case(leaf(ROOT), (), (ROOT,)), verify="optional"),
    "optional, under another root": Verifying(Case(leaf(ROOT), (), (STRANGE,)), verify="optional"),
}


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an nginx that has all cases."""
    with verifying(tmp_path_factory.mktemp("nginx"), list(CASES.values())) as port:
        yield port


def verdict(said: Said) -> Answer:
    """Served with SUCCESS; refused by nginx with 400, or in the handshake by OpenSSL."""
    verified = said.headers.get("Verified", "")
    if said.status == 200:
        assert verified == "SUCCESS", said
        return Answer(True, verified)
    assert said.status in (0, 400), said
    assert said.status == 0 or verified.startswith("FAILED:"), said
    return Answer(False, verified or said.words)


@pytest.mark.parametrize("name", CASES)
def test_nginx_agrees(nginx: int, name: str, tmp_path: Path) -> None:
    setting = CASES[name]
    answer = verdict(ask(nginx, f"case{list(CASES).index(name)}.test", client_context(setting.case, tmp_path)))
    chain = ours(setting.asked.question(setting.level, setting.depth), Engine.OPENSSL)
    assert agrees(name, chain, answer), explain(chain, answer)
