"""Where the cluster is and who asks: kubeconfig and in-cluster configuration, as kubectl reads them.

The `kubernetes` package does this part (exec plugins, tokens, client certificates, several files in KUBECONFIG, proxies,
custom CAs); it costs a quarter of a second to import, so only a live scan does.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from shutil import rmtree
from typing import Any

from mtlsaudit.errors import ClusterError
from mtlsaudit.model.values import dataclass
from mtlsaudit.sources.cluster.impersonation import impersonation

IN_CLUSTER = "in-cluster"
"""The name of the cluster that a pod's own ServiceAccount leads to."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which cluster: a kubeconfig (empty: KUBECONFIG or ~/.kube/config) and a context of it, or the pod's own."""

    kubeconfig: str = ""
    context: str = ""
    in_cluster: bool = False


class Access:
    """Configuration that can be loaded anew, when a token expired on the way.

    Keys that a kubeconfig carries inline are written to a private directory for TLS to load; `close` removes it.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._directory = ""
        self.name = ""
        self.host = ""
        self._configuration: Any = None
        self._impersonation: tuple[tuple[str, str], ...] = ()
        self.load()

    def load(self) -> None:
        """Read the configuration. Raises ClusterError."""
        from kubernetes.config import ConfigException
        from yaml import YAMLError

        try:
            if self._target.in_cluster:
                self._load_in_cluster()
            else:
                self._load_kubeconfig()
        except (ConfigException, YAMLError, OSError, ValueError, KeyError, TypeError) as error:
            raise ClusterError(f"{self._where()} cannot be used: {_first_line(error)}") from None
        self._configuration.retries = False
        self._configuration.connection_pool_maxsize = 16
        self.host = self._configuration.host.rstrip("/")

    def pool(self) -> Any:
        """A urllib3 pool manager with the configured certificates, CA, proxy and server name."""
        from kubernetes.client.rest import RESTClientObject

        try:
            return RESTClientObject(self._configuration).pool_manager
        except (OSError, ValueError) as error:
            raise ClusterError(f"{self._where()} cannot be used: {_first_line(error)}") from None

    def headers(self) -> Sequence[tuple[str, str]]:
        """Who asks, one header more than once where it has several values. A token about to expire is fetched anew here."""
        settings = self._configuration.auth_settings().values()
        own = [(s["key"], s["value"]) for s in settings if s["in"] == "header" and s["value"]]
        return (*self._impersonation, *own)

    def close(self) -> None:
        """Remove what was written for TLS. Safe to call twice."""
        if self._directory:
            rmtree(self._directory, ignore_errors=True)
            self._directory = ""

    def _where(self) -> str:
        if self._target.in_cluster:
            return "the pod's own ServiceAccount (--in-cluster)"
        return f"the kubeconfig {self._path()}" + (f" (context {self._target.context})" if self._target.context else "")

    def _path(self) -> str:
        return self._target.kubeconfig or os.environ.get("KUBECONFIG", "") or "~/.kube/config"

    def _files(self) -> Sequence[str]:
        """KUBECONFIG may name several files, of which some may be absent; --kubeconfig is one file, whatever its name."""
        several = not self._target.kubeconfig and os.environ.get("KUBECONFIG")
        paths = self._path().split(os.pathsep) if several else [self._path()]
        found = [path for path in map(os.path.expanduser, paths) if os.path.isfile(path)]
        if not found:
            raise OSError("no such file")
        return found

    def _load_in_cluster(self) -> None:
        from kubernetes.client import Configuration
        from kubernetes.config import load_incluster_config

        self._configuration = Configuration()
        load_incluster_config(self._configuration)
        self.name = IN_CLUSTER

    def _load_kubeconfig(self) -> None:
        from kubernetes.client import Configuration
        from kubernetes.config.kube_config import KubeConfigLoader

        whole = self._merged()
        self.name = self._target.context or str(whole["current-context"])
        if not self._directory:
            self._directory = tempfile.mkdtemp(prefix="mtlsaudit-")
        self._configuration = Configuration()
        # Without a persister nothing is written, also no refreshed token.
        loader = KubeConfigLoader(whole, self.name, config_base_path=None, temp_file_path=self._directory)
        loader.load_and_set(self._configuration)
        chosen = whole["contexts"].get_with_name(self.name)["context"].safe_get("user")
        found = whole["users"].get_with_name(chosen, safe=True) if chosen and whole.safe_get("users") else None
        user = (found.value.get("user") if found is not None else None) or {}
        if user.get("exec") and not (self._configuration.api_key or self._configuration.cert_file):
            # The package logs why and goes on as nobody, who may have rights of its own.
            raise ValueError(f"the plugin {user['exec'].get('command')} gave no credentials")
        self._impersonation = impersonation(user)

    def _merged(self) -> Any:
        """The files as one: of entries with one name in several, the first holds, as with kubectl."""
        from kubernetes.config.kube_config import KubeConfigMerger

        merger = KubeConfigMerger("")
        for file in self._files():
            merger.load_config(file)
        return merger.config


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
