"""Every format of a report whose objects come from a cluster: named by object, never by a file or a line that is not there."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from icalendar import Calendar

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import ClusterOrigin, as_directory
from mtlsaudit.model.report import Report
from mtlsaudit.output import FORMATS, renderer
from mtlsaudit.output.explain import explain
from mtlsaudit.output.inventory import FORMATS as INVENTORIES
from mtlsaudit.output.inventory import renderer as inventory
from mtlsaudit.platforms import CLUSTER_SCOPED, wanted
from mtlsaudit.sources.harvest import Harvest
from mtlsaudit.sources.repository import join
from tests.output.test_json import problems
from tests.output.test_sarif import ACCEPTED_WITHOUT_REGION, validate
from tests.support.from_cluster import CASE, CLUSTER, NOTE, cluster_report, empty_report, harvest_of, report_of
from tests.support.node import multitool

INGRESS = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses/shop"
PLACE = "ingresses.networking.k8s.io shop/shop"
DIRECTORY = "arn-aws-eks-eu-west-1-1234-cluster-prod"


@cache
def report() -> Report:
    return cluster_report()


def run_of(found: Report) -> Any:
    (run,) = json.loads(renderer("sarif")(found))["runs"]
    return run


def physical(value: object) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "physicalLocation":
                yield inner
            yield from physical(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from physical(inner)


@pytest.mark.parametrize(
    ("resource", "place"),
    [
        (INGRESS, PLACE),
        ("/api/v1/namespaces/shop/secrets/tls", "secrets shop/tls"),
        ("/api/v1/namespaces/shop", "namespaces shop"),
        ("/apis/networking.k8s.io/v1/ingressclasses/nginx", "ingressclasses.networking.k8s.io nginx"),
        ("/odd", "/odd"),
    ],
)
def test_an_object_is_named_as_kubectl_names_it(resource: str, place: str) -> None:
    assert ClusterOrigin("c", resource).place == place


@pytest.mark.parametrize(
    ("cluster", "directory"),
    [
        (CLUSTER, DIRECTORY),
        ("..", "cluster"),
        ("../../etc", "etc"),
        ("/", "cluster"),
        ("a b\n%", "a-b"),
        ("größe", "gr-e"),
    ],
)
def test_a_cluster_named_like_a_path_leads_nowhere_else(cluster: str, directory: str) -> None:
    assert as_directory(cluster) == directory
    uri = ClusterOrigin(cluster, INGRESS).file
    assert uri == directory + INGRESS
    assert ".." not in Path(uri).parts


def test_the_sample_has_something_of_each_outcome() -> None:
    outcomes = {a.outcome.value for a in report().assessments}
    assert outcomes == {"pass", "fail", "unknown", "not-applicable"}
    assert {h.mode.value for h in report().hops} == {"mutual", "plaintext"}


def test_json_is_valid_and_says_where_in_the_cluster() -> None:
    document = json.loads(renderer("json")(report()))
    assert problems(document) == []
    assert (document["scan"]["cluster"], document["scan"]["world"]) == (CLUSTER, "closed")
    assert (document["coverage"]["files"], document["coverage"]["documents"]) == (0, 7)
    sites = [e["site"] for part in ("hops", "assessments", "trust") for row in document[part] for e in row["evidence"]]
    assert {s["cluster"] for s in sites} == {CLUSTER}
    assert INGRESS in {s["resource"] for s in sites}
    assert all(set(s) == {"cluster", "resource", "resource_version"} for s in sites)


@pytest.mark.parametrize(
    "site",
    [
        {},
        {"cluster": "c"},
        {"cluster": "c", "resource": INGRESS, "line": 1, "column": 1},
        {"file": "a.yaml", "resource_version": "1"},
        {"cluster": "c", "resource": "ingresses/shop"},
    ],
)
def test_the_schema_knows_files_and_clusters_and_nothing_between(site: object) -> None:
    document = json.loads(renderer("json")(report()))
    document["hops"][0]["evidence"][0]["site"] = site
    assert len(problems(document)) == 1


@pytest.mark.node
def test_sarif_holds_its_schema_and_what_github_asks(tmp_path: Path) -> None:
    log = json.loads(renderer("sarif")(report()))
    schema = json.loads((multitool() / "sarif-2.1.0.json").read_text(encoding="utf-8-sig"))
    assert [e.json_path for e in jsonschema.Draft202012Validator(schema).iter_errors(log)] == []
    reported = validate(log, tmp_path)
    assert {rule for level, rule in reported if level == "error"} == set()
    assert {rule for _, rule in reported} - ACCEPTED_WITHOUT_REGION.keys() == set()


def test_sarif_names_the_object_and_no_line() -> None:
    run = run_of(report())
    assert run["results"]
    found = list(physical(run["results"]))
    assert [p for p in found if "region" in p] == []
    assert all(p["artifactLocation"]["uri"].startswith(f"{DIRECTORY}/api") for p in found)
    for result in run["results"]:
        (location,) = result["locations"]
        subject, thing = location["logicalLocations"]
        assert subject["kind"] == thing["kind"] == "resource"
        assert (
            f"{DIRECTORY}{thing['fullyQualifiedName'].removeprefix(CLUSTER)}"
            == (location["physicalLocation"]["artifactLocation"]["uri"])
        )
        assert result["partialFingerprints"]["primaryLocationLineHash"].endswith(":1")
        for related in result.get("relatedLocations", ()):
            assert related["logicalLocations"][0]["fullyQualifiedName"].startswith(f"{CLUSTER}/api")


def test_clusters_are_categories_of_their_own_and_fingerprints_are_not() -> None:
    runs = [run_of(report()), run_of(cluster_report("other"))]
    assert [r["automationDetails"]["id"] for r in runs] == [
        f"mtlsaudit/cluster/{DIRECTORY}/",
        "mtlsaudit/cluster/other/",
    ]
    assert [r["properties"]["cluster"] for r in runs] == [CLUSTER, "other"]
    prints = [[x["partialFingerprints"]["mtlsaudit/v1"] for x in r["results"]] for r in runs]
    assert prints[0] == prints[1]


def test_an_empty_cluster_was_read() -> None:
    assert run_of(empty_report())["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize("name", ["table", "markdown", "html"])
def test_people_read_the_cluster_the_object_and_the_note(name: str) -> None:
    text = renderer(name)(report()).replace("\\_", "_")
    assert PLACE in text
    assert f"cluster {CLUSTER}" in text or f"<dt>Cluster</dt><dd>{CLUSTER}</dd>" in text
    assert NOTE in text
    assert DIRECTORY not in text
    assert re.search(r"\b0 files|Files read|complete input", text) is None
    assert "may not be listed: 403 Forbidden" in text


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_the_same_twice(name: str) -> None:
    assert renderer(name)(cluster_report()) == renderer(name)(report())


def test_no_hop_is_not_taken_for_no_ingress() -> None:
    gap = Gap("forbidden", "ingresses.networking.k8s.io", "may not be listed: 403 Forbidden")
    table, html = (renderer(n)(empty_report(gap)) for n in ("table", "html"))
    for text in (table, html):
        assert "no Ingress in what was read, and not all of the cluster was read" in text
    assert "NOT READ  1\n" in table
    for name in ("table", "html"):
        assert "no Ingress in the cluster." in renderer(name)(empty_report())
    assert "NOT READ  nothing that was asked for: every list came whole" in renderer("table")(empty_report())


def test_explain_names_the_objects() -> None:
    text = explain(report(), "shop/shop")
    assert text is not None
    assert f"{PLACE}  metadata.annotations['nginx.ingress.kubernetes.io/auth-tls-secret']" in text
    assert DIRECTORY not in text


def test_the_inventory_says_which_cluster() -> None:
    rows = list(csv.DictReader(io.StringIO(inventory("csv")(report()))))
    assert "Secret shop/shop-tls" in {row["id"] for row in rows}
    assert inventory("table")(report()).startswith(f"mtlsaudit {report().tool_version}: cluster {CLUSTER}, at ")
    bom = json.loads(inventory("cyclonedx")(report()))
    assert bom["metadata"]["component"] == {"type": "platform", "name": CLUSTER}
    places = {o["location"] for c in bom["components"] for o in c.get("evidence", {}).get("occurrences", ())}
    assert f"{DIRECTORY}/api/v1/namespaces/shop/secrets/shop-tls" in places


def test_the_bom_is_valid_by_the_official_schema() -> None:
    text = inventory("cyclonedx")(report())
    validator = JsonStrictValidator(SchemaVersion.V1_7)
    assert validator.validate_str(text) is None
    assert validator.validate_str(text.replace('"platform"', '"cluster"')) is not None


def test_calendars_of_two_clusters_do_not_take_each_others_events() -> None:
    calendars = [Calendar.from_ical(inventory("ics")(r)) for r in (report(), cluster_report("other"))]
    assert [str(c["X-WR-CALNAME"]) for c in calendars] == [f"Certificates of {CLUSTER}", "Certificates of other"]
    first, second = (list(c.walk("VEVENT")) for c in calendars)
    assert first
    assert {e["UID"] for e in first} & {e["UID"] for e in second} == set()
    assert all(f"Cluster: {CLUSTER}" in e["DESCRIPTION"] for e in first)


@pytest.mark.parametrize("name", INVENTORIES)
def test_every_inventory_is_the_same_twice(name: str) -> None:
    assert inventory(name)(cluster_report()) == inventory(name)(report())


def test_what_has_a_manifest_leads_there_and_keeps_its_name(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(CASE.read_text())
    harvest = harvest_of(CASE.read_text())
    source = Harvest()
    source.add_text(file.read_text(), str(file))
    source.parse(wanted)
    join(harvest, source, CLUSTER_SCOPED)
    joined = report_of(harvest)
    results = [r for r in run_of(joined)["results"] if r["ruleId"] == "upstream-plaintext"]
    (location,) = results[0]["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"].endswith("shop.yaml")
    line = file.read_text().splitlines()[location["physicalLocation"]["region"]["startLine"] - 1]
    assert "annotations" in line
    assert location["logicalLocations"][1]["name"] == PLACE
    for name in ("table", "markdown", "html"):
        assert re.search(r"shop\.yaml:\d+", renderer(name)(joined)) is not None
    assert problems(json.loads(renderer("json")(joined))) == []
