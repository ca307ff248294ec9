"""One API server for all live tests of a worker, and one on which cert-manager issues."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.apiserver import ApiServer, running
from tests.support.cert_manager import cert_manager


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    # A list is continued from etcd then, as in older releases, so that compaction ends it.
    with running(tmp_path_factory.mktemp("apiserver"), "--feature-gates=ListFromCacheSnapshot=false") as server:
        yield server


@pytest.fixture(scope="session")
def issuing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """Apart from `cluster`, so that what tests put there stays alone."""
    with running(tmp_path_factory.mktemp("issuing")) as server, cert_manager(server):
        yield server
