"""Which kinds make pods, and where their template stands."""

from __future__ import annotations

TEMPLATE_PATH: dict[str, tuple[str, ...]] = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "Pod": (),
}
WORKLOAD_KINDS: tuple[tuple[str, str], ...] = tuple(
    ({"Pod": "", "ReplicationController": "", "Job": "batch", "CronJob": "batch"}.get(kind, "apps"), kind)
    for kind in TEMPLATE_PATH
)
"""(group, kind)."""
