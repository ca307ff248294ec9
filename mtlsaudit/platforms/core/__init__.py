"""Kubernetes' own kinds, decoded: the vocabulary that all platforms share. It decides nothing about TLS."""
