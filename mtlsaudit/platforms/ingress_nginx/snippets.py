"""Raw nginx in annotations and in the ConfigMap. It is not interpreted: what could matter makes the hop unknown."""

from __future__ import annotations

import re

from mtlsaudit.model.fact import Gap
from mtlsaudit.platforms.ingress_nginx.servers import Location, Server
from mtlsaudit.platforms.ingress_nginx.settings import Controller

_HARMLESS = frozenset(
    [
        "more_set_headers",
        "more_clear_headers",
        "add_header",
        "proxy_set_header",
        "proxy_hide_header",
        "proxy_pass_header",
        "expires",
        "etag",
        "client_max_body_size",
        "client_body_buffer_size",
        "client_body_timeout",
        "client_header_timeout",
        "proxy_read_timeout",
        "proxy_send_timeout",
        "proxy_connect_timeout",
        "proxy_buffering",
        "proxy_buffer_size",
        "proxy_buffers",
        "proxy_busy_buffers_size",
        "proxy_request_buffering",
        "proxy_max_temp_file_size",
        "keepalive_timeout",
        "send_timeout",
        "gzip",
        "gzip_types",
        "gzip_min_length",
        "gzip_comp_level",
        "sub_filter",
        "sub_filter_once",
        "sub_filter_types",
        "limit_rate",
        "limit_rate_after",
        "limit_req",
        "limit_conn",
        "access_log",
        "error_log",
        "log_subrequest",
        "large_client_header_buffers",
        "server_tokens",
        "charset",
        "default_type",
        "http2_max_field_size",
        "http2_max_header_size",
        "chunked_transfer_encoding",
        "tcp_nodelay",
    ]
)
_DIRECTIVE = re.compile(r"(?:^|[;{}\n])\s*([a-z_0-9]+)", re.IGNORECASE)
_COMMENT = re.compile(r"#[^\n]*")
_CONFIG_SNIPPETS = ("main-snippet", "http-snippet", "server-snippet", "location-snippet")


def is_harmless(snippet: str) -> bool:
    """Only directives that set headers, sizes, times and logs: nothing that decides who is let in or where to."""
    return all(m.lower() in _HARMLESS for m in _DIRECTIVE.findall(_COMMENT.sub("", snippet)))


def keeps_upstream(snippet: str) -> bool:
    """Nothing that changes where a request goes, or how: it may refuse or answer, but not divert."""
    found = {m.lower() for m in _DIRECTIVE.findall(_COMMENT.sub("", snippet))}
    return all(m in _HARMLESS or m in ("if", "return", "deny", "allow", "set") or m.startswith("ssl_") for m in found)


def opaque_snippets(
    server: Server, location: Location, controller: Controller, *, upstream: bool = False
) -> tuple[Gap, ...]:
    """The snippets in effect on a location that may change its mode, or with `upstream` the way to the Service."""
    is_clear = keeps_upstream if upstream else is_harmless
    gaps = []
    found = [("configuration", location.owner, location.annotations.location_snippet)]
    if server.snippet is not None:
        found.append(("server", server.snippet, server.snippet.annotations.server_snippet))
    for kind, owner, text in found:
        if owner is not None and text and not is_clear(text):
            reason = f"a {kind} snippet of the Ingress {owner.ingress.key} is raw nginx configuration"
            gaps.append(Gap("raw-nginx", f"Ingress {owner.ingress.key}", reason))
    for name in _CONFIG_SNIPPETS:
        text = controller.option(name)
        if text and not is_clear(text):
            reason = f"{name} in the controller's ConfigMap is raw nginx configuration"
            gaps.append(Gap("raw-nginx", f"ConfigMap key {name}", reason))
    return tuple(gaps)
