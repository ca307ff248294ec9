"""Where everything stands in the picture of the hops: client → entry → service, one row a group, worst first.

A group holds the hops of one entry, host and service that have the same modes, whatever their paths: an
estate of thousands of paths is then a picture of the few dozen things that differ.
"""

from __future__ import annotations

from collections.abc import Iterable

from mtlsaudit.model.hop import Hop, HopKind, Mode
from mtlsaudit.model.values import dataclass
from mtlsaudit.output.counting import count
from mtlsaudit.output.html_words import BADNESS, enumeration, location

GROUPS = 30
WIDTH = 1120
_PITCH, _HEIGHT, _TOP = 74, 50, 12
_CLIENT_WIDTH = 92
_ENTRY_X, _ENTRY_WIDTH = 322, 320
_SERVICE_X = 872
# Names are set in 12 pixels of a monospaced face, some 7.3 wide each.
_LETTER = 7.3


@dataclass(frozen=True, slots=True)
class Box:
    """A node with one strong and one quiet line; `title` has the names in full."""

    x: int
    y: int
    width: int
    height: int
    name: str
    detail: str
    title: str


@dataclass(frozen=True, slots=True)
class Edge:
    """A hop, or several that look the same. `note` stands below the line."""

    mode: str
    x1: int
    x2: int
    y: int
    middle: int
    pill: int
    note: str
    title: str


@dataclass(frozen=True, slots=True)
class Picture:
    """`more` counts the groups that were left out: they are in the table."""

    width: int
    height: int
    clients: Box | None
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    groups: int
    more: int


@dataclass(frozen=True, slots=True)
class _Group:
    front: Hop | None
    back: Hop | None
    paths: int

    @property
    def any_hop(self) -> Hop:
        hop = self.front or self.back
        assert hop is not None
        return hop

    @property
    def badness(self) -> tuple[int, ...]:
        """The worse hop decides, and between equals the other."""
        return tuple(sorted(BADNESS[hop.mode] for hop in (self.front, self.back) if hop))


def draw(hops: Iterable[Hop]) -> Picture:
    """The worst groups, at most `GROUPS`; equally bad ones keep the order of the hops."""
    found = sorted(_groups(hops), key=lambda group: group.badness)
    shown = found[:GROUPS]
    boxes: list[Box] = []
    edges: list[Edge] = []
    for row, group in enumerate(shown):
        y = _TOP + row * _PITCH
        boxes.append(_entry(group, y))
        if group.front:
            edges.append(_edge(group.front, _CLIENT_WIDTH, _ENTRY_X, y))
        if group.back:
            boxes.append(_service(group.back, y))
            edges.append(_edge(group.back, _ENTRY_X + _ENTRY_WIDTH, _SERVICE_X, y))
    tall = len(shown) * _PITCH - (_PITCH - _HEIGHT)
    fronts = any(group.front for group in shown)
    clients = Box(0, _TOP, _CLIENT_WIDTH, tall, "Clients", "", "Whoever connects from outside") if fronts else None
    height = _TOP + len(shown) * _PITCH - 12
    return Picture(WIDTH, height, clients, tuple(boxes), tuple(edges), len(found), len(found) - len(shown))


def _groups(hops: Iterable[Hop]) -> list[_Group]:
    ways: dict[tuple[str, str, str, str], dict[HopKind, Hop]] = {}
    for hop in hops:
        ways.setdefault((hop.entry, hop.host, hop.path, hop.service), {})[hop.kind] = hop
    alike: dict[tuple[str, str, str, Mode | None, Mode | None], list[dict[HopKind, Hop]]] = {}
    for (entry, host, _, service), way in ways.items():
        front, back = way.get(HopKind.CLIENT_TO_ENTRY), way.get(HopKind.ENTRY_TO_SERVICE)
        key = (entry, host, service, front.mode if front else None, back.mode if back else None)
        alike.setdefault(key, []).append(way)
    return [
        _Group(members[0].get(HopKind.CLIENT_TO_ENTRY), members[0].get(HopKind.ENTRY_TO_SERVICE), len(members))
        for members in alike.values()
    ]


def _entry(group: _Group, y: int) -> Box:
    hop = group.any_hop
    name = location(hop) if group.paths == 1 else f"{hop.host or '(any host)'} ({count(group.paths, 'path')})"
    detail = f"{hop.entry} · {hop.platform}" if hop.platform else hop.entry
    room = _ENTRY_WIDTH - 24
    return Box(_ENTRY_X, y, _ENTRY_WIDTH, _HEIGHT, _fit(name, room), _fit(detail, room), f"{name}, {detail}")


def _service(hop: Hop, y: int) -> Box:
    name = hop.service or "(no service)"
    protocol = hop.upstream.protocol if hop.upstream else ""
    detail = f"service, spoken to in {protocol}" if protocol else "service"
    width = WIDTH - _SERVICE_X
    return Box(_SERVICE_X, y, width, _HEIGHT, _fit(name, width - 24), _fit(detail, width - 24), name)


def _edge(hop: Hop, x1: int, x2: int, y: int) -> Edge:
    possible = enumeration(tuple(mode.value for mode in hop.possible))
    note = f"{possible}?" if possible else ""
    title = f"{hop.mode.value}: {hop.because}"
    pill = round(len(hop.mode.value) * 7.8) + 22
    return Edge(hop.mode.value, x1, x2, y + _HEIGHT // 2, (x1 + x2) // 2, pill, _fit(note, x2 - x1 - 8, 5.6), title)


def _fit(text: str, room: int, letter: float = _LETTER) -> str:
    """Cut in the middle, because hosts differ at their start and paths at their end."""
    most = int(room / letter)
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"
