"""Small manifests for tests of the command line."""

from __future__ import annotations

INGRESS_CLASS = """\
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata:
  name: nginx
spec:
  controller: k8s.io/ingress-nginx
"""

MTLS_INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/auth-tls-secret: shop/client-ca
    nginx.ingress.kubernetes.io/auth-tls-verify-client: "on"
spec:
  ingressClassName: nginx
  tls:
    - hosts: [shop.example.com]
      secretName: shop-tls
  rules:
    - host: shop.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: shop
                port:
                  number: 80
"""

LONG_CERTIFICATE = """\
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: shop
  namespace: shop
spec:
  secretName: shop-tls
  issuerRef:
    name: ca
  dnsNames: [shop.example.com]
  usages: [server auth, digital signature]
  duration: 2400h
  renewBefore: 1h
  privateKey:
    rotationPolicy: Always
"""

QUIET = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: nothing
  namespace: shop
"""

OWN_RULE = """\
id: own-host-foreign
title: A host outside of example.org
since: 0.1.0
subject: hop
severity: low
why: Ours are there.
applies: hop.kind == "client-to-entry"
passes: hop.host.endsWith(".example.org")
evidence: [mode]
message: "{hop.host} is not ours"
remedy: Rename it.
"""

OWN_CHECK = """\
id: own-certificate-soon-over
title: A certificate ends within a year
since: 0.1.0
subject: certificate
severity: critical
why: We order a year ahead.
check: certificate-expiring
params:
  days: 365
evidence: [not_after]
message: "{certificate.key} ends soon"
remedy: Order one.
"""
