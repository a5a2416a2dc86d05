"""Print what a cluster of Kubernetes needs."""

from __future__ import annotations

import secrets
import sys
from typing import Annotated, Any

import typer

from peninsula.cli import output
from peninsula.cli.options import Json, examples
from peninsula.core import codec
from peninsula.core.keys import key_sum, worker_key

app = typer.Typer(
    help="Print what a cluster of Kubernetes needs.\n\nThere is a Helm chart of the same.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)


@app.command(
    epilog=examples(
        "peninsula kubernetes manifest --image registry/peninsula:1 > peninsula.yaml",
        "peninsula kubernetes manifest --image registry/peninsula:1 --namespace etl",
    )
)
def manifest(
    *,
    image: Annotated[
        str,
        typer.Option(
            "--image",
            metavar="IMAGE",
            help="Has Peninsula with the extra `kubernetes`.",
            show_default=False,
        ),
    ],
    namespace: Annotated[
        str, typer.Option("--namespace", metavar="NAME", help="Where all of it is, and the runs.")
    ] = "default",
    pool: Annotated[
        str, typer.Option("--pool", metavar="NAME", help="The work pool that the worker serves.")
    ] = "kubernetes",
    database: Annotated[
        str,
        typer.Option(
            "--database", metavar="URL", help="`postgresql://…`; without it, SQLite on a volume."
        ),
    ] = "",
    key: Annotated[
        str | None,
        typer.Option(
            "--key", metavar="KEY", help="Of the server's owner; else a new one, made up."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print what starts server and worker, with roles and keys.

    It holds the key of the server in a Secret: keep it as one.
    """
    from peninsula.workers.kubernetes.installation import (  # noqa: PLC0415  weight
        Installation,
        manifests,
    )

    owner = key or secrets.token_urlsafe(32)
    wanted = Installation(
        image=image,
        namespace=namespace,
        key=owner,
        worker_key=worker_key(owner),
        key_sum=key_sum(owner),
        pool=pool,
        database_url=database,
    )
    _show(manifests(wanted), as_json=as_json)


@app.command(
    epilog=examples(
        "peninsula kubernetes roles --namespace etl | kubectl apply -f -",
        "peninsula kubernetes roles --namespace etl --service-account tools/worker",
    )
)
def roles(
    *,
    namespace: Annotated[
        str, typer.Option("--namespace", metavar="NAME", help="Where the runs are.")
    ] = "default",
    account: Annotated[
        str,
        typer.Option(
            "--service-account",
            metavar="[NAMESPACE/]NAME",
            help="Of the worker; without a namespace, in that of the runs.",
        ),
    ] = "peninsula-worker",
    as_json: Json = False,
) -> None:
    """Print the roles that a worker needs for the runs of a namespace.

    `peninsula kubernetes manifest` has them, too.
    """
    from peninsula.workers.kubernetes.roles import (  # noqa: PLC0415  weight
        account_of,
        roles_of,
    )

    _show(roles_of(namespace, account_of(account, namespace)), as_json=as_json)


def _show(found: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        output.show_json(found)
        return
    import yaml  # noqa: PLC0415  weight

    # Copied, so that what stands in two places is written out in both: people read it.
    copied = codec.decode(list[dict[str, Any]], codec.encode(found))
    sys.stdout.write(yaml.safe_dump_all(copied, sort_keys=False, allow_unicode=True))
