"""`mtlsaudit rbac`: the roles as text that a person and a server read."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from mtlsaudit.platforms import CLUSTER_SCOPED, KINDS
from mtlsaudit.sources.cluster.rights import RETIRED, plural
from tests.support.command import mtlsaudit

TIERS = ("none", "named", "list")
GUIDE = "examples/mtls-guide-hardened"


def roles(*arguments: str | Path) -> list[dict[str, Any]]:
    result = mtlsaudit("rbac", *arguments)
    assert (result.code, result.err) == (0, "")
    return list(yaml.safe_load_all(result.out))


def grants(role: dict[str, Any]) -> dict[tuple[str, str], set[str]]:
    out: dict[tuple[str, str], set[str]] = {}
    for rule in role["rules"]:
        assert set(rule) == {"apiGroups", "resources", "verbs"}
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                assert (group, resource) not in out, "granted twice"
                out[group, resource] = set(rule["verbs"])
    return out


@pytest.mark.parametrize("tier", TIERS)
def test_every_kind_that_is_read_is_granted_and_nothing_else(tier: str) -> None:
    (role,) = roles("--secrets", tier)
    assert (role["kind"], role["metadata"]) == ("ClusterRole", {"name": "mtlsaudit"})
    wanted = {(g, plural(k)): {"list"} for g, k in KINDS if (g, k) not in RETIRED}
    del wanted["", "secrets"]
    if tier != "none":
        wanted["", "secrets"] = {"get", "list"} if tier == "list" else {"get"}
    assert grants(role) == wanted


def test_nothing_but_reading_is_ever_granted() -> None:
    for tier in TIERS:
        for role in roles("--secrets", tier, "-n", "shop", "--service-account", "audit/mtlsaudit"):
            for rule in role.get("rules", ()):
                assert set(rule["verbs"]) <= {"get", "list"}
                assert not {"*"} & {*rule["apiGroups"], *rule["resources"]}


def test_named_is_the_default_and_says_what_it_costs() -> None:
    text = mtlsaudit("rbac").out
    assert text == mtlsaudit("rbac", "--secrets", "named").out
    assert "who may read a certificate may read its key" in text
    assert "resources: [secrets]" in text
    assert "resources: [secrets]" not in mtlsaudit("rbac", "--secrets", "none").out


def test_namespaces_get_roles_and_only_kinds_without_namespaces_a_cluster_role() -> None:
    cluster, shop, pay = roles("-n", "shop", "-n", "pay", "-n", "shop")
    assert [(r["kind"], r["metadata"].get("namespace")) for r in (cluster, shop, pay)] == [
        ("ClusterRole", None),
        ("Role", "shop"),
        ("Role", "pay"),
    ]
    scoped = {plural(kind) for kind in CLUSTER_SCOPED}
    assert {resource for _, resource in grants(cluster)} == scoped
    assert shop["rules"] == pay["rules"]
    (whole,) = roles()
    assert {**grants(cluster), **grants(shop)} == grants(whole)
    assert not grants(cluster).keys() & grants(shop).keys()


def test_all_means_all_namespaces() -> None:
    assert mtlsaudit("rbac", "-n", "all").out == mtlsaudit("rbac").out


def test_bindings_lead_from_the_account_to_each_role() -> None:
    made = roles("--name", "reader", "-n", "shop", "--service-account", "audit/robot")
    assert [r["kind"] for r in made] == ["ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding"]
    for role, binding in ((made[0], made[2]), (made[1], made[3])):
        assert binding["metadata"] == role["metadata"]
        assert binding["roleRef"] == {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": role["kind"],
            "name": "reader",
        }
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "robot", "namespace": "audit"}]


def test_names_that_look_like_numbers_or_booleans_stay_strings() -> None:
    made = roles("--name", "1.5", "-n", "1", "-n", "yes", "-n", "null", "--service-account", "on/0x1")
    assert {r["metadata"]["name"] for r in made} == {"1.5"}
    assert [r["metadata"].get("namespace") for r in made[:4]] == [None, "1", "yes", "null"]
    assert made[-1]["subjects"] == [{"kind": "ServiceAccount", "name": "0x1", "namespace": "on"}]


def test_names_from_manifests_narrow_the_secrets() -> None:
    cluster, *narrow = roles("--names-from", GUIDE)
    assert ("", "secrets") not in grants(cluster)
    assert narrow
    for role in narrow:
        (rule,) = role["rules"]
        assert (rule["resources"], rule["verbs"]) == (["secrets"], ["get"])
        assert rule["resourceNames"] == sorted(set(rule["resourceNames"]))
        assert role["metadata"]["name"] == "mtlsaudit-secrets"
    namespaces = [r["metadata"]["namespace"] for r in narrow]
    assert all(a < b for a, b in pairwise(namespaces))
    first = namespaces[0]
    assert [r["metadata"].get("namespace") for r in roles("--names-from", GUIDE, "-n", first)] == [None, first, first]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--secrets", "all"), 2, "'all' is not one of 'none', 'named', 'list'"),
        (("-n", "Shop"), 2, "'Shop' cannot be the name of a namespace"),
        (("-n", "a b"), 2, "cannot be the name of a namespace"),
        (("--name", "x: y\nrules: []"), 2, "cannot be the name of an object"),
        (("--name", ""), 2, "cannot be the name of an object"),
        (("--service-account", "robot"), 2, "expected NAMESPACE/NAME"),
        (("--service-account", "a/b/c"), 2, "expected NAMESPACE/NAME"),
        (("--names-from", GUIDE, "--secrets", "list"), 2, "--names-from goes with --secrets named"),
        (("--names-from", "absent"), 3, "no such file"),
        (("--names-from", "rules/ingress"), 3, "names a Secret"),
    ],
)
def test_wrong_usage_is_told(arguments: tuple[str, ...], code: int, words: str) -> None:
    result = mtlsaudit("rbac", *arguments)
    assert (result.code, result.out) == (code, "")
    assert words in " ".join(result.err.split())
