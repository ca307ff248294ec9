"""A real cert-manager v1.21.2 on the test API server: its controllers without webhook and ACME, ended by its own pid.

tests/support/certmanager is the program. It runs with a client certificate of its own, so the audit log tells it apart.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.apiserver import ApiServer
from tests.support.command import ROOT
from tests.support.processes import NotYet, find, missing

VERSION = "1.21.2"
API = "/apis/cert-manager.io/v1"
CONTROLLERS = 12
_NAME = "cert-manager"
CRDS = ROOT / ".cache" / "tools" / "cert-manager-crds"
_SETTLE = 120


def install(cluster: ApiServer) -> None:
    """Its CustomResourceDefinitions, served."""
    files = sorted(CRDS.glob("*.yaml"))
    if not files:
        missing("cert-manager's CustomResourceDefinitions are not there (make tools copies them from its module)")
    for file in files:
        cluster.apply(file.read_text())
    for kind in ("certificates", "certificaterequests", "issuers", "clusterissuers"):
        cluster.served(f"{API}/{kind}")


@contextmanager
def cert_manager(cluster: ApiServer) -> Iterator[None]:
    """cert-manager at work; installed and started where it is not yet, ended at the end."""
    program = find(_NAME)
    install(cluster)
    log = cluster.directory / f"{_NAME}.log"
    cluster.processes.spawn(
        _NAME,
        program,
        f"--kubeconfig={cluster.kubeconfig('cert-manager')}",
        "--cluster-resource-namespace=cert-manager",
    )

    def started() -> None:
        if f"{CONTROLLERS} controllers" not in log.read_text():
            raise NotYet("its controllers do not run")

    try:
        cluster.processes.wait(_NAME, started)
        yield
    finally:
        cluster.processes.stop(_NAME)


def settle(cluster: ApiServer, quiet: float = 2.0, patience: float = _SETTLE) -> None:
    """Until nothing that cert-manager writes has changed for `quiet` seconds."""
    deadline, before, since = time.monotonic() + patience, "", time.monotonic()
    while time.monotonic() < deadline:
        now = _state(cluster)
        if now != before:
            before, since = now, time.monotonic()
        elif time.monotonic() - since >= quiet:
            return
        time.sleep(0.2)
    raise TimeoutError(f"cert-manager still changes things after {patience:g} seconds")


def _state(cluster: ApiServer) -> str:
    """The resource versions of what it writes. Requests that cannot be met are made anew for ever, so they do not count."""
    rows = []
    for path in (f"{API}/certificates", f"{API}/issuers", f"{API}/clusterissuers", "/api/v1/secrets"):
        found: Any = cluster.request("GET", path)
        rows += [(path, i["metadata"]["uid"], i["metadata"]["resourceVersion"]) for i in found["items"]]
    return str(sorted(rows))
