"""The API server that the live tests stand on is the real one, and does what they rely on."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request

import pytest
import yaml

from tests.support.apiserver import ApiServer, Refused


def test_it_is_the_release_that_the_documentation_names(cluster: ApiServer) -> None:
    assert cluster.request("GET", "/version")["gitVersion"] == "v1.34.4"


def test_rbac_decides_and_the_audit_log_tells(cluster: ApiServer) -> None:
    rules = [{"apiGroups": [""], "resources": ["services"], "verbs": ["list"]}]
    path = cluster.service_account("reader", rules)
    token = yaml.safe_load(path.read_text())["users"][0]["user"]["token"]
    context = ssl.create_default_context(cafile=str(cluster.ca_file))

    def get(resource: str) -> int:
        asked = urllib.request.Request(f"{cluster.url}/api/v1/{resource}", headers={"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(asked, context=context, timeout=30) as answer:
                json.loads(answer.read())
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    assert get("services") == 200
    assert get("secrets") == 403
    events = cluster.audited("system:serviceaccount:audit:reader")
    assert [(e["verb"], e["objectRef"]["resource"], e["responseStatus"]["code"]) for e in events] == [
        ("list", "services", 200),
        ("list", "secrets", 403),
    ]


def test_a_list_cannot_be_continued_after_compaction(cluster: ApiServer) -> None:
    manifests = "".join(
        f"---\n{{apiVersion: v1, kind: ConfigMap, metadata: {{name: c{n}, namespace: pages}}, data: {{n: '{n}'}}}}\n"
        for n in range(5)
    )
    cluster.apply(manifests)
    path = "/api/v1/namespaces/pages/configmaps?limit=2"
    first = cluster.request("GET", path)
    token = first["metadata"]["continue"]
    assert len(first["items"]) == 2
    cluster.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: c9, namespace: pages}}\n")
    cluster.compact()
    with pytest.raises(Refused) as refused:
        cluster.request("GET", f"{path}&continue={token}")
    assert refused.value.code == 410
