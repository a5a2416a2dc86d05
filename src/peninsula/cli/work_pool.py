"""Look at work pools, make, change, pause and delete them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from peninsula.cli import output
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, examples
from peninsula.cli.output import Column
from peninsula.core import codec
from peninsula.core.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from peninsula.client.api import Api
    from peninsula.core.work import WorkPool

app = typer.Typer(
    help="Look at work pools, make, change, pause and delete them.\n\n"
    "Runs of deployments wait in a work pool for its workers, which start each as the pool says.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of a work pool.", show_default=False)
]
Description = Annotated[
    str | None, typer.Option("--description", metavar="TEXT", help="What it is for.")
]
ConcurrencyLimit = Annotated[
    int | None,
    typer.Option(
        "--concurrency-limit", metavar="N", min=0, help="The most of its runs under way at once."
    ),
]
Template = Annotated[
    Path | None,
    typer.Option(
        "--base-job-template",
        metavar="FILE",
        help="JSON: how runs are started, with placeholders; inspect --json prints a pool's own.",
    ),
]

_COLUMNS: Final = (
    Column("NAME"),
    Column("TYPE"),
    Column("STATUS"),
    Column("WORKERS"),
    Column("RUNNING"),
    Column("WAITING"),
    Column("LATE"),
)


@app.command(
    "ls",
    epilog=examples("peninsula work-pool ls", "peninsula work-pool ls --json | jq '.[].name'"),
)
def list_pools(*, as_json: Json = False) -> None:
    """List work pools, with what waits and runs in them."""
    found = ask(lambda api: api.work_pools())
    if as_json:
        output.show_json(found)
        return
    if not found:
        output.note("There is no work pool. Make one: peninsula work-pool create NAME")
        return
    output.show_table(_COLUMNS, [_row(pool) for pool in found])


def _row(pool: WorkPool) -> tuple[str, ...]:
    limit = "" if pool.concurrency_limit is None else f" of {pool.concurrency_limit}"
    return (
        pool.name,
        pool.type,
        _status(pool),
        str(pool.online),
        f"{pool.running}{limit}",
        str(pool.waiting),
        str(pool.late),
    )


def _status(pool: WorkPool) -> str:
    if pool.paused:
        return "paused"
    return "ready" if pool.online else "no worker"


@app.command(
    epilog=examples(
        "peninsula work-pool inspect lake",
        "peninsula work-pool inspect lake --json | jq .base_job_template",
    )
)
def inspect(name: Name, *, as_json: Json = False) -> None:
    """Say what a work pool is, with its queues.

    And which job variables deployments may set.
    """
    pool, queues = ask(lambda api: _inspect(api, name))
    if as_json:
        output.show_json(pool)
        return
    output.show_table(_COLUMNS, [_row(pool)])
    output.show_table(
        (Column("QUEUE"), Column("PRIORITY"), Column("RUNNING"), Column("WAITING")),
        [(each.name, str(each.priority), str(each.running), str(each.waiting)) for each in queues],
    )
    template = codec.decode(dict[str, Any], pool.base_job_template)
    variables = template.get("variables", {}).get("properties", {})
    rows = [(key, str(schema.get("description", ""))) for key, schema in variables.items()]
    output.show_table((Column("JOB VARIABLE"), Column("MEANING", flexible=True)), rows)


async def _inspect(api: Api, name: str) -> Any:
    return await api.work_pool(name), await api.work_queues(name)


@app.command(
    epilog=examples(
        "peninsula work-pool create lake",
        "peninsula work-pool create lake --concurrency-limit 10",
        "peninsula work-pool create lake --type process --base-job-template job.json",
    )
)
def create(
    name: Name,
    *,
    type_: Annotated[
        str, typer.Option("--type", "-t", metavar="TYPE", help="Of its workers.")
    ] = "process",
    description: Description = None,
    concurrency_limit: ConcurrencyLimit = None,
    base_job_template: Template = None,
    paused: Annotated[bool, typer.Option("--paused", help="Let it wait before it begins.")] = False,
    as_json: Json = False,
) -> None:
    """Make a work pool. Without a template it has that of its type."""
    if base_job_template is None:
        from peninsula.workers.types import worker_type  # noqa: PLC0415  weight

        template = worker_type(type_).template
    else:
        template = _read(base_job_template)
    made = ask(
        lambda api: api.create_work_pool(
            name,
            type_,
            description=description,
            concurrency_limit=concurrency_limit,
            base_job_template=template,
            paused=paused,
        )
    )
    if as_json:
        output.show_json(made)
        return
    output.show(output.text(f"Made the work pool {made.name} of type {made.type}"))
    output.note(f"Serve it: peninsula worker start --pool {made.name}")


def _read(path: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except OSError as problem:
        raise NotFoundError(f"{path} cannot be read: {problem.strerror}.") from None
    except msgspec.MsgspecError as problem:
        raise InvalidError(f"{path} is no JSON object: {problem}") from None


@app.command(
    epilog=examples(
        "peninsula work-pool update lake --concurrency-limit 20",
        "peninsula work-pool update lake --no-limit",
        "peninsula work-pool update lake --base-job-template job.json",
    )
)
def update(
    name: Name,
    *,
    description: Description = None,
    concurrency_limit: ConcurrencyLimit = None,
    no_limit: Annotated[bool, typer.Option("--no-limit", help="Take the limit away.")] = False,
    base_job_template: Template = None,
    as_json: Json = False,
) -> None:
    """Change a work pool; what is not given stays."""
    changed: dict[str, Any] = {}
    if description is not None:
        changed["description"] = description
    if concurrency_limit is not None or no_limit:
        changed["concurrency_limit"] = None if no_limit else concurrency_limit
    if base_job_template is not None:
        changed["base_job_template"] = _read(base_job_template)
    if not changed:
        raise InvalidError("Nothing is to change. Name what: --concurrency-limit, --description.")
    _change(name, "Changed", as_json=as_json, **changed)


@app.command(
    epilog=examples("peninsula work-pool pause lake", "peninsula work-pool pause lake --json")
)
def pause(name: Name, *, as_json: Json = False) -> None:
    """Have nobody take runs from a work pool.

    Those that were begun go on.
    """
    _change(name, "Paused", as_json=as_json, paused=True)


@app.command(
    epilog=examples("peninsula work-pool resume lake", "peninsula work-pool resume lake --json")
)
def resume(name: Name, *, as_json: Json = False) -> None:
    """Have workers take runs from a work pool again."""
    _change(name, "Resumed", as_json=as_json, paused=False)


def _change(name: str, word: str, *, as_json: bool, **changed: Any) -> None:
    pool = ask(lambda api: api.update_work_pool(name, **changed))
    if as_json:
        output.show_json(pool)
    else:
        output.show(output.text(f"{word} the work pool {pool.name}"))


@app.command(
    epilog=examples("peninsula work-pool delete lake", "peninsula work-pool delete lake --json")
)
def delete(name: Name, *, as_json: Json = False) -> None:
    """Delete a work pool.

    No deployment and no unfinished run may be in it.
    """
    ask(lambda api: api.delete_work_pool(name))
    if as_json:
        output.show_json({"deleted": name})
    else:
        output.show(output.text(f"Deleted the work pool {name}"))
