"""mtlsaudit: which hops of a Kubernetes estate are really mutually authenticated, with the proof."""

__version__ = "0.1.0"
