"""The Helm chart of deploy/, rendered by the real helm."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from deploy.generate import CHART, KUBERNETES, NAMESPACE
from tests.support.processes import find

Objects = list[dict[str, Any]]

OPTIONS: Mapping[str, Sequence[str]] = {
    "defaults": (),
    "no-secrets": ("scan.secrets=none",),
    "list-secrets": ("scan.secrets=list",),
    "namespaces": ("scan.namespaces={shop,pay}",),
    "namespaces-list": ("scan.namespaces={shop}", "scan.secrets=list"),
    "to-volume": ("report.to=volume", "report.format=html"),
    "to-config-map": ("report.to=configMap",),
    "history": ("history.enabled=true",),
    "existing-claim": ("history.enabled=true", "report.to=volume", "volume.existingClaim=mine"),
    "storage-class": ("history.enabled=true", "volume.storageClassName=fast", "volume.size=5Gi"),
    "no-rbac": ("rbac.create=false",),
    "no-rbac-config-map": ("rbac.create=false", "report.to=configMap"),
    "given-account": ("serviceAccount.create=false", "serviceAccount.name=auditor"),
    "account-annotations": ("serviceAccount.annotations.owner=security",),
    "no-network-policy": ("networkPolicy.enabled=false",),
    "narrow-network-policy": ("networkPolicy.apiServer.cidrs={10.0.0.10/32,fd00::1/128}", "networkPolicy.dns=true"),
    "digest": (f"image.digest=sha256:{'a' * 64}", "image.repository=registry.example/mtlsaudit"),
    "config": ("scan.config.policy.rotation-max-days=60", "scan.strict=true", "scan.failOn=never"),
    "schedule": ("schedule=@daily", "timeZone=Europe/Berlin", "suspend=true"),
    "placement": (
        "nodeSelector.pool=infra",
        "tolerations[0].operator=Exists",
        "priorityClassName=low",
        "podLabels.team=security",
        "podAnnotations.note=x",
        "imagePullSecrets[0].name=pull",
        "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight=1",
        "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].key=a",
        "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].operator=Exists",
    ),
    "names": ("fullnameOverride=audit", "scan.extraArgs={--all-outcomes,--request-timeout=30}"),
}
"""Name → the values set; every option of the chart is in one of them."""


class ChartRefused(Exception):
    """helm's own words."""


def render(*values: str, release: str = "mtlsaudit", namespace: str = NAMESPACE) -> str:
    """The chart's YAML. Raises ChartRefused."""
    command = [find("helm"), "template", release, str(CHART), "--namespace", namespace, "--kube-version", KUBERNETES]
    done = subprocess.run(
        [*command, *(part for v in values for part in ("--set", v))], capture_output=True, text=True, timeout=60
    )
    if done.returncode:
        raise ChartRefused(done.stderr)
    return done.stdout


def objects(*values: str, **where: str) -> Objects:
    """What the chart makes with these values."""
    return [o for o in yaml.safe_load_all(render(*values, **where)) if o]


def of_kind(made: Objects, kind: str) -> Objects:
    return [o for o in made if o["kind"] == kind]


def arguments(made: Objects) -> list[str]:
    """What the container of the CronJob is called with."""
    (job,) = of_kind(made, "CronJob")
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    return list(container["args"])
