"""Frozen values that every stage speaks; a leaf: no I/O, no YAML, no Kubernetes client."""
