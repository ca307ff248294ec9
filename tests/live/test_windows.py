"""Random renewal windows: the renewal is when the real cert-manager says, worked out from the spec and the dates alone."""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from mtlsaudit.collect import Request, collect
from mtlsaudit.model.rule import Policy
from mtlsaudit.platforms.cert_manager.lifecycle import parse_version, renewal
from mtlsaudit.platforms.cert_manager.objects import CertificateSpec
from mtlsaudit.scan import graph_of
from tests.support.apiserver import ApiServer
from tests.support.cert_manager import VERSION, settle
from tests.support.live import dump

COUNT = int(os.environ.get("MTLSAUDIT_WINDOWS", "30"))
_CRONS = (
    "0 0 * * 0", "0 3 * * *", "*/30 * * * *", "0 0 1 * *", "15 2 * * MON-FRI", "0 0 29 2 *", "0 12 1,15 * *", "5 4 * JAN *",
    "0 22 * * 5,6", "0 0 31 * *", "0 0 13 * FRI", "@daily", "10-20/5 1 * * *", "0 0 30 2 *", "0 2 25-31 3,10 SUN", "@yearly",
)  # fmt: skip
_ZONES = (None, None, "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Local")
_LENGTHS = ("1h", "4h", "30m", "24h", "168h")


def _certificate(random: Random, number: int) -> dict[str, Any]:
    windows = []
    for _ in range(random.choice((1, 1, 2, 3))):
        zone = random.choice(_ZONES)
        window = {"cron": random.choice(_CRONS), "windowDuration": random.choice(_LENGTHS)}
        windows.append({**window, **({"timezone": zone} if zone else {})})
    spec: dict[str, Any] = {"secretName": f"w{number}", "commonName": "w", "issuerRef": {"name": "self"}}
    spec |= {"privateKey": {"algorithm": "ECDSA"}, "renewal": {"policy": "RenewBefore", "windows": windows}}
    for field, values in (("duration", (None, "24h", "720h", "8760h")), ("renewBefore", (None, None, "5h", "12h"))):
        chosen = random.choice(values)
        if chosen:
            spec[field] = chosen
    meta = {"name": f"w{number}", "namespace": "windows"}
    return {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": meta, "spec": spec}


@pytest.fixture(scope="module")
def specs(issuing: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> list[CertificateSpec]:
    random = Random("windows")
    meta = {"name": "self", "namespace": "windows"}
    issuer = {"apiVersion": "cert-manager.io/v1", "kind": "Issuer", "metadata": meta, "spec": {"selfSigned": {}}}
    issuing.apply(yaml.safe_dump_all([issuer, *(_certificate(random, n) for n in range(COUNT))]))
    settle(issuing)
    file: Path = tmp_path_factory.mktemp("windows") / "cluster.json"
    file.write_text(dump(issuing))
    request = Request((str(file),), datetime.now(UTC), Policy(), True, cert_manager_version=VERSION, use_tools=False)
    return [s for s in graph_of(collect(request), request).specs if s.key.startswith("windows/")]


def test_the_renewal_is_when_cert_manager_says(specs: list[CertificateSpec]) -> None:
    wrong = {}
    for spec in specs:
        status = spec.status
        assert status.not_before is not None
        assert status.not_after is not None
        ours = renewal(status.not_before, status.not_after, spec, parse_version(VERSION))
        if (ours.time, bool(ours.problem)) != (status.renewal_time, status.reason == "WindowError"):
            wrong[spec.key] = (ours.time, ours.problem, status.renewal_time, status.reason)
    assert wrong == {}


def test_some_are_moved_and_some_find_no_window(specs: list[CertificateSpec]) -> None:
    assert len(specs) == COUNT
    reasons = Counter(s.status.reason for s in specs)
    assert reasons["Ready"] > COUNT // 4
    assert reasons["WindowError"] > 2
