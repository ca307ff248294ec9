"""One API server for all live tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.apiserver import ApiServer, running


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    # A list is continued from etcd then, as in older releases, so that compaction ends it.
    with running(tmp_path_factory.mktemp("apiserver"), "--feature-gates=ListFromCacheSnapshot=false") as server:
        yield server
