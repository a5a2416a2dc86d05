"""Hold a deployment as code declares it, before the server knows it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack
from uuid import UUID

import msgspec
from msgspec import Struct, structs

from peninsula.core.deployments import Collision, Deployment, WantedDeployment
from peninsula.core.errors import InvalidError
from peninsula.core.pull_steps import PullStep
from peninsula.core.shapes import unfit
from peninsula.sdk import functions
from peninsula.sdk.asking import ask
from peninsula.sdk.deployments.rules import WAYS, Schedule, collected
from peninsula.sdk.deployments.schema import parameter_schema
from peninsula.sdk.deployments.values import jsonable
from peninsula.sdk.loops import run_here

if TYPE_CHECKING:
    from peninsula.sdk.definitions import Definition

__all__ = [
    "ConcurrencyLimitConfig",
    "DeploymentOptions",
    "PlacedOptions",
    "RunnerDeployment",
    "ServedOptions",
    "Source",
    "declared",
    "is_started",
]

STARTED: Final = "peninsula.sdk.executing.execution"


class ConcurrencyLimitConfig(Struct, frozen=True, kw_only=True):
    """How many runs of a deployment there are at a time, and what becomes of more."""

    limit: int
    collision_strategy: Collision = Collision.ENQUEUE


class Source(Struct, frozen=True, kw_only=True):
    """Where the code of a flow comes from, when it is not where it was deployed."""

    entrypoint: str
    path: str | None = None
    pull_steps: tuple[PullStep, ...] = ()


class RunnerDeployment(Struct, frozen=True, kw_only=True):
    """A flow with all that its deployment says. Made by `flow.to_deployment`."""

    flow: Any
    """The flow itself."""
    wanted: WantedDeployment

    @property
    def name(self) -> str:
        """How it is called, without the flow."""
        return self.wanted.name

    @property
    def full_name(self) -> str:
        """How it is called: `etl/nightly`."""
        return f"{self.wanted.flow}/{self.wanted.name}"

    async def save(self) -> Deployment:
        """Make it in the server, or change the one of that name."""
        return await ask(lambda api: api.save_deployment(self.wanted))

    def apply(
        self,
        work_pool_name: str | None = None,
        image: str | None = None,
        work_queue_name: str | None = None,
    ) -> UUID:
        """Make it in the server, in a work pool if one is named. Return its id."""
        placed = self.in_pool(work_pool_name, image, work_queue_name)
        saved: Deployment = run_here(placed.save())
        return saved.id

    def in_pool(
        self, pool: str | None, image: str | None = None, queue: str | None = None
    ) -> RunnerDeployment:
        """Return the same in a work pool, and with an image to run in."""
        variables = self.wanted.job_variables
        if image is not None:
            variables = {**variables, "image": image}
        return structs.replace(
            self,
            wanted=structs.replace(
                self.wanted,
                work_pool=pool or self.wanted.work_pool,
                work_queue=queue or self.wanted.work_queue,
                job_variables=variables,
            ),
        )


class ServedOptions(TypedDict, total=False):
    """What a deployment may say besides its name."""

    cron: str | Sequence[str] | None
    interval: float | timedelta | Sequence[float | timedelta] | None
    rrule: str | Sequence[str] | None
    schedule: Schedule | None
    schedules: Sequence[Schedule] | None
    concurrency_limit: int | ConcurrencyLimitConfig | Mapping[str, Any] | None
    """The most runs of it at a time."""
    parameters: Mapping[str, Any] | None
    """What its runs get that say nothing else."""
    description: str | None
    """The flow's by default."""
    tags: Sequence[str] | None
    """Of its runs, too."""
    version: str | None
    """The flow's by default."""
    paused: bool | None
    """Whether its schedules make no runs; None leaves what is."""
    enforce_parameter_schema: bool
    """Off: parameters are not checked before the flow gets them."""


class PlacedOptions(ServedOptions, total=False):
    """What one of a work pool may say, too."""

    work_queue_name: str | None
    job_variables: Mapping[str, Any] | None
    """What fills the job template of the work pool."""


class DeploymentOptions(PlacedOptions, total=False):
    """The same, with the pool."""

    work_pool_name: str | None


_OPTIONS: Final = {
    **ServedOptions.__annotations__,
    **PlacedOptions.__annotations__,
    **DeploymentOptions.__annotations__,
}


def declared(
    flow: Definition,
    name: str,
    *,
    source: Source | None = None,
    **options: Unpack[DeploymentOptions],
) -> RunnerDeployment:
    """Return the deployment of a flow. Raises InvalidError for what cannot be."""
    if unknown := sorted(options.keys() - _OPTIONS.keys()):
        known = ", ".join(_OPTIONS)
        msg = f"A deployment has no option {unknown[0]!r}. There are: {known}."
        raise TypeError(msg)
    limit = _limit(options.get("concurrency_limit"))
    found = source or local_source(flow)
    wanted = WantedDeployment(
        flow=flow.name,
        name=name,
        version=options.get("version") or flow.version,
        description=options.get("description") or flow.description,
        tags=tuple(options.get("tags") or ()),
        entrypoint=found.entrypoint,
        path=found.path,
        pull_steps=found.pull_steps,
        parameters=jsonable(options.get("parameters") or {}),
        parameter_schema=parameter_schema(flow),
        enforce_parameter_schema=options.get("enforce_parameter_schema", True),
        work_pool=options.get("work_pool_name"),
        work_queue=options.get("work_queue_name"),
        job_variables=dict(options.get("job_variables") or {}),
        paused=options.get("paused"),
        concurrency_limit=limit.limit if limit is not None else None,
        collision_strategy=limit.collision_strategy if limit is not None else Collision.ENQUEUE,
        schedules=collected(**{name: options.get(name) for name in WAYS}),
    )
    return RunnerDeployment(flow=flow, wanted=wanted)


def _limit(given: object) -> ConcurrencyLimitConfig | None:
    """Return the limit that is meant. Raises InvalidError."""
    if given is None or isinstance(given, ConcurrencyLimitConfig):
        return given
    wanted = {"limit": given} if isinstance(given, int) else given
    try:
        return msgspec.convert(wanted, ConcurrencyLimitConfig)
    except msgspec.ValidationError as problem:
        wrong = unfit(problem, ConcurrencyLimitConfig)
        msg = (
            f"concurrency_limit: {wrong}. Give a number, or"
            ' {"limit": 1, "collision_strategy": "ENQUEUE" or "CANCEL_NEW"}.'
        )
        raise InvalidError(msg) from None


def local_source(flow: Definition) -> Source:
    """Return where the flow is on this machine. Raises InvalidError for what no file has."""
    function = functions.inner(flow.fn)
    code = getattr(function, "__code__", None)
    file = Path(code.co_filename) if code is not None else None
    if file is None or not file.is_file() or "<locals>" in function.__qualname__:
        msg = (
            f"Nobody finds the {flow.titled} in a file: it is made inside of a function, or typed"
            " in. Put it at the top of a file, or name its place by flow.from_source()."
        )
        raise InvalidError(msg)
    here = Path.cwd()
    file = file.absolute()
    if (module := _module_of(function)) is not None:
        folder = file.parents[module.count(".") + (file.stem == "__init__")]
        return Source(entrypoint=f"{module}:{function.__name__}", path=str(folder))
    inside = file.is_relative_to(here)
    folder = here if inside else file.parent
    return Source(
        entrypoint=f"{file.relative_to(folder).as_posix()}:{function.__name__}", path=str(folder)
    )


def _module_of(function: Callable[..., Any]) -> str | None:
    """Return the module that a function is of, where it is one of a package: it may import by dots.

    That which `python -m` runs knows its name only there.
    """
    spec = getattr(sys.modules.get(function.__module__), "__spec__", None)
    name = spec.name if spec is not None else function.__module__
    return name if "." in name else None


def is_started() -> bool:
    """Tell whether a worker has started this process for one run: it deploys and serves nothing."""
    return STARTED in sys.modules
