"""Look at the queues of work pools, make, change, pause and delete them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from peninsula.cli import output
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, examples
from peninsula.cli.output import Column
from peninsula.core.errors import InvalidError

if TYPE_CHECKING:
    from peninsula.core.work import WorkQueue

app = typer.Typer(
    help="Look at the queues of work pools, make, change, pause and delete them.\n\n"
    "Runs wait in a queue of their work pool: default, unless their deployment names another.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of a queue.", show_default=False)]
Pool = Annotated[
    str,
    typer.Option(
        "--pool", "-p", metavar="NAME", help="The work pool it is of.", show_default=False
    ),
]
Priority = Annotated[
    int | None,
    typer.Option("--priority", metavar="N", min=1, help="1 is taken from first."),
]
ConcurrencyLimit = Annotated[
    int | None,
    typer.Option(
        "--concurrency-limit", metavar="N", min=0, help="The most of its runs under way at once."
    ),
]

_COLUMNS: Final = (
    Column("NAME"),
    Column("PRIORITY"),
    Column("STATUS"),
    Column("RUNNING"),
    Column("WAITING"),
)


@app.command(
    "ls",
    epilog=examples(
        "peninsula work-queue ls --pool lake",
        "peninsula work-queue ls --pool lake --json | jq '.[].name'",
    ),
)
def list_queues(*, pool: Pool, as_json: Json = False) -> None:
    """List the queues of a work pool.

    What is taken from first stands first.
    """
    found = ask(lambda api: api.work_queues(pool))
    if as_json:
        output.show_json(found)
    else:
        output.show_table(_COLUMNS, [_row(queue) for queue in found])


def _row(queue: WorkQueue) -> tuple[str, ...]:
    limit = "" if queue.concurrency_limit is None else f" of {queue.concurrency_limit}"
    status = "paused" if queue.paused else "ready"
    return queue.name, str(queue.priority), status, f"{queue.running}{limit}", str(queue.waiting)


@app.command(
    epilog=examples(
        "peninsula work-queue inspect urgent --pool lake",
        "peninsula work-queue inspect urgent --pool lake --json | jq .waiting",
    )
)
def inspect(name: Name, *, pool: Pool, as_json: Json = False) -> None:
    """Say what a queue is, and what waits in it."""
    found = ask(lambda api: api.work_queue(pool, name))
    if as_json:
        output.show_json(found)
    else:
        output.show_table(_COLUMNS, [_row(found)])


@app.command(
    epilog=examples(
        "peninsula work-queue create urgent --pool lake --priority 1",
        "peninsula work-queue create slow --pool lake --concurrency-limit 2",
    )
)
def create(
    name: Name,
    *,
    pool: Pool,
    priority: Priority = None,
    concurrency_limit: ConcurrencyLimit = None,
    as_json: Json = False,
) -> None:
    """Make a queue of a work pool."""
    made = ask(
        lambda api: api.create_work_queue(
            pool, name, priority=priority or 1, concurrency_limit=concurrency_limit
        )
    )
    _show(made, "Made", as_json=as_json)


@app.command(
    epilog=examples(
        "peninsula work-queue update slow --pool lake --priority 5",
        "peninsula work-queue update slow --pool lake --no-limit",
    )
)
def update(
    name: Name,
    *,
    pool: Pool,
    priority: Priority = None,
    concurrency_limit: ConcurrencyLimit = None,
    no_limit: Annotated[bool, typer.Option("--no-limit", help="Take the limit away.")] = False,
    as_json: Json = False,
) -> None:
    """Change a queue; what is not given stays."""
    changed: dict[str, Any] = {}
    if priority is not None:
        changed["priority"] = priority
    if concurrency_limit is not None or no_limit:
        changed["concurrency_limit"] = None if no_limit else concurrency_limit
    if not changed:
        raise InvalidError("Nothing is to change. Name what: --priority, --concurrency-limit.")
    _change(pool, name, "Changed", as_json=as_json, **changed)


@app.command(
    epilog=examples(
        "peninsula work-queue pause slow --pool lake",
        "peninsula work-queue pause slow --pool lake --json",
    )
)
def pause(name: Name, *, pool: Pool, as_json: Json = False) -> None:
    """Have nobody take runs from a queue.

    Those that were begun go on.
    """
    _change(pool, name, "Paused", as_json=as_json, paused=True)


@app.command(
    epilog=examples(
        "peninsula work-queue resume slow --pool lake",
        "peninsula work-queue resume slow --pool lake --json",
    )
)
def resume(name: Name, *, pool: Pool, as_json: Json = False) -> None:
    """Have workers take runs from a queue again."""
    _change(pool, name, "Resumed", as_json=as_json, paused=False)


def _change(pool: str, name: str, word: str, *, as_json: bool, **changed: Any) -> None:
    queue = ask(lambda api: api.update_work_queue(pool, name, **changed))
    _show(queue, word, as_json=as_json)


def _show(queue: WorkQueue, word: str, *, as_json: bool) -> None:
    if as_json:
        output.show_json(queue)
    else:
        output.show(output.text(f"{word} the queue {queue.name} of work pool {queue.pool}"))


@app.command(
    epilog=examples(
        "peninsula work-queue delete slow --pool lake",
        "peninsula work-queue delete slow --pool lake --json",
    )
)
def delete(name: Name, *, pool: Pool, as_json: Json = False) -> None:
    """Delete a queue.

    Runs that wait in it go to the queue default.
    """
    ask(lambda api: api.delete_work_queue(pool, name))
    if as_json:
        output.show_json({"deleted": name})
    else:
        output.show(output.text(f"Deleted the queue {name} of work pool {pool}"))
