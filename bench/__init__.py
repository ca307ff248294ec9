"""Measures mtlsaudit beside other tools, on manifests that this package makes."""
