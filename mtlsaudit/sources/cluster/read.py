"""A cluster to a harvest: every kind that a platform asks for, and what was not shown of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Any

from mtlsaudit.errors import ClusterError
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import ClusterOrigin
from mtlsaudit.model.values import dataclass, field
from mtlsaudit.model.world import EVERYWHERE, GroupKind, World
from mtlsaudit.sources.cluster.connection import Connection, NoAnswer, Refused
from mtlsaudit.sources.cluster.discovery import Discovery, Served, discover
from mtlsaudit.sources.cluster.edge import Edge
from mtlsaudit.sources.cluster.listing import PAGE, list_all
from mtlsaudit.sources.cluster.tiers import SECRET, Tier, listing_query, unread
from mtlsaudit.sources.harvest import Body, Harvest

_LISTS_AT_ONCE = 4
_GETS_AT_ONCE = 8
_REFUSALS = 3
"""Secrets of a namespace that are asked for by name in vain before the others there are not asked for."""

_LARGE = frozenset({("apiextensions.k8s.io", "CustomResourceDefinition"), ("", "ConfigMap")})
"""Kinds whose objects may have a megabyte each: smaller pages keep the memory down."""

Progress = Callable[[int, int, int], None]
"""Told as it goes: lists read, lists in all, objects read."""


@dataclass(slots=True)
class _List:
    """One list and what came of it. `gap` says why it is not whole."""

    served: Served
    namespace: str
    edge: Edge
    bodies: list[Body] = field(default_factory=list)
    gap: Gap | None = None


class ClusterReader:
    """Reads one cluster. `namespaces` empty: all. `is_copy` tells objects that only repeat what another one says."""

    def __init__(
        self,
        connection: Connection,
        kinds: Iterable[GroupKind],
        namespaces: Sequence[str] = (),
        tier: Tier = Tier.NAMED,
        is_copy: Callable[[Mapping[str, Any]], bool] = lambda _: False,
    ) -> None:
        self._connection = connection
        self._kinds = tuple(kinds)
        self._namespaces = tuple(dict.fromkeys(namespaces))
        self._tier = tier
        self._is_copy = is_copy
        self._hidden: dict[GroupKind, dict[str, Gap | None]] = {}
        self._named: dict[tuple[str, str, str], Gap | None] = {}
        self._gotten: set[str] = set()
        self._served: Mapping[GroupKind, Served] = {}
        self.harvest = Harvest(source=connection.name)

    def read(self, meanwhile: Callable[[], object] | None = None, progress: Progress | None = None) -> Harvest:
        """Every list, a few at once; `meanwhile` is done once, while the first answers are under way. Raises ClusterError."""
        found = self._discover()
        if not found.served:
            raise ClusterError(f"{self._connection.name}: no kind that is audited is served: is this an API server?")
        self._served = found.served
        for kind, gap in found.unclear.items():
            self._hide(kind, "", gap)
            self.harvest.gaps.append(gap)
        lists = list(self._lists(found))
        with ThreadPoolExecutor(_LISTS_AT_ONCE) as pool:
            running = [pool.submit(self._read, one) for one in lists]
            if meanwhile is not None:
                meanwhile()
            self._gather(running, lists, progress)
        if lists and all(one.gap is not None and not one.edge.seen for one in lists):
            raise ClusterError(f"{self._connection.name}: nothing may be read: {lists[0].gap.reason}")  # type: ignore[union-attr]
        for one in lists:
            self._take(one)
        if SECRET in self._served:
            places = self._hidden.setdefault(SECRET, {})
            for namespace, gap in unread(self._tier, self._namespaces):
                places[namespace] = places.get(namespace) or gap
        return self._finish()

    def get_secrets(self, keys: Iterable[str]) -> Harvest:
        """Get these Secrets (`namespace/name`) one by one, unless they were listed; what is refused stays unknown."""
        served = self._served.get(SECRET)
        listed = {body.origin.resource for body in self.harvest.bodies if isinstance(body.origin, ClusterOrigin)}
        wanted = [tuple(key.split("/", 1)) for key in sorted(set(keys)) if "/" in key]
        if served is None or self._tier is Tier.NONE:
            return self.harvest
        todo = [
            (ns, name) for ns, name in wanted if name and self._is_inside(ns) and served.path(ns, name) not in listed
        ]
        forbidden: dict[str, list[Gap]] = {}
        edge = Edge(self._connection.name, served, self._is_copy)
        with ThreadPoolExecutor(_GETS_AT_ONCE) as pool:
            for body in pool.map(lambda one: self._get(served, one[0], one[1], edge, forbidden), todo):
                if body is not None:
                    self.harvest.bodies.append(body)
                    self.harvest.documents += 1
                    self.harvest.resources["Secret"] += 1
        for namespace, gaps in sorted(forbidden.items()):
            self.harvest.gaps.append(min(gaps)._replace(subject=f"Secrets of {namespace}"))
        return self._finish()

    def _discover(self) -> Discovery:
        try:
            return discover(self._connection, self._kinds)
        except (Refused, NoAnswer) as error:
            raise ClusterError(f"{self._connection.name}: the API server cannot be asked: {error}") from None

    def _lists(self, found: Discovery) -> Iterable[_List]:
        for kind, served in sorted(found.served.items()):
            if kind == SECRET and self._tier is not Tier.LIST:
                continue
            for namespace in self._namespaces if served.namespaced and self._namespaces else ("",):
                yield _List(served, namespace, Edge(self._connection.name, served, self._is_copy))

    def _read(self, one: _List) -> None:
        kind = (one.served.group, one.served.kind)
        page = PAGE // 5 if kind in _LARGE else PAGE
        try:
            list_all(self._connection, one.served.path(one.namespace), listing_query(kind), one.edge, one.bodies, page)
        except (Refused, NoAnswer) as error:
            one.gap = _gap(one, error)

    def _gather(self, running: Sequence[Future[None]], lists: Sequence[_List], progress: Progress | None) -> None:
        for done, future in enumerate(as_completed(running), 1):
            future.result()
            if progress is not None:
                progress(done, len(lists), sum(one.edge.seen for one in lists))

    def _take(self, one: _List) -> None:
        kind = (one.served.group, one.served.kind)
        harvest = self.harvest
        harvest.bodies += one.bodies
        harvest.documents += one.edge.seen
        if one.edge.seen:
            harvest.resources[f"{one.served.kind}.{one.served.group}" if one.served.group else one.served.kind] += (
                one.edge.seen
            )
        if one.gap is not None:
            harvest.gaps.append(one.gap)
        if one.gap is not None or (one.served.namespaced and self._namespaces):
            self._hide(kind, one.namespace, one.gap)
        if one.served.namespaced and self._namespaces:
            self._hide(kind, EVERYWHERE, _outside(self._namespaces))

    def _hide(self, kind: GroupKind, namespace: str, gap: Gap | None) -> None:
        self._hidden.setdefault(kind, {})[namespace] = gap

    def _get(
        self, served: Served, namespace: str, name: str, edge: Edge, forbidden: dict[str, list[Gap]]
    ) -> Body | None:
        """One refusal says nothing of other names (a role may name them: resourceNames); some in a row end the asking there."""
        import msgspec

        key = ("", "Secret", f"{namespace}/{name}")
        refused = forbidden.get(namespace, [])
        if len(refused) >= _REFUSALS and namespace not in self._gotten:
            self._named[key] = refused[0]._replace(subject=f"Secret {namespace}/{name}")
            return None
        try:
            data = self._connection.get(served.path(namespace, name))
        except (Refused, NoAnswer) as error:
            if isinstance(error, Refused) and error.status == 404:
                self._named[key] = None
                return None
            gap = Gap("forbidden" if _is_forbidden(error) else "not-read", f"Secret {namespace}/{name}", str(error))
            self._named[key] = gap
            if gap.kind == "forbidden":
                forbidden.setdefault(namespace, []).append(gap)
            return None
        self._gotten.add(namespace)
        item = msgspec.json.decode(data)
        return next(edge([item]), None) if isinstance(item, dict) else None

    def _is_inside(self, namespace: str) -> bool:
        return not self._namespaces or namespace in self._namespaces

    def _finish(self) -> Harvest:
        self.harvest.world = World(True, self._hidden, self._named)
        return self.harvest


def _gap(one: _List, error: Refused | NoAnswer) -> Gap:
    where = f" of the namespace {one.namespace}" if one.namespace else ""
    subject = f"{one.served.plural}.{one.served.group}" if one.served.group else one.served.plural
    if _is_forbidden(error):
        return Gap("forbidden", f"{subject}{where}", f"may not be listed: {error}")
    if isinstance(error, Refused) and error.status == 404:
        return Gap("not-served", f"{subject}{where}", f"was served, and no longer when it was read: {error}")
    some = f" after {one.edge.seen} objects" if one.edge.seen else ""
    return Gap("incomplete" if one.edge.seen else "not-read", f"{subject}{where}", f"could not be read{some}: {error}")


def _outside(namespaces: Sequence[str]) -> Gap:
    names = ", ".join(namespaces)
    return Gap("not-asked-for", "other namespaces", f"only these namespaces were asked for (-n): {names}")


def _is_forbidden(error: Refused | NoAnswer) -> bool:
    return isinstance(error, Refused) and error.status in (401, 403)
