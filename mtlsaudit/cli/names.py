"""What Kubernetes takes as names, for options that become part of a path or of YAML."""

from __future__ import annotations

import re

LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""A namespace: a label of RFC 1123."""

SUBDOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
"""Most other objects: a subdomain of RFC 1123."""
