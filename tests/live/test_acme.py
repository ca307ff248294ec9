"""Orders and Challenges as cert-manager's own definitions take them: read from a cluster, and their tokens are not."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.acme import KEY_AUTHORIZATION, TOKEN, certificate, challenge, manifests, order, request
from tests.support.apiserver import ApiServer, running
from tests.support.cert_manager import install
from tests.support.command import mtlsaudit
from tests.support.live import dump, report_of, said

_FINDING = (
    "shop/shop: it was never issued, the HTTP-01 challenge for shop.example.com is pending: wrong status "
    "code '404'; Order shop-1-77 is pending"
)


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with running(tmp_path_factory.mktemp("acme")) as server:
        install(server)
        for path in ("orders", "challenges"):
            server.served(f"/apis/acme.cert-manager.io/v1/{path}")
        server.apply(manifests(certificate(), request(), order(), challenge(reason="wrong status code '404'")))
        yield server


def test_a_cluster_says_what_its_dump_says(waiting: ApiServer, tmp_path: Path) -> None:
    (tmp_path / "dump.json").write_text(dump(waiting))
    offline = report_of(tmp_path / "dump.json", "--complete")
    live = report_of("--kubeconfig", waiting.kubeconfig("admin"), "--secrets", "list")
    assert said(live) == said(offline)
    assert ("rotation-issuance-failing", "Certificate shop/shop", "fail", _FINDING) in said(live)


def test_a_snapshot_has_the_states_and_no_token(waiting: ApiServer, tmp_path: Path) -> None:
    file = tmp_path / "snapshot.tgz"
    done = mtlsaudit("snapshot", "--kubeconfig", waiting.kubeconfig("admin"), "-o", file)
    assert done.code == 0, done.err
    assert KEY_AUTHORIZATION in dump(waiting)
    text = gzip.decompress(file.read_bytes()).decode()
    assert "wrong status code" in text
    assert TOKEN not in text
