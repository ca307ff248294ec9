"""What the API server serves: for each kind that is asked for, its path and scope, or why it cannot be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.values import dataclass, field
from mtlsaudit.model.world import GroupKind
from mtlsaudit.sources.cluster.connection import Connection, NoAnswer, Refused

_AGGREGATED = ",".join(
    [*(f"application/json;g=apidiscovery.k8s.io;v={v};as=APIGroupDiscoveryList" for v in ("v2", "v2beta1")),
     "application/json"]
)  # fmt: skip
_READABLE_VERSION = re.compile(r"v1(?:(?:alpha|beta)\d+)?")


@dataclass(frozen=True, slots=True)
class Served:
    """One kind as this server serves it."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "") -> str:
        """Where its objects lie: all of them, those of a namespace, or one."""
        root = f"/apis/{self.group}" if self.group else "/api"
        inside = f"/namespaces/{namespace}" if namespace else ""
        return f"{root}/{self.version}{inside}/{self.plural}" + (f"/{name}" if name else "")


@dataclass(slots=True)
class Discovery:
    """`served`: what can be listed. `unclear`: kinds of which the server does not say whether it has them."""

    served: dict[GroupKind, Served] = field(default_factory=dict)
    unclear: dict[GroupKind, Gap] = field(default_factory=dict)


def discover(connection: Connection, kinds: Iterable[GroupKind]) -> Discovery:
    """Ask once for everything (aggregated discovery, stable since 1.30), or group by group where that is not served.

    A kind that is neither served nor unclear is not installed. Raises Refused and NoAnswer where nothing can be said.
    """
    import msgspec

    wanted = set(kinds)
    found = Discovery()
    for root in ("/api", "/apis"):
        data = connection.get(root, accept=_AGGREGATED)
        try:
            answer = msgspec.json.decode(data)
            if answer.get("kind") == "APIGroupDiscoveryList":
                _take_aggregated(answer, wanted, found)
            else:
                _take_by_version(connection, root, answer, wanted, found)
        except (msgspec.DecodeError, AttributeError, KeyError, TypeError):
            raise Refused(200, f"what {root} answers is not what an API server says of itself") from None
    for kind in found.served:
        found.unclear.pop(kind, None)
    return found


def _take_aggregated(answer: Mapping[str, Any], wanted: set[GroupKind], found: Discovery) -> None:
    for group in answer.get("items") or ():
        name = (group.get("metadata") or {}).get("name", "")
        for version in group.get("versions") or ():
            rows = ((r["responseKind"]["kind"], r) for r in version.get("resources") or () if r.get("responseKind"))
            for kind, row in rows:
                if "list" in row.get("verbs", ()):
                    served = Served(name, version["version"], kind, row["resource"], row.get("scope") == "Namespaced")
                    _take(served, wanted, found)
            if version.get("freshness") == "Stale":
                reason = (
                    f"the API server has no fresh word of {name}/{version['version']}: what serves it does not answer"
                )
                _unclear(name, reason, wanted, found)


def _take_by_version(
    connection: Connection, root: str, answer: Mapping[str, Any], wanted: set[GroupKind], found: Discovery
) -> None:
    for group, version in _versions(root, answer):
        if not any(g == group for g, _ in wanted):
            continue
        place = f"/apis/{group}/{version}" if group else f"/api/{version}"
        try:
            import msgspec

            listing = msgspec.json.decode(connection.get(place))
        except (Refused, NoAnswer) as error:
            _unclear(group, f"the API server does not say what {group}/{version} holds: {error}", wanted, found)
            continue
        for row in listing.get("resources") or ():
            if "/" not in row["name"] and "list" in row.get("verbs", ()):
                _take(Served(group, version, row["kind"], row["name"], bool(row["namespaced"])), wanted, found)


def _versions(root: str, answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(group, version), the one that the server prefers first."""
    if root == "/api":
        yield from (("", version) for version in answer.get("versions") or ())
    for group in answer.get("groups") or ():
        preferred = (group.get("preferredVersion") or {}).get("version")
        versions = [v["version"] for v in group.get("versions") or ()]
        yield from ((group["name"], v) for v in sorted(versions, key=lambda v: v != preferred))


def _take(served: Served, wanted: set[GroupKind], found: Discovery) -> None:
    """The first version is the preferred one; a version from after these models were written is not guessed at."""
    kind = (served.group, served.kind)
    if kind not in wanted or kind in found.served:
        return
    if _READABLE_VERSION.fullmatch(served.version):
        found.served[kind] = served
        return
    reason = f"{served.kind} is served as {served.api_version}, a version that is not modelled here"
    found.unclear.setdefault(kind, Gap("unknown-version", f"{served.kind}.{served.group}", reason))


def _unclear(group: str, reason: str, wanted: set[GroupKind], found: Discovery) -> None:
    for kind in wanted:
        if kind[0] == group:
            found.unclear.setdefault(kind, Gap("not-served", f"{kind[1]}.{group}", reason))
