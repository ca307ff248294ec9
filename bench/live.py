"""A scan of a large cluster on a real API server, beside raw GETs of the same lists as the floor."""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from bench.app import NAMESPACES, NOW, make_app, namespace_name
from bench.measure import Cost, Failure, run
from bench.pki import Authority
from bench.templates import CLIENT_CA, CLUSTER

_HELM = base64.b64encode(bytes(range(256)) * 147).decode()
"""Fifty kilobytes, as a release of a middling chart has."""

_BATCH = 1 << 20
_REGISTRY = {
    "Ingress": "ingress",
    "NetworkPolicy": "networkpolicies",
    "Secret": "secrets",
    "Service": "services/specs",
    "Certificate": "cert-manager.io/certificates",
}
LISTS = {
    "none": ["/apis/networking.k8s.io/v1/ingresses", "/apis/networking.k8s.io/v1/networkpolicies", "/api/v1/services",
             "/apis/cert-manager.io/v1/certificates"],
    "list": ["/apis/networking.k8s.io/v1/ingresses", "/apis/networking.k8s.io/v1/networkpolicies", "/api/v1/services",
             "/apis/cert-manager.io/v1/certificates", "/api/v1/secrets?fieldSelector=type%3Dkubernetes.io%2Ftls"],
}  # fmt: skip
_CRDS = "deploy/crds"


def objects(apps: int) -> Iterator[dict[str, Any]]:
    """Per application an Ingress, a Certificate, a Service and its Secret; to that one and a half other TLS Secrets, two and a
    half of Helm, and a NetworkPolicy for every second."""
    from bench.app import render

    authority = Authority(NOW)
    for number in range(apps):
        app = make_app(number)
        for thing in yaml.load_all(render(app, authority), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if thing["kind"] in _REGISTRY and (thing["kind"] != "NetworkPolicy" or number % 2 == 0):
                yield thing
        for extra in range(1 + number % 2):
            yield _tls(authority, 1_000_000 + 2 * number + extra, app.namespace)
        for extra in range(2 + number % 2):
            yield _secret(
                f"sh.helm.release.v1.app-{number}.v{extra}", app.namespace, "helm.sh/release.v1", {"release": _HELM}
            )


def _tls(authority: Authority, serial: int, namespace: str) -> dict[str, Any]:
    pair = authority.issue(serial, [f"other-{serial}.example.com"], NOW - timedelta(days=20), timedelta(days=90))
    data = {"tls.crt": pair.certificate, "tls.key": pair.key, "ca.crt": authority.certificate}
    return _secret(f"other-{serial}", namespace, "kubernetes.io/tls", data)


def _secret(name: str, namespace: str, kind: str, data: Mapping[str, str]) -> dict[str, Any]:
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": kind, "data": dict(data)}


def _stored(thing: dict[str, Any], number: int) -> tuple[str, bytes]:
    """Key and value in etcd; the API server reads JSON as well as its own protobuf there."""
    meta = thing["metadata"]
    meta["uid"] = f"00000000-0000-4000-8000-{number:012d}"
    meta["creationTimestamp"] = "2026-11-01T00:00:00Z"
    if thing["kind"] == "Service":
        thing["spec"] |= {"clusterIP": "None", "clusterIPs": ["None"], "type": "ClusterIP", "sessionAffinity": "None"}
        thing["spec"]["ports"] = [{"protocol": "TCP", **port} for port in thing["spec"]["ports"]]
    key = f"/registry/{_REGISTRY[thing['kind']]}/{meta['namespace']}/{meta['name']}"
    return key, json.dumps(thing).encode()


def load(cluster: Any, things: Iterable[dict[str, Any]]) -> int:
    """Put the objects into etcd, many in a transaction; how many there were. The API server need not run."""
    batch: list[dict[str, Any]] = []
    size = count = 0
    for count, thing in enumerate(things, 1):
        key, value = _stored(thing, count)
        put = {"key": base64.b64encode(key.encode()).decode(), "value": base64.b64encode(value).decode()}
        batch.append({"requestPut": put})
        size += len(value)
        if size > _BATCH or len(batch) == 120:
            cluster.etcd("/v3/kv/txn", {"success": batch})
            batch, size = [], 0
    if batch:
        cluster.etcd("/v3/kv/txn", {"success": batch})
    return count


def prepare(cluster: Any, crds: Path, apps: int) -> int:
    """Everything that there is one of through the API, the many straight into etcd."""
    for file in sorted(crds.glob("cert-manager.io_*.yaml")):
        cluster.apply(file.read_text())
    authority = Authority(NOW)
    cluster.apply(CLUSTER)
    cluster.apply(
        "---\n".join(CLIENT_CA.format(ns=namespace_name(n), ca=authority.certificate) for n in range(NAMESPACES))
    )
    cluster.stop("apiserver")
    count = load(cluster, objects(apps))
    cluster.start()
    return count


def measure(apps: int, crds: Path) -> Iterator[tuple[str, Cost | Failure]]:
    """(what, cost) of raw GETs and of scans, by tier; each after one run that is not counted."""
    from tests.support.apiserver import running

    with tempfile.TemporaryDirectory() as directory, running(Path(directory)) as cluster:
        prepare(cluster, crds, apps)
        config = cluster.kubeconfig("bench")
        scan = [sys.executable, "-m", "mtlsaudit", "scan", "--kubeconfig", str(config), "--fail-on", "never",
                "--now", NOW.isoformat(), "--qps", "1000", "--secrets"]  # fmt: skip
        identity = [w for n in ("cacert:ca.crt", "cert:admin.crt", "key:admin.key") for w in _option(directory, n)]
        for tier, paths in LISTS.items():
            raw = ["curl", "-sSf", "--retry", "9", "--retry-delay", "1", *identity]
            raw += [word for path in paths for word in ("-o", "/dev/null", cluster.url + path)]
            for name, command in (("raw GET", raw), ("mtlsaudit scan", [*scan, tier])):
                run(command, frozenset({0}), 900)
                yield f"{name}, secrets {tier}", run(command, frozenset({0}), 900)


def _option(directory: str, named: str) -> tuple[str, str]:
    option, _, file = named.partition(":")
    return f"--{option}", f"{directory}/{file}"


def main(sizes: Iterable[int]) -> int:
    from tests.support.cert_manager import CRDS

    print("| applications | what | wall s | CPU s | peak MiB |\n|---:|---|---:|---:|---:|")
    failed = False
    for apps in sizes:
        for what, cost in measure(apps, CRDS):
            failed = failed or isinstance(cost, Failure)
            shown = (
                cost.reason if isinstance(cost, Failure) else f"{cost.wall:.1f} | {cost.cpu:.1f} | {cost.memory:.0f}"
            )
            print(f"| {apps} | {what} | {shown} |", flush=True)
    return int(failed)
