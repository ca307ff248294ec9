"""Why an ACME server has not issued: what stands in the Order of a request and in its Challenges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from mtlsaudit.graph.inventory import Inventory
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.cert_manager.acme import FAILED, Challenge, Order


class AcmeProgress:
    """The Orders of one scan by the request that they are made for."""

    def __init__(self, inventory: Inventory) -> None:
        self._orders: dict[str, list[Order]] = defaultdict(list)
        self._challenges: dict[str, list[Challenge]] = defaultdict(list)
        for order in inventory.orders:
            if order.request and not order.done:
                self._orders[order.request].append(order)
        for challenge in inventory.challenges:
            if challenge.order and not challenge.done:
                self._challenges[challenge.order].append(challenge)

    def words(self, request: str) -> str:
        """What is waited for, the closest cause first; empty where there is no Order that is open or has failed."""
        parts: list[str] = []
        for order in self._orders.get(request, ()):
            open_ones = self._open(order)
            parts += [c.words for c in open_ones[:1]]
            if len(open_ones) > 1:
                more = len(open_ones) - 1
                parts.append(f"{more} more {'is' if more == 1 else 'are'} not valid")
            parts.append(order.words)
        return "; ".join(parts)

    def evidence(self, requests: Iterable[str]) -> tuple[Evidence, ...]:
        """The Orders of these requests, each followed by its Challenges."""
        orders = [order for request in requests for order in self._orders.get(request, ())]
        return tuple(e for o in orders for e in (o.evidence(), *(c.evidence() for c in self._open(o))))

    def _open(self, order: Order) -> list[Challenge]:
        """Failed ones first, then those that say why, in the order of their names."""
        return sorted(
            self._challenges.get(order.key, ()), key=lambda c: (c.state not in FAILED, not c.reason, c.resource.id.key)
        )
