"""`as` and its kin of a kubeconfig: on whose behalf a user asks."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

_IMPERSONATE = {"as": "Impersonate-User", "as-uid": "Impersonate-Uid"}
_TOKEN = "!#$&'*+-.^_`|~"
"""What a header's name may hold beside letters and digits; the rest is percent-encoded, `%` too."""


def impersonation(user: Any) -> tuple[tuple[str, str], ...]:
    """`as` and its kin, which the `kubernetes` package passes over: without them a scan would use greater rights.

    Header names: Kubernetes documentation, Authentication, User impersonation.
    """
    headers = [(header, str(user[name])) for name, header in _IMPERSONATE.items() if user.get(name)]
    headers += [("Impersonate-Group", str(group)) for group in user.get("as-groups") or ()]
    for extra, values in (user.get("as-user-extra") or {}).items():
        headers += [(f"Impersonate-Extra-{quote(str(extra), safe=_TOKEN)}", str(value)) for value in values]
    return tuple(headers)
