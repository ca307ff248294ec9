"""`mtlsaudit rbac`: the least rights that a live scan needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import click

from mtlsaudit.cli.emit import emit
from mtlsaudit.cli.names import LABEL, SUBDOMAIN
from mtlsaudit.errors import NothingToAudit
from mtlsaudit.output.roles import Account, Role, Rule, render, rules_of
from mtlsaudit.platforms import CLUSTER_SCOPED, KINDS
from mtlsaudit.sources.cluster.rights import RETIRED, Right, needed
from mtlsaudit.sources.cluster.tiers import SECRET, Tier

CLUSTER = "Kinds without namespaces."
NAMESPACED = "Kinds of namespaces. A kind that is not installed grants nothing."
_SECRET_COMMENTS = {
    Tier.NAMED: """Secrets by name: those that an Ingress, an issuer, a bundle or a webhook names are read, one by one.
RBAC knows no fields: who may read a certificate may read its key. This is the right to get every Secret whose
name is known; mtlsaudit keeps no private key, but the right has it. To narrow it: --names-from writes
resourceNames; --secrets none does without (certificates of cert-manager are read from its requests).""",
    Tier.LIST: """Secrets of the type kubernetes.io/tls are listed, and those that something names are read by name.
RBAC knows neither fields nor types: this is the right to read every Secret, with every key and password in it.
mtlsaudit keeps no private key, but the right has it. --secrets named or none ask for less.""",
}
_NAMED_ALONE = """The Secrets that the objects given to --names-from name, and no other.
RBAC knows no fields: who may read a certificate may read its key."""


def _name(_: click.Context, option: click.Parameter, value: str) -> str:
    if not SUBDOMAIN.fullmatch(value):
        raise click.BadParameter(f"{value!r} cannot be the name of an object", param=option)
    return value


def _namespaces(_: click.Context, option: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    if "all" in values:
        return ()
    for value in values:
        if not LABEL.fullmatch(value):
            raise click.BadParameter(f"{value!r} cannot be the name of a namespace", param=option)
    return tuple(dict.fromkeys(values))


def _account(_: click.Context, option: click.Parameter, value: str | None) -> Account | None:
    if value is None:
        return None
    namespace, _slash, name = value.partition("/")
    if not LABEL.fullmatch(namespace) or not SUBDOMAIN.fullmatch(name):
        raise click.BadParameter("expected NAMESPACE/NAME", param=option)
    return Account(namespace, name)


@click.command("rbac")
@click.option(
    "--secrets",
    type=click.Choice([t.value for t in Tier]),
    default=Tier.NAMED.value,
    show_default=True,
    help="Which Secrets the scan is to read, as in scan --secrets.",
)
@click.option(
    "-n",
    "--namespace",
    "namespaces",
    multiple=True,
    callback=_namespaces,
    metavar="NS",
    help="Only for these namespaces: Roles there, and a ClusterRole for kinds without namespaces [default: all].",
)
@click.option("--name", default="mtlsaudit", show_default=True, callback=_name, help="Name of the roles and bindings.")
@click.option(
    "--service-account", callback=_account, metavar="NS/NAME", help="Print also the bindings to this ServiceAccount."
)
@click.option(
    "--names-from",
    multiple=True,
    metavar="PATH",
    help="Manifests: instead of all Secrets, grant those that their objects name.",
)
def command(
    secrets: str, namespaces: tuple[str, ...], name: str, service_account: Account | None, names_from: tuple[str, ...]
) -> None:
    """Print the least roles that let `mtlsaudit scan` read a cluster: nothing but get and list."""
    tier = Tier(secrets)
    if names_from and tier is not Tier.NAMED:
        raise click.UsageError("--names-from goes with --secrets named")
    names = _secret_names(names_from) if names_from else None
    roles = [*_roles(tier, namespaces, name, names)]
    asked = "".join(f" -n {ns}" for ns in namespaces)
    heading = (
        f"What `mtlsaudit scan --secrets {tier}{asked}` reads, and nothing more (mtlsaudit rbac).",
        "API discovery and --preflight need system:discovery and system:basic-user, which every account has by default.",
    )
    emit(render(heading, roles, service_account))


def granted(tier: Tier) -> tuple[Right, ...]:
    """The rights of a tier on what servers of today may serve."""
    return needed((kind for kind in KINDS if kind not in RETIRED), CLUSTER_SCOPED, tier)


def sections(tier: Tier) -> tuple[Sequence[Rule], Sequence[Rule], Sequence[Rule]]:
    """The rules for kinds without namespaces, for those of namespaces, and for Secrets."""
    rights = granted(tier)
    return (
        rules_of(r for r in rights if not r.namespaced),
        rules_of(r for r in rights if r.namespaced and not _is_secret(r)),
        rules_of(r for r in rights if _is_secret(r)),
    )


def _is_secret(right: Right) -> bool:
    return (right.group, right.kind) == SECRET


def _roles(
    tier: Tier, namespaces: Sequence[str], name: str, names: Mapping[str, Sequence[str]] | None
) -> Iterator[Role]:
    cluster, inside, secrets = sections(tier)
    everywhere = {NAMESPACED: inside}
    if secrets and names is None:
        everywhere[_SECRET_COMMENTS[tier]] = secrets
    if namespaces:
        yield Role(name, "", {CLUSTER: cluster})
        yield from (Role(name, namespace, everywhere) for namespace in namespaces)
    else:
        yield Role(name, "", {CLUSTER: cluster, **everywhere})
    for namespace, wanted in (names or {}).items():
        if not namespaces or namespace in namespaces:
            rules = [Rule(r.group, r.resources, r.verbs, tuple(wanted)) for r in secrets]
            yield Role(f"{name}-secrets", namespace, {_NAMED_ALONE: rules})


def _secret_names(paths: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Namespace → the names of the Secrets that a scan would read there, by what the manifests say."""
    from mtlsaudit.collect import Request, collect, default_paths
    from mtlsaudit.graph.inventory import take_inventory
    from mtlsaudit.graph.references import named_secrets
    from mtlsaudit.model.rule import Policy

    harvest = collect(Request(default_paths(paths), datetime.now(UTC), Policy()))
    out: dict[str, list[str]] = {}
    for key in sorted(named_secrets(take_inventory(harvest, "default"))):
        namespace, _, secret = key.partition("/")
        if LABEL.fullmatch(namespace) and SUBDOMAIN.fullmatch(secret):
            out.setdefault(namespace, []).append(secret)
    if not out:
        raise NothingToAudit(f"no object in {', '.join(paths)} names a Secret: use --secrets none")
    return out
