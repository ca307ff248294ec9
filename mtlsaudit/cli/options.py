"""Options that several commands share, and what they come to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from mtlsaudit.cli.live import is_live, live_of, live_options
from mtlsaudit.collect import Request, default_paths
from mtlsaudit.config import find_config, load_config
from mtlsaudit.errors import ConfigError
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.values import replace


def _mapping(_: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    out = {}
    for value in values:
        name, equals, controller = value.partition("=")
        if not equals or not name or not controller:
            raise click.BadParameter("expected CLASS=CONTROLLER", param=option)
        out[name] = controller
    return out


def _moment(_: click.Context, option: click.Parameter, value: str | None) -> datetime:
    if value is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("expected a date or time (ISO 8601)", param=option) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _release(_: click.Context, option: click.Parameter, value: str) -> str:
    if not value:
        return value
    from mtlsaudit.platforms.cert_manager.lifecycle import parse_version

    if parse_version(value) is None:
        raise click.BadParameter("expected a version such as 1.18.2", param=option)
    return value


now_option = click.option("--now", callback=_moment, metavar="TIME", help="Judge as at this time (ISO 8601).")

_INPUT = (
    click.option("--complete", is_flag=True, help="The input is all there is: what is absent does not exist."),
    click.option("--default-namespace", default="default", show_default=True, help="Namespace of objects without one."),
    click.option(
        "--cert-manager-version", default="", callback=_release, help="Release of cert-manager, for its defaults."
    ),
    click.option(
        "--ingress-class",
        "ingress_classes",
        multiple=True,
        callback=_mapping,
        metavar="CLASS=CONTROLLER",
        help="Who serves a class that is not in the input, e.g. nginx=k8s.io/ingress-nginx.",
    ),
    click.option(
        "--assume-secrets", type=click.Choice(["well-formed"]), help="Take Secrets that are not in the input as good."
    ),
    click.option(
        "--assume-controller",
        type=click.Choice(["defaults"]),
        help="Take a controller that is not in the input as default.",
    ),
    click.option(
        "--config", type=click.Path(dir_okay=False), help="Configuration [default: mtlsaudit.yaml at or above PATH]."
    ),
    click.option(
        "--rules",
        "rule_directories",
        multiple=True,
        type=click.Path(file_okay=False),
        help="More rules, in the same form.",
    ),
    click.option("--skip", multiple=True, metavar="GLOB", help="Paths to leave out."),
    now_option,
    click.option("--max-file-size", default=64, show_default=True, type=click.IntRange(1, 4096), help="MiB."),
    click.option("--no-render", is_flag=True, help="Do not run helm or kustomize."),
)


def input_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Everything that says how to scan; the paths are an argument of the command."""
    for decorate in reversed(_INPUT):
        command = decorate(command)
    return live_options(command)


history_option = click.option(
    "--history",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Remember there (SQLite) which certificates were seen, and judge by what earlier scans saw.",
)


def make_request(options: dict[str, Any]) -> Request:
    """The request that the options and the configuration come to; options win. Raises UsageError, ConfigError."""
    contexts = options["contexts"]
    if len(contexts) > 1:
        raise click.UsageError("one --context at a time; only scan takes several")
    live = live_of(options, contexts[0] if contexts else "") if is_live(options) else None
    if live is None and not options["paths"]:
        raise click.UsageError("nothing to scan: give PATHs, or a cluster (--kubeconfig, --context, --in-cluster)")
    return Request(
        paths=default_paths(options["paths"]),
        live=live,
        source=tuple(options["source"]),
        now=options["now"],
        policy=_policy(options),
        closed=options["complete"],
        default_namespace=options["default_namespace"],
        cert_manager_version=options["cert_manager_version"],
        max_file_bytes=options["max_file_size"] << 20,
        use_tools=not options["no_render"],
    )


def _policy(options: dict[str, Any]) -> Policy:
    path = config_path(options)
    policy = load_config(path) if path else Policy()
    return replace(
        policy,
        skip=(*policy.skip, *options["skip"]),
        assume_secrets=options["assume_secrets"] or policy.assume_secrets,
        assume_controller=options["assume_controller"] or policy.assume_controller,
        ingress_classes={**policy.ingress_classes, **options["ingress_classes"]},
    )


def config_path(options: dict[str, Any]) -> Path | None:
    """The configuration that is given, or the nearest one at or above the first path. Raises ConfigError."""
    if options["config"]:
        path = Path(options["config"])
        if not path.is_file():
            raise ConfigError(f"{path}: no such file")
        return path
    start = next((p for p in options["paths"] if p != "-"), ".")
    return find_config(Path(start))
