"""Start workers, and look at those there are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from peninsula.cli import moments, output
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, examples
from peninsula.cli.output import Column
from peninsula.core.errors import UnavailableError

if TYPE_CHECKING:
    from peninsula.client.api import Api
    from peninsula.core.settings import Settings
    from peninsula.core.work import Worker
    from peninsula.workers.base import BaseWorker

app = typer.Typer(
    help="Start workers, and look at those there are.\n\n"
    "A worker takes runs from a work pool when they are due, and has them run.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)

Pool = Annotated[
    str,
    typer.Option(
        "--pool", "-p", metavar="NAME", help="The work pool that it serves.", show_default=False
    ),
]

_COLUMNS: Final = (
    Column("NAME"),
    Column("POOL"),
    Column("TYPE"),
    Column("STATUS"),
    Column("RUNS"),
    Column("HOST", flexible=True),
    Column("HEARD"),
)


@app.command(
    epilog=examples(
        "peninsula worker start --pool lake",
        "peninsula worker start --pool lake --limit 4 --queue urgent",
        "peninsula worker start --pool cluster --type kubernetes --name eu-1",
    )
)
def start(
    *,
    pool: Pool,
    name: Annotated[
        str | None,
        typer.Option("--name", "-n", metavar="NAME", help="Of the worker; else that of the host."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", "-l", metavar="N", min=1, max=1000, help="The most runs at once."),
    ] = None,
    queue: Annotated[
        list[str] | None,
        typer.Option(
            "--queue", "-q", metavar="NAME", help="Only that queue. May be repeated: those."
        ),
    ] = None,
    type_: Annotated[
        str | None,
        typer.Option(
            "--type",
            "-t",
            metavar="TYPE",
            help="That of the pool by default. With it, a pool that is not there is made.",
        ),
    ] = None,
) -> None:
    """Take runs from a work pool until told to end.

    Ctrl-C or SIGTERM lets the runs that it has end, and takes no more; the second one ends them.
    Started again by the same name, it takes back the runs that it had.
    """
    import logging  # noqa: PLC0415  weight: not for --help

    from peninsula.client.configuration import read_settings  # noqa: PLC0415  weight

    settings = read_settings()
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s.%(msecs)03d  %(message)s", datefmt="%H:%M:%S"
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    _worker_of(settings, pool, type_)(
        pool, settings, name=name, limit=limit, queues=tuple(queue or ())
    ).run()


def _worker_of(settings: Settings, pool: str, type_: str | None) -> type[BaseWorker]:
    from peninsula.workers.types import worker_type  # noqa: PLC0415  weight

    return worker_type(type_ or _awaited_type(settings, pool))


def _awaited_type(settings: Settings, pool: str) -> str:
    """Ask for the type of a pool until a server answers: a worker may be there before it."""
    import logging  # noqa: PLC0415  weight: not for --help
    import time  # noqa: PLC0415

    from peninsula.journal.backoff import pause_after  # noqa: PLC0415  weight

    failures = 0
    while True:
        try:
            return ask(lambda api: _type_of(api, pool), settings)
        except UnavailableError as problem:
            failures += 1
            if failures == 1:
                logging.getLogger("peninsula.worker").warning("%s Waiting for it.", problem.message)
            time.sleep(pause_after(failures))


async def _type_of(api: Api, pool: str) -> str:
    return (await api.work_pool(pool)).type


@app.command(
    "ls",
    epilog=examples(
        "peninsula worker ls",
        "peninsula worker ls --pool lake",
        "peninsula worker ls --json | jq '.[] | select(.status == \"online\") | .name'",
    ),
)
def list_workers(
    *,
    pool: Annotated[
        str | None, typer.Option("--pool", "-p", metavar="NAME", help="Of that work pool.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List workers by their pools."""
    found = ask(lambda api: api.workers(pool))
    if as_json:
        output.show_json(found)
        return
    if not found:
        output.note("There is no worker. Start one: peninsula worker start --pool NAME")
        return
    now = datetime.now(UTC)
    output.show_table(_COLUMNS, [_row(worker, now) for worker in found])


def _row(worker: Worker, now: datetime) -> tuple[str, ...]:
    limit = "" if worker.limit is None else f" of {worker.limit}"
    return (
        worker.name,
        worker.pool,
        worker.type,
        worker.status.value,
        f"{worker.running}{limit}",
        worker.host,
        moments.ago(worker.last_heartbeat, now),
    )
