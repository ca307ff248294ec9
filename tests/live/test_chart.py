"""What the chart makes, judged by the real API server: strict validation, and the Pod Security Standard `restricted`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.generate import MANIFESTS
from tests.support.apiserver import ApiServer, Refused, path_of
from tests.support.chart import OPTIONS, arguments, objects, of_kind
from tests.support.command import environment
from tests.support.live import NOW

HOME = "dry"


@pytest.fixture(scope="module")
def server(cluster: ApiServer) -> ApiServer:
    """With the namespaces that the objects go to."""
    spaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": n}} for n in (HOME, "shop", "pay")]
    spaces[0]["metadata"]["labels"] = {"pod-security.kubernetes.io/enforce": "restricted"}  # type: ignore[index]
    cluster.apply(yaml.safe_dump_all(spaces))
    return cluster


def dry_run(server: ApiServer, thing: dict[str, Any]) -> dict[str, Any]:
    """The object as the server would keep it. Raises Refused, also for a field that it does not know."""
    place = path_of(thing).rpartition("/")[0]
    kept: dict[str, Any] = server.request("POST", f"{place}?dryRun=All&fieldValidation=Strict", thing)
    return kept


@pytest.mark.parametrize("name", OPTIONS)
def test_the_server_takes_every_object(server: ApiServer, name: str) -> None:
    for thing in objects(*OPTIONS[name], namespace=HOME):
        kept = dry_run(server, thing)
        assert kept["metadata"]["name"] == thing["metadata"]["name"]


@pytest.mark.parametrize("name", OPTIONS)
def test_a_restricted_namespace_admits_the_pod(server: ApiServer, name: str) -> None:
    """Pod Security admission looks at Pods, so one is made of the template."""
    (job,) = of_kind(objects(*OPTIONS[name], namespace=HOME), "CronJob")
    template = job["spec"]["jobTemplate"]["spec"]["template"]
    # Nobody makes the priority class, which admission would ask for first.
    spec = {k: v for k, v in template["spec"].items() if k != "priorityClassName"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "scan", "namespace": HOME}, "spec": spec}
    assert dry_run(server, pod)["spec"]["serviceAccountName"] == spec["serviceAccountName"]
    loose = json.loads(json.dumps(pod))
    del loose["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"]
    with pytest.raises(Refused) as refused:
        dry_run(server, loose)
    assert "violates PodSecurity" in str(refused.value)


def test_the_server_takes_the_manifests(server: ApiServer) -> None:
    home, *rest = yaml.safe_load_all(MANIFESTS.read_text())
    dry_run(server, home)
    server.apply(yaml.safe_dump(home))
    for thing in rest:
        dry_run(server, thing)


def test_an_unknown_field_and_a_wrong_value_are_refused(server: ApiServer) -> None:
    """The dry run can fail: what passes it above has been looked at."""
    (job,) = of_kind(objects(namespace=HOME), "CronJob")
    wrong = json.loads(json.dumps(job))
    wrong["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["securityContext"]["readOnlyRoot"] = True
    with pytest.raises(Refused, match=r"unknown field .*readOnlyRoot"):
        dry_run(server, wrong)
    job["spec"]["concurrencyPolicy"] = "Never"
    with pytest.raises(Refused, match="concurrencyPolicy"):
        dry_run(server, job)


def test_the_scan_runs_as_its_pod_would(server: ApiServer, tmp_path: Path) -> None:
    """With the chart's arguments and account, and the files and variables that the kubelet gives a pod."""
    made = objects("report.to=configMap", release="pod", namespace="pod")
    server.apply("---\n".join(json.dumps(o) + "\n" for o in made if o["kind"] not in ("CronJob", "NetworkPolicy")))
    account = tmp_path / "serviceaccount"
    account.mkdir()
    (account / "token").write_text(server.token("pod-mtlsaudit", "pod"))
    (account / "ca.crt").write_text(server.ca_file.read_text())
    (account / "namespace").write_text("pod")
    # The paths are fixed in the `kubernetes` package (and the kubelet); a test cannot write to /var/run.
    program = (
        "import sys, kubernetes.config.incluster_config as c\n"
        f"c.SERVICE_TOKEN_FILENAME = {str(account / 'token')!r}\n"
        f"c.SERVICE_CERT_FILENAME = {str(account / 'ca.crt')!r}\n"
        "from mtlsaudit.cli import run\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    where = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(server.port)}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments(made), "--now", NOW],
        capture_output=True,
        text=True,
        env=environment(where),
        timeout=120,
    )
    assert done.returncode in (0, 1), done.stderr
    kept = server.request("GET", "/api/v1/namespaces/pod/configmaps/pod-mtlsaudit-report")
    top = json.loads(kept["data"]["summary.json"])
    assert (top["sources"], top["now"]) == (["in-cluster"], NOW)
    assert done.stdout == ""
