"""Make deployments of flows, from peninsula.yaml or by options."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import structs

from peninsula.cli import deployment_runs, deployment_schedules, output, project, user_code
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, examples
from peninsula.cli.project import Declared, Limit, Pool, Project
from peninsula.core import codec, job_templates
from peninsula.core.deployments import Deployment, WantedDeployment, WantedSchedule, full_name
from peninsula.core.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from peninsula.client.api import Api
    from peninsula.sdk.flows import Flow

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    epilog=examples(
        "peninsula deploy",
        "peninsula deploy --name nightly --name hourly",
        "peninsula deploy flows/etl.py:nightly --name nightly --pool lake",
        "peninsula deploy etl.py:nightly --name nightly --pool lake --cron @daily",
        "peninsula deploy etl.py:nightly --name nightly --pool cluster --path /flows",
    )
)
def deploy(
    flow: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE:FLOW",
            help="A file or a module, and a flow of it. Without it, peninsula.yaml says all.",
            show_default=False,
        ),
    ] = None,
    *,
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            "-n",
            metavar="NAME",
            help="Of the deployment; from a file, only those. May be repeated then.",
        ),
    ] = None,
    file: Annotated[
        Path, typer.Option("--file", "-f", metavar="FILE", help="In place of peninsula.yaml.")
    ] = Path(project.FILE),
    pool: Annotated[
        str | None,
        typer.Option("--pool", "-p", metavar="NAME", help="The work pool whose workers run it."),
    ] = None,
    folder: Annotated[
        str | None,
        typer.Option(
            "--path",
            metavar="FOLDER",
            help="Where runs find the file, in an image, say. By default this folder.",
            show_default=False,
        ),
    ] = None,
    queue: Annotated[
        str | None, typer.Option("--queue", "-q", metavar="NAME", help="A queue of the pool.")
    ] = None,
    cron: deployment_schedules.CronRule = None,
    interval: deployment_schedules.IntervalRule = None,
    rrule: deployment_schedules.RRuleRule = None,
    timezone: Annotated[
        str | None,
        typer.Option("--timezone", metavar="ZONE", help="Whose clock is meant: Europe/Berlin."),
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            metavar="KEY=VALUE",
            help="What runs get that say nothing else; JSON, else text. May be repeated.",
        ),
    ] = None,
    variable: Annotated[
        list[str] | None,
        typer.Option(
            "--job-variable", metavar="KEY=VALUE", help="Of the job template. May be repeated."
        ),
    ] = None,
    tag: deployment_runs.Tags = None,
    version: Annotated[
        str | None, typer.Option("--version", metavar="TEXT", help="The flow's by default.")
    ] = None,
    description: Annotated[
        str | None, typer.Option("--description", metavar="TEXT", help="The flow's by default.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--concurrency-limit", metavar="N", min=1, help="The most runs at a time."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make deployments of flows, or change those of their names.

    Their runs are taken by the workers of a work pool: "peninsula worker start --pool NAME".
    """
    if flow is None:
        schedule = (cron, interval, rrule, timezone)
        placed = (folder, queue)
        if any((*placed, *schedule, given, variable, tag, version, description, limit)):
            msg = f"Without a flow, {file} says all but --name and --pool. Write it there."
            raise InvalidError(msg)
        saved = _from_file(file, tuple(name or ()), pool)
    else:
        schedules = None
        if cron or interval or rrule:
            rule = deployment_schedules.rule_of(cron, interval, rrule)
            schedules = (WantedSchedule(rule=rule, timezone=timezone or "UTC"),)
        elif timezone:
            msg = f"--timezone {timezone} is whose clock? Give --cron, --interval or --rrule, too."
            raise InvalidError(msg)
        declared = Declared(
            name=_single(name),
            entrypoint=flow,
            description=description,
            version=version,
            tags=tuple(tag or ()),
            parameters=deployment_runs.parameters_of(given),
            concurrency_limit=limit,
            work_pool=Pool(
                name=_pool_of(pool, flow),
                work_queue_name=queue,
                job_variables=deployment_runs.parameters_of(variable),
            ),
        )
        wanted = _wanted(declared, schedules, (), Path(folder) if folder else Path.cwd())
        saved = [ask(lambda api: _saved(api, wanted, variable or []))]
    _show(saved, as_json=as_json)


async def _saved(api: Api, wanted: WantedDeployment, said: list[str]) -> Deployment:
    """Make the deployment. What reads as a number is text where the pool takes that: cpu=500."""
    if wanted.work_pool is not None and said:
        pool = await api.work_pool(wanted.work_pool)
        template = codec.decode(dict[str, Any], pool.base_job_template)
        texts = {name: text for name, _, text in (each.partition("=") for each in said)}
        variables = {
            name: job_templates.as_taken(template, name, value, texts[name])
            for name, value in wanted.job_variables.items()
        }
        wanted = structs.replace(wanted, job_variables=variables)
    return await api.save_deployment(wanted)


def _single(names: list[str] | None) -> str:
    if names is None or len(names) != 1:
        raise InvalidError('Say what the deployment is called: "--name nightly".')
    return names[0]


def _pool_of(pool: str | None, flow: str) -> str:
    if pool is None:
        msg = (
            f"Say whose workers run {flow}: --pool NAME. Pools: "
            '"peninsula work-pool ls". To run it in a program of yours, call its serve().'
        )
        raise InvalidError(msg)
    return pool


def _show(saved: list[Deployment], *, as_json: bool) -> None:
    if as_json:
        output.show_json(saved)
        return
    for each in saved:
        output.show(output.text(f"Deployed {each.full_name} to {each.work_pool}"))
    output.note(f"Have it run: peninsula deployment run {saved[0].full_name}")


# --- from a file ---------------------------------------------------------------------------------


def _from_file(path: Path, names: tuple[str, ...], pool: str | None) -> list[Deployment]:
    """Make the deployments of a file. An error says on which of its lines it is."""
    read = project.read_project(path)
    there = [each.name for each in read.deployments]
    for name in names:
        if name not in there:
            msg = f"{path} has no deployment {name!r}. It has: {', '.join(there) or 'none'}."
            raise NotFoundError(msg)
    folder = path.absolute().parent
    places = [place for place, name in enumerate(there) if not names or name in names]
    with _within(folder):
        wanted = [_placed(read, place, pool, folder) for place in places]
    if not wanted:
        msg = f"{path} has no deployment. Write one below `deployments:`."
        raise InvalidError(msg)
    return ask(lambda api: _saved_from(api, read, dict(zip(places, wanted, strict=True))))


def _placed(read: Project, place: int, pool: str | None, folder: Path) -> WantedDeployment:
    declared = read.deployments[place]
    of = declared.work_pool
    named = Pool(name=of) if isinstance(of, str) else of
    if pool is not None:
        named = structs.replace(named, name=pool) if named is not None else Pool(name=pool)
    if named is None:
        missing = InvalidError("it names no work pool. Add `work_pool: NAME`, or say --pool NAME.")
        raise read.wrong(place, (), missing, declared.name)
    declared = structs.replace(declared, work_pool=named)
    try:
        return _wanted(declared, read.schedules[place], read.steps[place], folder)
    except (InvalidError, NotFoundError) as problem:
        raise read.wrong(place, (), problem, declared.name) from None


async def _saved_from(
    api: Api, read: Project, wanted: dict[int, WantedDeployment]
) -> list[Deployment]:
    saved = []
    for place, each in wanted.items():
        try:
            saved.append(await api.save_deployment(each))
        except (InvalidError, NotFoundError) as problem:
            name = full_name(each.flow, each.name)
            raise read.wrong(place, _keys(problem), problem, name) from None
    return saved


def _keys(problem: InvalidError | NotFoundError) -> tuple[str | int, ...]:
    """Return which keys of the file are meant by what the server says of a deployment."""
    if isinstance(problem, NotFoundError):
        return ("work_pool",)
    keys = tuple(problem.details.get("place", ()))
    return ("work_pool", *keys) if keys[:1] == ("job_variables",) else keys


@contextmanager
def _within(folder: Path) -> Iterator[None]:
    """Be in the folder of the file: its entrypoints are."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _wanted(
    declared: Declared,
    schedules: tuple[WantedSchedule, ...] | None,
    steps: tuple[Any, ...],
    folder: Path,
) -> WantedDeployment:
    """Return the deployment with what its flow says of itself."""
    from peninsula.sdk import loading  # noqa: PLC0415  weight: not for --help
    from peninsula.sdk.deployments.deployment import Source  # noqa: PLC0415  weight
    from peninsula.sdk.deployments.deployment import declared as of_flow  # noqa: PLC0415  weight
    from peninsula.sdk.deployments.sources import within_code  # noqa: PLC0415  weight

    with within_code(declared.entrypoint, steps):
        flow: Flow[..., Any] = user_code.loaded(loading.load_flow, declared.entrypoint)
    found = Source(
        entrypoint=declared.entrypoint,
        path=None if steps else str(folder),
        pull_steps=steps,
    )
    pool = declared.work_pool
    assert isinstance(pool, Pool)  # noqa: S101  who calls has seen to it
    made = of_flow(
        flow,
        declared.name,
        source=found,
        description=declared.description,
        version=declared.version,
        tags=declared.tags,
        parameters=declared.parameters,
        enforce_parameter_schema=declared.enforce_parameter_schema,
        paused=declared.paused,
        schedules=schedules,
        work_pool_name=pool.name,
        work_queue_name=pool.work_queue_name,
        job_variables=pool.job_variables,
    )
    limit = declared.concurrency_limit
    if isinstance(limit, int):
        limit = Limit(limit=limit)
    if limit is None:
        return made.wanted
    return structs.replace(
        made.wanted,
        concurrency_limit=limit.limit,
        collision_strategy=limit.collision_strategy,
    )
