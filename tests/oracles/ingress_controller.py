"""The ingress-nginx controller of July 2024 (tests/support/ingressnginx): the servers that it makes of estates.

The templates and the Lua code that turn those into answers to clients are not run; `hops` says what they come to, which
was measured on v1.15.1 (tests/conformance/ingress-nginx).
"""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mtlsaudit.platforms.ingress_nginx.regexp import matches_nothing
from mtlsaudit.platforms.ingress_nginx.settings import parse_bool
from tests.oracles.ingresses import Estate
from tests.support.objects import config
from tests.support.processes import find

DEFAULTS = {
    "annotations-risk-level": "High",
    "allow-cross-namespace-resources": "false",
    "allow-snippet-annotations": "false",
}
"""Of v1.15.1. In July 2024 they were Critical, true and, already, false; annotations were not validated unless asked for."""

_CONFIG = "ingress-nginx/controller"
_ASKS = {"on": "required", "optional": "optional", "optional_no_ca": "unverified"}
_NOBODY = "upstream-default-backend"

Json = dict[str, Any]
Place = tuple[str, str, str]
"""Entry, host, path."""


Landing = tuple[str, str, str] | str
"""Of a location the Ingress, path and upstream; `any` where regular expressions leave it open, empty for none."""


class Client(NamedTuple):
    """What clients meet, in the words of the report."""

    plaintext: str
    client_auth: str


class Upstream(NamedTuple):
    """How the Service is spoken to."""

    encryption: str
    server_verified: bool
    client_certificate: bool


class Told(NamedTuple):
    """What becomes of a place: more than one thing where a path stands there as Exact and as Prefix. None: not reached."""

    clients: set[Client]
    upstreams: set[Upstream | None]
    lost: list[str]

    @property
    def is_settled(self) -> bool:
        """Has its Service an upstream? Some canaries remove those of main Ingresses, which is not modelled here."""
        return not self.lost


def ask(estates: Sequence[Estate], directory: Path) -> list[Json]:
    """The answers of the controller; its files go below `directory`."""
    question = json.dumps([_question(one) for one in estates])
    program = find("ingress-nginx-said")
    done = subprocess.run([program], input=question, capture_output=True, text=True, cwd=directory, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    answers: list[Json] = json.loads(done.stdout)
    return answers


def _question(estate: Estate) -> Json:
    written = {
        k: v for k, v in estate.settings.items() if DEFAULTS.get(k) != "false" or not v or parse_bool(v) is not None
    }
    settings = {**config(), "data": {**DEFAULTS, **written}}
    flags: Json = {"configmap": _CONFIG, "enable-annotation-validation": True}
    flags |= {name: {"true": True, "false": False}.get(value, value) for name, value in estate.flags.items()}
    return {"objects": [*estate.objects, settings], "flags": flags}


def does_not_load(answer: Json) -> bool:
    """Would nginx refuse the configuration, because a server has a location twice? Regular expressions may repeat."""
    for server in answer["servers"]:
        blocks = [(one["type"] == "Exact", one["written"]) for one in server["locations"]]
        if not any(one["regex"] for one in server["locations"]) and len(set(blocks)) < len(blocks):
            return True
    return False


def hops(answer: Json) -> dict[Place, Told]:
    """What clients of every location meet, and how its Service is spoken to."""
    found: dict[Place, Told] = defaultdict(lambda: Told(set(), set(), []))
    certified = _certified(answer["servers"])
    passed = {one["host"]: one["address"] for one in answer["passed"] or () if one["host"][0] not in "*_"}
    for server, name in _names(answer["servers"]):
        redirects = name in certified or "*." + name.partition(".")[2] in certified
        landing = _landing(server)
        for location in server["locations"]:
            if not location["ingress"] or location["backend"] in (_NOBODY, ""):
                continue
            client = _client(server, location, answer["settings"], redirects, landing)
            if name in passed:
                client = _unopened(client, passed[name])
            told = found[location["ingress"], "*" if name == "_" else name, location["path"]]
            told.clients.add(client)
            if location["backend"] not in answer["endpoints"]:
                told.lost.append(location["backend"])
            if passed.get(name) and client.plaintext != "served":
                is_root = location["written"] == "/" and location["type"] == "Prefix"
                told.upstreams.add(Upstream("passthrough", False, False) if is_root else None)
            else:
                told.upstreams.add(_upstream(server, location, client, answer["endpoints"]))
    return found


def _names(servers: Iterable[Json]) -> Iterator[tuple[Json, str]]:
    """Every name with the server that has it: nginx gives a name that stands twice to the first."""
    taken = {server["host"] for server in servers}
    for server in servers:
        yield server, server["host"]
        for alias in server["aliases"] or ():
            if alias not in taken:
                taken.add(alias)
                yield server, alias


def _certified(servers: Iterable[Json]) -> set[str]:
    """The names that a certificate is registered for; of a name that stands twice the last entry holds."""
    entries: dict[str, bool] = {}
    for server in servers:
        entries[server["host"]] = server["certified"] and server["host"] != "_"
        for alias in server["aliases"] or ():
            entries[alias] = server["certified"] and _covers(server["covers"] or (), alias)
    return {name for name, registered in entries.items() if registered}


def _covers(names: Iterable[str], host: str) -> bool:
    return any(n == host or (n.startswith("*.") and n[2:] == host.partition(".")[2]) for n in names)


def _landing(server: Json) -> Landing:
    """Where an error page on the same host leads."""
    page = server["clients"]["page"]
    if not page.startswith("/"):
        return ""
    locations = server["locations"]
    if any(one["regex"] for one in locations):
        return "any"
    exact = [one for one in locations if one["type"] == "Exact" and one["written"] == page]
    prefixes = [one for one in locations if one["type"] != "Exact" and page.startswith(one["written"])]
    best = (exact or sorted(prefixes, key=lambda one: -len(one["written"])))[0]
    return _whose(best)


def _whose(location: Json) -> Landing:
    return location["ingress"], location["path"], location["backend"]


def _client(server: Json, location: Json, settings: Json, certified: bool, landing: Landing) -> Client:
    asks = server["clients"]
    checks_name = bool(asks["cn"]) and not matches_nothing(asks["cn"])
    plaintext = "redirected" if _redirects(location, settings, certified) else "served"
    if checks_name:
        plaintext = "refused"
    auth = "refused" if checks_name else "none"
    if asks["ca"] and asks["verify"] != "off":
        auth = _ASKS.get(asks["verify"], f"not in nginx: ssl_verify_client {asks['verify']}")
        if auth == "optional" and checks_name:
            auth = "required"
        if auth != "unverified" and landing in ("any", _whose(location)):
            auth = "unverified" if checks_name else "optional"
    if server["host"] == "_" and settings["ssl-reject-handshake"]:
        auth = "refused"
    if server["denied"] or location["denied"]:
        plaintext = auth = "refused"
    if auth == "refused" and plaintext == "redirected":
        plaintext = "refused"
    return Client(plaintext, auth)


def _unopened(client: Client, address: str) -> Client:
    """Of a host whose TLS connections go to an address, or to none: nginx has port 80 alone."""
    if address:
        return Client(client.plaintext, "none")
    return Client("served" if client.plaintext == "served" else "refused", "refused")


def _redirects(location: Json, settings: Json, certified: bool) -> bool:
    if location["redirect"]:
        return True
    exempt = [one.strip(" ") for one in settings["no-tls-redirect-locations"].split(",")]
    if any(one and location["written"].startswith(one) for one in exempt):
        return False
    asked = location["force-ssl-redirect"] or (location["ssl-redirect"] and certified)
    return bool(asked) and not settings["use-forwarded-headers"] and not settings["use-proxy-protocol"]


def _upstream(server: Json, location: Json, client: Client, endpoints: dict[str, int]) -> Upstream | None:
    if location["backend"].startswith("custom-default-backend-"):
        return None  # the Service of the annotation default-backend, in place of one without endpoints
    if not endpoints.get(location["backend"]) or set(client) == {"refused"} or location["redirect"]:
        return None
    protocol = (location["protocol"] or "HTTP").upper()
    if protocol == "GRPCS":
        return Upstream("tls", False, False)
    if protocol != "HTTPS" and (protocol != "AUTO_HTTP" or client.plaintext == "served"):
        return Upstream("plaintext", False, False)
    own, whole = location["upstream"], server["upstream"]
    trust = own if own["ca"] else whole
    return Upstream("tls", trust["ca"] and trust["verify"] == "on", own["pair"] or whole["pair"])
