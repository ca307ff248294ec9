"""The chart: what each option makes, that it is safe, and that it grants what `mtlsaudit rbac` prints."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import generate
from tests.support.chart import OPTIONS, ChartRefused, Objects, arguments, objects, of_kind, render
from tests.support.command import mtlsaudit
from tests.support.processes import find

RBAC = {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}
BY_DEFAULT = ["NetworkPolicy", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "CronJob"]


def bare(thing: dict[str, Any]) -> dict[str, Any]:
    """Without labels, which only the chart gives."""
    return {**thing, "metadata": {k: v for k, v in thing["metadata"].items() if k != "labels"}}


def pod(made: Objects) -> dict[str, Any]:
    (job,) = of_kind(made, "CronJob")
    spec: dict[str, Any] = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return spec


def leaves(tree: object, path: str = "") -> Iterator[str]:
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    else:
        yield path


def test_the_defaults_make_what_a_scan_needs_and_nothing_more() -> None:
    assert [o["kind"] for o in objects()] == BY_DEFAULT


@pytest.mark.parametrize("name", OPTIONS)
def test_the_pod_is_safe_whatever_is_set(name: str) -> None:
    made = objects(*OPTIONS[name])
    spec = pod(made)
    assert spec["restartPolicy"] == "Never"
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"cpu", "memory", "ephemeral-storage"} == set(container["resources"]["limits"])
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & set(spec)
    assert not [v for v in spec["volumes"] if "hostPath" in v]
    assert {m["name"] for m in container["volumeMounts"]} == {v["name"] for v in spec["volumes"]}
    (job,) = of_kind(made, "CronJob")
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    assert job["spec"]["jobTemplate"]["spec"]["backoffLimit"] == 0


@pytest.mark.parametrize("name", OPTIONS)
def test_only_the_pod_mounts_a_token(name: str) -> None:
    made = objects(*OPTIONS[name])
    assert all(a["automountServiceAccountToken"] is False for a in of_kind(made, "ServiceAccount"))
    assert pod(made)["automountServiceAccountToken"] is True


@pytest.mark.parametrize("name", OPTIONS)
def test_no_right_to_write_but_for_one_config_map_by_name(name: str) -> None:
    made = objects(*OPTIONS[name])
    writing = [
        (role["kind"], role["metadata"]["name"], rule)
        for role in made
        for rule in role.get("rules") or ()
        if not set(rule["verbs"]) <= {"get", "list"}
    ]
    if "report.to=configMap" not in OPTIONS[name] or "rbac.create=false" in OPTIONS[name]:
        assert writing == []
        return
    names = ["mtlsaudit-report"]
    rule = {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": names, "verbs": ["patch"]}
    assert writing == [("Role", "mtlsaudit-report", rule)]
    assert [c["metadata"]["name"] for c in of_kind(made, "ConfigMap")] == names


@pytest.mark.parametrize("tier", ["none", "named", "list"])
@pytest.mark.parametrize("namespaces", [(), ("shop",), ("shop", "pay")])
def test_the_roles_are_those_that_the_command_prints(tier: str, namespaces: tuple[str, ...]) -> None:
    asked = [part for ns in namespaces for part in ("-n", ns)]
    printed = mtlsaudit("rbac", "--secrets", tier, *asked, "--service-account", "mtlsaudit/mtlsaudit")
    assert (printed.code, printed.err) == (0, "")
    made = objects(f"scan.secrets={tier}", *(f"scan.namespaces={{{','.join(namespaces)}}}" for _ in namespaces[:1]))

    def ordered(things: Objects) -> Objects:
        return sorted(things, key=lambda o: (o["kind"], o["metadata"].get("namespace", "")))

    assert ordered([bare(o) for o in made if o["kind"] in RBAC]) == ordered(list(yaml.safe_load_all(printed.out)))
    assert f"--secrets={tier}" in arguments(made)
    assert [a for a in arguments(made) if a.startswith("--namespace=")] == [f"--namespace={n}" for n in namespaces]


def test_the_scan_is_called_as_the_options_say() -> None:
    plain = ["scan", "--in-cluster", "--secrets=named", "--fail-on=high", "--qps=50", "--format=table"]
    assert arguments(objects()) == plain
    assert arguments(objects(*OPTIONS["to-volume"]))[-2:] == [
        "--format=html",
        "--output=/var/lib/mtlsaudit/report.html",
    ]
    assert arguments(objects(*OPTIONS["history"]))[-2:] == [
        "--history=/var/lib/mtlsaudit/history.sqlite",
        "--format=table",
    ]
    assert arguments(objects(*OPTIONS["to-config-map"]))[-1] == "--report-configmap=mtlsaudit/mtlsaudit-report"
    assert arguments(objects(*OPTIONS["names"]))[-2:] == ["--all-outcomes", "--request-timeout=30"]
    config = arguments(objects(*OPTIONS["config"]))
    assert {"--strict", "--config=/etc/mtlsaudit/mtlsaudit.yaml", "--fail-on=never"} <= set(config)


@pytest.mark.parametrize("name", OPTIONS)
def test_the_command_takes_the_arguments(name: str) -> None:
    """Every option exists; outside a pod the scan then ends for want of a cluster, not for want of an option."""
    given = [a for a in arguments(objects(*OPTIONS[name])) if not a.startswith(("--config=", "--history="))]
    result = mtlsaudit(*given)
    assert result.code == 3, result.err
    assert "--in-cluster" in result.err


def test_the_config_is_one_that_the_command_reads(tmp_path: Path) -> None:
    made = objects(*OPTIONS["config"])
    (config,) = of_kind(made, "ConfigMap")
    (tmp_path / "mtlsaudit.yaml").write_text(config["data"]["mtlsaudit.yaml"])
    (tmp_path / "empty.yaml").write_text("{apiVersion: v1, kind: Namespace, metadata: {name: a}}\n")
    report = json.loads(mtlsaudit("scan", "empty.yaml", "-f", "json", cwd=tmp_path).out)
    assert report["scan"]["policy"]["rotation"]["max_days"] == 60
    volumes = {v["name"]: v for v in pod(made)["volumes"]}
    assert volumes["config"]["configMap"]["name"] == config["metadata"]["name"]


def test_a_volume_is_claimed_only_where_something_is_kept() -> None:
    claims = {name: of_kind(objects(*values), "PersistentVolumeClaim") for name, values in OPTIONS.items()}
    assert {name for name, found in claims.items() if found} == {"to-volume", "history", "storage-class"}
    (fast,) = claims["storage-class"]
    assert fast["spec"]["storageClassName"] == "fast"
    assert fast["spec"]["resources"] == {"requests": {"storage": "5Gi"}}
    kept = {v["name"]: v for v in pod(objects(*OPTIONS["existing-claim"]))["volumes"]}["kept"]
    assert kept["persistentVolumeClaim"]["claimName"] == "mine"


def test_the_network_policy_lets_nobody_in_and_only_to_the_api_server_out() -> None:
    (wide,) = of_kind(objects(), "NetworkPolicy")
    ports = [{"protocol": "TCP", "port": 443}, {"protocol": "TCP", "port": 6443}]
    assert wide["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert wide["spec"]["ingress"] == []
    assert wide["spec"]["egress"] == [{"ports": ports}]
    (job,) = of_kind(objects(), "CronJob")
    labels = job["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
    assert wide["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
    (narrow,) = of_kind(objects(*OPTIONS["narrow-network-policy"]), "NetworkPolicy")
    api, dns = narrow["spec"]["egress"]
    assert api == {"ports": ports, "to": [{"ipBlock": {"cidr": c}} for c in ("10.0.0.10/32", "fd00::1/128")]}
    assert {p["port"] for p in dns["ports"]} == {53}
    assert of_kind(objects(*OPTIONS["no-network-policy"]), "NetworkPolicy") == []


def test_the_account_may_be_somebody_elses() -> None:
    made = objects(*OPTIONS["given-account"])
    assert of_kind(made, "ServiceAccount") == []
    assert pod(made)["serviceAccountName"] == "auditor"
    (binding,) = of_kind(made, "ClusterRoleBinding")
    assert binding["subjects"][0]["name"] == "auditor"


def test_a_digest_goes_before_the_tag() -> None:
    (container,) = pod(objects(*OPTIONS["digest"]))["containers"]
    assert container["image"] == f"registry.example/mtlsaudit@sha256:{'a' * 64}"


def test_a_long_release_name_still_gives_a_name_that_a_cron_job_may_have() -> None:
    (job,) = of_kind(objects(release="a" * 53), "CronJob")
    assert len(job["metadata"]["name"]) <= 52


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ("scan.secrets=all", "/scan/secrets"),
        ("scan.secret=none", "secret"),
        ("scan.namespaces={Shop}", "/scan/namespaces"),
        ("report.to=email", "/report/to"),
        ("image.tag=latest", "/image/tag"),
        ("image.digest=sha256:abc", "/image/digest"),
        ("schedule=daily", "schedule"),
        ("networkPolicy.apiServer.cidrs={10.0.0.1}", "cidrs"),
        ("networkPolicy.apiServer.ports={}", "ports"),
        ("serviceAccount.create=false", "serviceAccount.name is needed"),
        ("resources.limits.memory=lots", "memory"),
        (r"podLabels.app\.kubernetes\.io/name=elsewhere", "invalid propertyName 'app.kubernetes.io/"),
        (r"podLabels.app\.kubernetes\.io/instance=elsewhere", "invalid propertyName 'app.kubernetes.io/"),
        ("nosuch=1", "nosuch"),
    ],
)
def test_values_that_mean_nothing_are_refused(values: str, words: str) -> None:
    with pytest.raises(ChartRefused) as refused:
        render(values)
    assert words in str(refused.value)


def test_every_value_is_in_the_schema_and_set_by_some_test() -> None:
    defaults = yaml.safe_load((generate.CHART / "values.yaml").read_text())
    schema = json.loads((generate.CHART / "values.schema.json").read_text())
    for path in leaves(defaults):
        where = schema
        for key in path.split("."):
            if "properties" not in where:
                break
            where = where["properties"][key]
    assert set(schema["properties"]) - {"global"} == set(defaults)
    given = {re.sub(r"\[\d+\]", "", v.partition("=")[0]) for values in OPTIONS.values() for v in values}
    touched = {path for path in leaves(defaults) if any(g.startswith(path) for g in given)}
    left = set(leaves(defaults)) - touched
    assert left == {
        "nameOverride",
        "image.tag",
        "image.pullPolicy",
        "startingDeadlineSeconds",
        "activeDeadlineSeconds",
        "successfulJobsHistoryLimit",
        "failedJobsHistoryLimit",
        "scan.qps",
        "volume.accessMode",
        "networkPolicy.apiServer.ports",
        *(f"resources.{a}.{b}" for a in ("requests", "limits") for b in ("cpu", "memory", "ephemeral-storage")),
    }


def test_what_is_generated_is_current(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(find("helm")).parent), prepend=":")
    assert generate.main(["--check"]) == 0, capsys.readouterr().err


def test_the_manifests_are_the_chart_with_its_defaults() -> None:
    """Compared as objects, by another way than the text that the generator cuts."""
    home, *plain = yaml.safe_load_all(generate.MANIFESTS.read_text())
    assert (home["kind"], home["metadata"]["name"]) == ("Namespace", generate.NAMESPACE)
    assert home["metadata"]["labels"] == {"pod-security.kubernetes.io/enforce": "restricted"}
    made = objects()
    for text in ("helm.sh/chart", "managed-by"):
        assert text not in generate.MANIFESTS.read_text()
    for thing in made:
        strip_helm(thing)
    assert plain == made


def strip_helm(tree: object) -> None:
    if isinstance(tree, dict):
        for name in ("helm.sh/chart", "app.kubernetes.io/managed-by"):
            tree.pop(name, None)
        for below in tree.values():
            strip_helm(below)
    elif isinstance(tree, list):
        for below in tree:
            strip_helm(below)


def test_a_stale_file_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "RIGHTS", tmp_path / "rights.yaml")
    monkeypatch.setattr(generate, "MANIFESTS", tmp_path / "mtlsaudit.yaml")
    monkeypatch.setenv("PATH", str(Path(find("helm")).parent), prepend=":")
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().err.splitlines() == ["rights.yaml: out of date", "mtlsaudit.yaml: out of date"]
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    assert generate.RIGHTS.read_text() == (generate.CHART / "rights.yaml").read_text()


@pytest.mark.parametrize("name", OPTIONS)
def test_kube_score_has_nothing_critical(name: str, tmp_path: Path) -> None:
    file = tmp_path / "made.yaml"
    file.write_text(render(*OPTIONS[name]))
    done = subprocess.run([find("kube-score"), "score", "-o", "json", str(file)], capture_output=True, text=True)
    scores = [
        (thing["object_name"], check["check"]["id"], check["grade"])
        for thing in json.loads(done.stdout)
        for check in thing["checks"]
        if not check["skipped"]
    ]
    assert len(scores) > 10
    bad = {check for _, check, grade in scores if grade < 5}
    # Without the NetworkPolicy its check fails, as it should: the score can tell.
    assert bad == ({"pod-networkpolicy"} if name == "no-network-policy" else set())


@pytest.mark.parametrize("name", OPTIONS)
def test_helm_finds_nothing_wrong_with_the_chart(name: str) -> None:
    values = [part for v in OPTIONS[name] for part in ("--set", v)]
    command = [find("helm"), "lint", "--strict", "--kube-version", generate.KUBERNETES, *values, str(generate.CHART)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", OPTIONS)
def test_an_audit_of_the_chart_itself_has_no_finding(name: str) -> None:
    done = mtlsaudit("scan", "-", "--complete", "--fail-on", "info", "--strict", stdin=render(*OPTIONS[name]))
    assert (done.code, done.err) == (0, "")
    assert "FINDINGS  none" in done.out
