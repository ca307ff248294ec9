"""cert-manager: Issuers, Certificates, and the Certificates that ingress-shim would make (v1.21, with older defaults)."""
