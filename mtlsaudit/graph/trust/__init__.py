"""Who verifies certificates, whom they accept, and how each certificate fares at each place that meets it."""

from mtlsaudit.graph.trust.build import build_trust

__all__ = ["build_trust"]
