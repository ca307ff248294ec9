"""ssl-passthrough with --enable-ssl-passthrough: whose TLS connections nginx never sees (controller.go, pkg/tcpproxy).

The Ingress that comes first on a host decides. Connections are told by their SNI, compared with the host as it is
written: neither a wildcard, nor an alias, nor the catch-all is passed through. They go to the Service of the location `/`.
"""

from __future__ import annotations

from enum import Enum, auto

from mtlsaudit.platforms.ingress_nginx.context import Context
from mtlsaudit.platforms.ingress_nginx.servers import CATCH_ALL, Location, Server


class Through(Enum):
    """Where the TLS connections of a name go."""

    NGINX = auto()
    SERVICE = auto()

    NOWHERE = auto()
    """Passed through to no address: no rule of the host has the path `/`, or its Service does not exist or is only a name."""


def passed_through(server: Server, context: Context) -> Through:
    """Of a name of the server."""
    if server.passthrough is None or not context.controller.switch("enable-ssl-passthrough", False):
        return Through.NGINX
    if context.is_alias or server.host == CATCH_ALL or server.host.startswith("*"):
        return Through.NGINX
    root = root_of(server)
    if root.is_default or root.owner is None or root.backend is None:
        return Through.NOWHERE
    namespace, name = root.owner.ingress.namespace, root.backend.service
    service = context.service(namespace, name)
    if service is not None:
        return Through.NOWHERE if service.external_name else Through.SERVICE
    hidden = context.world.gap("", "Service", f"{namespace}/{name}")
    return Through.SERVICE if hidden else Through.NOWHERE


def root_of(server: Server) -> Location:
    """The location `/` as a prefix; every server begins with it."""
    return server.locations[0]
