"""A live cluster, read through its API server: connection, discovery, pages, and what may pass the edge.

Nothing is ever written there: every request is a GET (but for `--preflight`, see `rights`).
"""
