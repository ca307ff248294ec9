"""A controller: its flags (from the workload) and its ConfigMap, with the defaults of the release."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from mtlsaudit.decode.reader import Opened
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.resource import Resource
from mtlsaudit.model.values import dataclass, field, replace
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.model.world import World
from mtlsaudit.platforms.core.secrets import CertificateHolder
from mtlsaudit.platforms.core.workloads import Container, Workload

CONTROLLER = "k8s.io/ingress-nginx"
_IMAGE = re.compile(
    r"(?:^|/)(?:ingress-nginx/controller|nginx-ingress-controller(?:-[a-z0-9]+)?|ingress-nginx-controller)(?=[:@]|$)"
)
_VERSION = re.compile(r":v?(\d+)\.(\d+)\.(\d+)")
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})


def parse_bool(text: str) -> bool | None:
    """Go's strconv.ParseBool; None where it fails."""
    return True if text in _TRUE else False if text in _FALSE else None


@lru_cache(maxsize=64)
def _version(image: str) -> tuple[int, int, int] | None:
    match = _VERSION.search(image)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


@dataclass(frozen=True, slots=True)
class Controller:
    """One controller. `workload` and `config` are None where they are not in the input: then defaults hold.

    `gaps` names what was not seen, so that nothing better than its defaults allow is ever claimed.
    """

    workload: Workload | None = None
    config: Resource | None = None
    flags: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    container: Container | None = None
    gaps: tuple[Gap, ...] = ()

    def flag(self, name: str, default: str = "") -> str:
        return self.flags.get(name, default)

    @property
    def watched(self) -> str:
        """The only namespace that it watches; empty for all of them (--watch-namespace)."""
        return self.flag("watch-namespace").replace("$(POD_NAMESPACE)", self.key.split("/")[0])

    def switch(self, name: str, default: bool) -> bool:
        """A boolean flag; a bare `--flag` is true."""
        value = parse_bool(self.flags.get(name, ""))
        return default if value is None else value

    def option(self, name: str, default: str = "") -> str:
        """A key of the ConfigMap."""
        return self.options.get(name, default)

    def setting(self, name: str, default: bool) -> bool:
        """A boolean key of the ConfigMap; an empty value is false, what else is no boolean leaves the default."""
        text = self.options.get(name)
        if text is None:
            return default
        value = parse_bool(text) if text else False
        return default if value is None else value

    @property
    def loosest(self) -> Controller:
        """The same with a ConfigMap that lets every Ingress in: what is refused then is refused whatever it says."""
        loose = {
            "annotations-risk-level": "Critical",
            "annotation-value-word-blocklist": "",
            "allow-cross-namespace-resources": "true",
        }
        return self.with_options(**loose)

    def with_options(self, **options: str) -> Controller:
        """The same with other values in its ConfigMap."""
        return replace(self, options={**self.options, **options})

    @property
    def key(self) -> str:
        return self.workload.key if self.workload else ""

    @property
    def identity(self) -> str:
        """Tells controllers apart: a Deployment and a DaemonSet may have the same key. Empty for one that was not seen."""
        return str(self.workload.resource.id) if self.workload else ""

    @property
    def controller_class(self) -> str:
        return self.flag("controller-class", CONTROLLER)

    @property
    def ingress_class(self) -> str:
        return self.flag("ingress-class", "nginx")

    @property
    def prefix(self) -> str:
        return self.flag("annotations-prefix", "nginx.ingress.kubernetes.io")

    def is_before(self, minor: int) -> bool:
        """Is the release known, and older than 1.`minor`? Defaults became stricter with 1.10 and 1.12."""
        version = self.version
        return version is not None and version < (1, minor, 0)

    @property
    def image(self) -> str:
        return self.container.image if self.container else ""

    @property
    def version(self) -> tuple[int, int, int] | None:
        """From the image tag; None for a digest alone or a tag that is no version."""
        return _version(self.image)

    @property
    def is_upstream_image(self) -> bool:
        """The project's own image, not a vendor's rebuild with patches of its own."""
        return self.image.startswith(("registry.k8s.io/ingress-nginx/", "k8s.gcr.io/ingress-nginx/"))

    def option_evidence(self, name: str) -> tuple[Evidence, ...]:
        """The ConfigMap key, or the ConfigMap where the key is absent."""
        if self.config is None:
            return ()
        value = self.options.get(name)
        return (self.config.evidence(value, "data", name),)

    def flag_evidence(self, name: str) -> tuple[Evidence, ...]:
        """The argument that sets a flag, or the arguments as a whole where none does."""
        if self.workload is None or self.container is None:
            return ()
        for index, argument in enumerate(self.container.args):
            if argument.lstrip("-").split("=", 1)[0] == name:
                return (self.workload.resource.evidence(argument, *self._argument_path(index)),)
        return (self.workload.resource.evidence(None, *self.container.path, "args"),)

    def _argument_path(self, index: int) -> tuple[str | int, ...]:
        container = self.container
        assert container is not None
        if index < container.commands:
            return (*container.path, "command", index)
        return (*container.path, "args", index - container.commands)


def is_controller(container: Container) -> bool:
    """By image, or by the program it runs. F5's `nginx/nginx-ingress` is another program."""
    if _IMAGE.search(container.image):
        return True
    return any(a.rsplit("/", 1)[-1] == "nginx-ingress-controller" for a in container.args[:2])


def find_controllers(
    workloads: Iterable[Workload], configs: Mapping[str, CertificateHolder], world: World
) -> list[Controller]:
    """Every controller among the workloads, with its ConfigMap where that is in the input."""
    found = []
    for workload in workloads:
        container = next((c for c in workload.containers if is_controller(c)), None)
        if container is not None:
            found.append(_controller(workload, container, configs, world))
    return sorted(found, key=lambda c: c.key)


def _controller(
    workload: Workload, container: Container, configs: Mapping[str, CertificateHolder], world: World
) -> Controller:
    flags = _flags(container.args)
    name = flags.get("configmap", "").replace("$(POD_NAMESPACE)", workload.namespace)
    if name and "/" not in name:
        name = f"{workload.namespace}/{name}"
    holder = configs.get(name)
    gaps: tuple[Gap, ...] = ()
    if name and holder is None and (gap := world.gap("", "ConfigMap", name)):
        gaps = (gap._replace(reason=f"{gap.reason} (of the ingress-nginx controller {workload.key})"),)
    options: dict[str, str] = {}
    if holder is not None:
        options = Opened(holder.resource).root.strings("data")
    return Controller(workload, holder.resource if holder else None, flags, options, container, gaps)


def _flags(args: tuple[str, ...]) -> dict[str, str]:
    """`--name=value`, `--name value` and `--name`, as Go's pflag reads them."""
    flags: dict[str, str] = {}
    previous = ""
    for argument in args:
        if argument.startswith("--"):
            name, equals, value = argument[2:].partition("=")
            flags[name] = value if equals else "true"
            previous = "" if equals else name
        elif previous:
            flags[previous] = argument
            previous = ""
    return flags
