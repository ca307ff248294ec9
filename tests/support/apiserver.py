"""A real kube-apiserver with a real etcd, on loopback, for the live tests. Started once a module, ended by its own pid."""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.support.pki import Made, make, pem_of
from tests.support.pki import key as private_key
from tests.support.processes import PATIENCE, NotYet, Processes, find, free_port

_CLUSTER_SCOPED = {
    "Namespace",
    "IngressClass",
    "ClusterIssuer",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "FlowSchema",
    "PriorityLevelConfiguration",
}
_AUDIT_POLICY = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n"


class Refused(NotYet):
    """The API server answered with an error; `code` is the HTTP status."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


@dataclass
class ApiServer:
    """A running API server: `admin` may do everything, other users only what RBAC grants."""

    directory: Path
    port: int
    etcd_port: int
    ca: Made
    admin: Made
    processes: Processes
    flags: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def ca_file(self) -> Path:
        return self.directory / "ca.crt"

    def request(self, method: str, path: str, body: object = None, content: str = "application/json") -> Any:
        """As admin. Raises Refused."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        context.load_cert_chain(str(self.directory / "admin.crt"), str(self.directory / "admin.key"))
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.url + path, data, {"Content-Type": content}, method=method)
        try:
            with urllib.request.urlopen(asked, context=context, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read().decode()[:500]) from None
        return json.loads(text) if text[:1] in b"{[" else text.decode()

    def status_of(self, path: str, token: str) -> int:
        """The HTTP status of a GET with a bearer token."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        asked = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(asked, context=context, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def apply(self, manifests: str) -> None:
        """Create the objects, namespaces first; a status is written too, as a controller would."""
        objects = [o for o in yaml.safe_load_all(manifests) if o]
        wanted = {o["metadata"]["namespace"] for o in objects if o["metadata"].get("namespace")}
        for name in sorted(wanted):
            self._put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        for thing in objects:
            thing["metadata"].pop("creationTimestamp", None)  # the server says when
            self._put(thing)
            if "status" in thing:
                path = f"{path_of(thing)}/status?fieldManager=tests&force=true"
                self.request("PATCH", path, thing, "application/apply-patch+yaml")

    def _put(self, thing: Mapping[str, Any]) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.request(
                    "PATCH", f"{path_of(thing)}?fieldManager=tests&force=true", thing, "application/apply-patch+yaml"
                )
                return
            except Refused as error:
                # A CustomResourceDefinition is served a moment after it is there.
                if error.code != 404 or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def served(self, path: str) -> None:
        """Wait until a path answers."""
        self.processes.wait("apiserver", lambda: self.request("GET", path))

    def delete(self, path: str) -> None:
        self.request("DELETE", path)

    def service_account(self, name: str, rules: Sequence[Mapping[str, Any]], namespace: str = "audit") -> Path:
        """The kubeconfig of a new ServiceAccount that has exactly these rules, cluster-wide."""
        role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}}
        binding = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        }
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}
        self.apply(yaml.safe_dump_all([account, {**role, "rules": list(rules)}, binding]))
        return self.kubeconfig(name, {"token": self.token(name, namespace)})

    def token(self, name: str, namespace: str = "audit") -> str:
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
        answer = self.request("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token", asked)
        return str(answer["status"]["token"])

    def kubeconfig(self, name: str, user: Mapping[str, Any] | None = None, **cluster: object) -> Path:
        """A kubeconfig with one context of this name; without `user` it is the admin's."""
        user = user or {
            "client-certificate": str(self.directory / "admin.crt"),
            "client-key": str(self.directory / "admin.key"),
        }
        path = self.directory / f"{name}.kubeconfig"
        where = {"server": self.url, "certificate-authority": str(self.ca_file), **cluster}
        path.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": name,
                    "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
                    "clusters": [{"name": name, "cluster": where}],
                    "users": [{"name": name, "user": dict(user)}],
                }
            )
        )
        return path

    def audited(self, user: str) -> list[dict[str, Any]]:
        """What the API server's audit log has of a user's requests."""
        lines = (self.directory / "audit.log").read_text().splitlines()
        events = [json.loads(line) for line in lines]
        return [e for e in events if e["user"].get("username") == user]

    def compact(self) -> None:
        """Have etcd forget old revisions, so that a list that was begun before cannot be continued."""
        revision = self.etcd("/v3/kv/range", {"key": "AA=="})["header"]["revision"]
        self.etcd("/v3/kv/compaction", {"revision": revision, "physical": True})

    def etcd(self, path: str, body: object) -> Any:
        asked = urllib.request.Request(f"http://127.0.0.1:{self.etcd_port}{path}", json.dumps(body).encode())
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.loads(answer.read())

    def start(self) -> None:
        """Start what does not run, and wait until it answers."""
        self._start_etcd()
        if "apiserver" in self.processes:
            return
        here = self.directory
        self.processes.spawn(
            "apiserver",
            find("kube-apiserver"),
            f"--etcd-servers=http://127.0.0.1:{self.etcd_port}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self.port}",
            f"--tls-cert-file={here}/server.crt",
            f"--tls-private-key-file={here}/server.key",
            f"--client-ca-file={here}/ca.crt",
            f"--cert-dir={here}",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={here}/sa.key",
            f"--service-account-signing-key-file={here}/sa.key",
            "--service-cluster-ip-range=10.0.0.0/16",
            "--endpoint-reconciler-type=none",
            "--disable-admission-plugins=ServiceAccount",
            f"--audit-policy-file={here}/audit-policy.yaml",
            f"--audit-log-path={here}/audit.log",
            "--max-requests-inflight=400",
            *self.flags,
        )
        self.processes.wait("apiserver", lambda: self.request("GET", "/readyz"))

    def _start_etcd(self) -> None:
        if "etcd" in self.processes:
            return
        client, peer = f"http://127.0.0.1:{self.etcd_port}", f"http://127.0.0.1:{free_port()}"
        self.processes.spawn(
            "etcd",
            find("etcd"),
            f"--data-dir={self.directory}/etcd",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--unsafe-no-fsync",
            "--quota-backend-bytes=8589934592",
            "--log-level=error",
        )
        self.processes.wait("etcd", lambda: self.etcd("/v3/kv/range", {"key": "AA=="}))

    def stop(self, *names: str, kill: bool = False) -> None:
        """End the processes of these names, or all, the API server first."""
        for name in names or ("apiserver", "etcd"):
            self.processes.stop(name, kill=kill or name == "etcd")


def path_of(thing: Mapping[str, Any]) -> str:
    """The path of an object at the API server, by the usual plural of its kind."""
    kind, version, meta = thing["kind"], thing["apiVersion"], thing["metadata"]
    lower = kind.lower()
    plural = f"{lower[:-1]}ies" if lower.endswith("y") else f"{lower}es" if lower.endswith("s") else f"{lower}s"
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    inside = "" if kind in _CLUSTER_SCOPED else f"/namespaces/{meta.get('namespace', 'default')}"
    return f"{root}{inside}/{plural}/{meta['name']}"


def _name(common: str, organization: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organization:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(parts)


@contextmanager
def running(directory: Path, *flags: str) -> Iterator[ApiServer]:
    """An API server with everything it needs in `directory`, and these flags more."""
    find("etcd"), find("kube-apiserver")
    start = datetime.now(UTC) - timedelta(hours=1)
    ca = make("test-ca", ca=True, usages=["key_cert_sign", "crl_sign"], start=start, days=2, number=901)
    server = make(
        "kube-apiserver", by=ca, dns=["localhost", "api.test"], ip=["127.0.0.1"], eku=["server"], start=start, days=2
    )
    admin = make(
        "admin", by=ca, subject=_name("admin", "system:masters"), eku=["client"], start=start, days=2, number=902
    )
    for name, made in {"ca": ca, "server": server, "admin": admin}.items():
        (directory / f"{name}.crt").write_text(made.pem)
        (directory / f"{name}.key").write_text(made.key_pem)
    (directory / "sa.key").write_text(pem_of(private_key("rsa", 903)))
    (directory / "audit-policy.yaml").write_text(_AUDIT_POLICY)
    cluster = ApiServer(directory, free_port(), free_port(), ca, admin, Processes(directory), flags)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
