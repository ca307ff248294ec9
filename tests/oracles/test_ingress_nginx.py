"""Random estates, given to this program and to the code of the ingress-nginx controller: the same hops."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from mtlsaudit.output.json_v1 import document
from tests.oracles.compare import listed
from tests.oracles.ingress_controller import Client, Place, Told, Upstream, ask, does_not_load, hops
from tests.oracles.ingresses import Estate, estate
from tests.support.objects import MUTUAL, config, controller, ingress, manifests
from tests.support.scanning import scan_text

SIZE = 40
BATCHES = int(os.environ.get("MTLSAUDIT_ESTATES", "80")) // SIZE
FIRST = int(os.environ.get("MTLSAUDIT_ESTATE", "1"))
"""How many estates, and the seed of the first: another number is another run."""

CRASH = "mergeAlternativeBackends"
"""Where the controller of July 2024 falls over a canary: one without paths, or one whose Service it removed before."""

Hops = dict[Place, list[dict[str, Any]]]


def ours(one: Estate) -> tuple[Hops, Hops]:
    """What this program reports: to clients, and to Services."""
    flags = [f"--{name}={value}" for name, value in one.flags.items()]
    text = manifests(*one.objects, controller(*flags), {**config(), "data": one.settings})
    report: dict[str, Any] = document(scan_text(text, closed=True))
    clients: Hops = defaultdict(list)
    services: Hops = defaultdict(list)
    for hop in report["hops"]:
        place = hop["entry"], hop["host"], hop["path"]
        (clients if hop["hop"] == "client-to-entry" else services)[place].append(hop)
    return clients, services


def differences(one: Estate, told: dict[Place, Told]) -> list[str]:
    """In words."""
    clients, services = ours(one)
    found = []
    for place, said in told.items():
        ways = {Client(hop["plaintext"], hop["client_auth"]) for hop in clients[place] if hop["mode"] != "unknown"}
        if ways != said.clients:
            found.append(f"{place}: {ways}, really {said.clients} {_because(clients[place])}")
        reached = {_upstream(hop) for hop in services[place]}
        if said.is_settled and reached != said.upstreams:
            found.append(f"{place}: {reached}, really {said.upstreams} {_because(services[place])}")
    for place, extra in clients.items():
        if place not in told and any(hop["mode"] not in ("refused", "unknown") for hop in extra):
            found.append(f"{place}: {_because(extra)}, really not there")
    return found


def _because(hops: list[dict[str, Any]]) -> list[str]:
    return [hop["because"] for hop in hops]


def _upstream(hop: dict[str, Any]) -> Upstream | None:
    if hop["mode"] == "refused":
        return None
    return Upstream(hop["encryption"], hop["server_verified"], hop["client_certificate"])


def overconfident(one: Estate, told: dict[Place, Told]) -> list[str]:
    """Places of a configuration that does not load, of which something is said all the same."""
    clients, services = ours(one)
    hops_there = [hop for place in told for hop in (*clients[place], *services[place])]
    return [
        f"{hop['entry']} {hop['host']}{hop['path']}: {hop['mode']}" for hop in hops_there if hop["mode"] != "unknown"
    ]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_the_hops_are_those_of_the_controller(batch: int, tmp_path: Path) -> None:
    seeds = range(FIRST + SIZE * batch, FIRST + SIZE * (batch + 1))
    estates = [estate(seed) for seed in seeds]
    wrong, compared = [], 0
    for seed, one, answer in zip(seeds, estates, ask(estates, tmp_path), strict=True):
        if answer["panic"]:
            assert CRASH in answer["panic"]
            continue
        told = hops(answer)
        found = overconfident(one, told) if does_not_load(answer) else differences(one, told)
        wrong += [f"{seed}: {text}" for text in found]
        compared += len(told)
    assert not wrong, "\n".join(wrong)
    assert compared > SIZE


@pytest.mark.parametrize("batch", range(BATCHES))
def test_what_is_known_without_ages_holds_at_any_age(batch: int, tmp_path: Path) -> None:
    """Files have no creationTimestamp: of every order that this program must think of, the controller gets one."""
    seeds = range(FIRST + SIZE * batch, FIRST + SIZE * (batch + 1))
    estates = [estate(seed) for seed in seeds]
    wrong, modes = [], set()
    for seed, one, answer in zip(seeds, estates, ask(estates, tmp_path), strict=True):
        if answer["panic"]:
            continue
        told = hops(answer)
        if does_not_load(answer):
            wrong += [f"{seed}: {text}" for text in overconfident(one.ageless, told)]
            continue
        clients, _ = ours(one.ageless)
        for place, hop in (
            (place, hop) for place, found in clients.items() for hop in found if hop["mode"] != "unknown"
        ):
            modes.add(hop["mode"])
            said = told[place].clients if place in told else {Client("refused", "refused")}
            if Client(hop["plaintext"], hop["client_auth"]) not in said and (place in told or hop["mode"] == "mutual"):
                wrong.append(f"{seed} {place}: {hop['mode']}, really {said} {hop['because']}")
    assert not wrong, "\n".join(wrong)
    assert {"mutual", "permissive", "plaintext", "refused"} <= modes


def test_other_versions_differ_where_it_is_listed_and_only_there(tmp_path: Path) -> None:
    """Each value alone on a host that would be mutual without it; neighbours that are not listed agree."""
    known = listed("ingress-nginx-2024-07", "controller")
    alike = ["auth-tls-verify-client: ON", "auth-tls-verify-client: required", "auth-tls-verify-depth: none"]
    estates = [_annotated(*case.split(": ")) for case in (*known, *alike)]
    answers = ask(estates, tmp_path)
    differing = {
        case
        for case, one, answer in zip((*known, *alike), estates, answers, strict=True)
        if differences(one, hops(answer))
    }
    assert differing == set(known)


def _annotated(name: str, value: str) -> Estate:
    return Estate((ingress(annotations={**MUTUAL, name: value}, created="2026-01-01T00:00:00Z"),))
