"""The manifests, in the block style that people write and with the fields that people set."""

from __future__ import annotations

CERTIFICATE = """\
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: {name}
  namespace: {ns}
spec:
  secretName: {name}-tls
  duration: {duration}
  renewBefore: {renew_before}
  issuerRef:
    name: bench-ca
    kind: ClusterIssuer
  dnsNames:
    - {host}
    - {name}.{ns}.svc
  usages:
    - digital signature
    - server auth
    - client auth
  privateKey:
    algorithm: ECDSA
    rotationPolicy: {rotation}
"""

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
  namespace: {ns}
  annotations:
    nginx.ingress.kubernetes.io/auth-tls-secret: {ns}/client-ca
    nginx.ingress.kubernetes.io/auth-tls-verify-client: "{verify}"
    nginx.ingress.kubernetes.io/backend-protocol: {protocol}
{upstream}spec:
  ingressClassName: nginx
{tls}  rules:
    - host: {host}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {name}
                port:
                  number: 443
"""

UPSTREAM = """\
    nginx.ingress.kubernetes.io/proxy-ssl-secret: {ns}/{name}-tls
    nginx.ingress.kubernetes.io/proxy-ssl-verify: "{verify}"
    nginx.ingress.kubernetes.io/proxy-ssl-name: {name}.{ns}.svc
"""

TLS = """\
  tls:
    - hosts:
        - {host}
      secretName: {name}-tls
"""

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {ns}
spec:
  selector:
    app: {name}
  ports:
    - port: 443
      targetPort: 8443
"""

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {ns}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      containers:
        - name: app
          image: registry.example.com/app:1.{index}.0
          ports:
            - containerPort: 8443
          volumeMounts:
            - name: tls
              mountPath: /etc/tls
              readOnly: true
      volumes:
        - name: tls
          secret:
            secretName: {name}-tls
"""

SECRET = """\
apiVersion: v1
kind: Secret
metadata:
  name: {name}-tls
  namespace: {ns}
type: kubernetes.io/tls
data:
  tls.crt: {crt}
  tls.key: {key}
  ca.crt: {ca}
"""

NETWORK_POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {name}
  namespace: {ns}
spec:
  podSelector:
    matchLabels:
      app: {name}
  policyTypes:
    - Ingress
  ingress:
    - from:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: ingress-nginx
      ports:
        - port: 8443
"""

CLIENT_CA = """\
apiVersion: v1
kind: Secret
metadata:
  name: client-ca
  namespace: {ns}
type: Opaque
data:
  ca.crt: {ca}
"""

CLUSTER = """\
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata:
  name: nginx
spec:
  controller: k8s.io/ingress-nginx
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata:
  name: bench-ca
spec:
  ca:
    secretName: bench-ca
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: ingress-nginx-controller
  namespace: ingress-nginx
data:
  ssl-protocols: TLSv1.2 TLSv1.3
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ingress-nginx-controller
  namespace: ingress-nginx
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: ingress-nginx
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ingress-nginx
    spec:
      containers:
        - name: controller
          image: registry.k8s.io/ingress-nginx/controller:v1.15.1
          args:
            - /nginx-ingress-controller
            - --controller-class=k8s.io/ingress-nginx
            - --ingress-class=nginx
            - --configmap=$(POD_NAMESPACE)/ingress-nginx-controller
          ports:
            - name: https
              containerPort: 443
"""
