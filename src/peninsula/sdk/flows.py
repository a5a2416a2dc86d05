"""Declare flows: functions whose calls are runs that have runs below them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar, Unpack, overload

from peninsula.core import retries as retrying
from peninsula.core.errors import InvalidError
from peninsula.sdk.checks import checked_hooks
from peninsula.sdk.definitions import Definition
from peninsula.sdk.options import FlowOptions, Hook, check_options
from peninsula.sdk.runnable import MYPY, Runnable

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from peninsula.sdk.deployments.deployment import (
        ConcurrencyLimitConfig,
        DeploymentOptions,
        PlacedOptions,
        RunnerDeployment,
        ServedOptions,
        Source,
    )
    from peninsula.sdk.deployments.sources import GitRepository
    from peninsula.sdk.running.names import RunName
    from peninsula.sdk.running.runners import TaskRunner

__all__ = ["Flow", "flow"]

P = ParamSpec("P")
Q = ParamSpec("Q")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


class Flow(Runnable[P, R_co]):
    """A function whose calls are flow runs. Make one by `@flow`."""

    kind = "flow"
    nameless = "unknown-lambda"  # as in Prefect

    if not TYPE_CHECKING:  # to a type checker, a name that is not below is a mistake

        def __getattr__(self, name: str) -> Any:
            from peninsula.sdk import missing  # noqa: PLC0415  weight: for an error

            raise missing.of_flow(name)

    hook_options = (*Definition.hook_options, "on_cancellation", "on_crashed")

    def __init__(self, fn: Callable[P, R_co], **options: Unpack[FlowOptions]) -> None:
        """Check the options. Raises InvalidError naming the one that cannot be."""
        super().__init__(fn, options, options.get("flow_run_name"))
        self.retry_delay_seconds = options.get("retry_delay_seconds")
        self.delays = retrying.delays_of(self.retries, self.retry_delay_seconds, self.titled)
        self.task_runner = _checked_runner(self, options.get("task_runner"))
        self.should_validate_parameters = options.get("validate_parameters", True)
        self.on_cancellation_hooks = checked_hooks(
            self.titled, "on_cancellation", options.get("on_cancellation")
        )
        self.on_crashed_hooks = checked_hooks(self.titled, "on_crashed", options.get("on_crashed"))

    def _name_of(self, fn: Callable[..., Any]) -> str:
        return super()._name_of(fn).replace("_", "-")

    @property
    def flow_run_name(self) -> RunName | None:
        """What names its runs."""
        return self.run_name

    if not MYPY:

        @overload  # a class method: its first parameter takes the class
        def __get__(
            self: Flow[Concatenate[type[T], Q], R_co], instance: object, owner: type[T]
        ) -> Flow[Q, R_co]: ...

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload  # a method: its first parameter takes the object
    def __get__(
        self: Flow[Concatenate[T, Q], R_co], instance: T, owner: type | None = None
    ) -> Flow[Q, R_co]: ...
    @overload  # a static method
    def __get__(self, instance: object, owner: type | None = None) -> Self: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Be a method in a class body: the object is given to the function, as no parameter."""
        return self.found_on(instance, owner)

    def validate_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters coerced as those of a run would be.

        Raises ParameterError naming what is missing, too much, or does not fit.
        """
        return self.validator(self.signature.bind_given((), parameters))

    def on_completion(self, fn: Hook) -> Hook:
        """Call the function with flow, run and state when a run completes. For use as decorator."""
        return self._hook(self.on_completion_hooks, "on_completion", fn)

    def on_failure(self, fn: Hook) -> Hook:
        """Call the function with flow, run and state when a run has failed for good."""
        return self._hook(self.on_failure_hooks, "on_failure", fn)

    def on_cancellation(self, fn: Hook) -> Hook:
        """Call the function with flow, run and state when a run was cancelled."""
        return self._hook(self.on_cancellation_hooks, "on_cancellation", fn)

    def on_crashed(self, fn: Hook) -> Hook:
        """Call the function with flow, run and state when a run was ended from outside."""
        return self._hook(self.on_crashed_hooks, "on_crashed", fn)

    def on_running(self, fn: Hook) -> Hook:
        """Call the function with flow, run and state when a run starts."""
        return self._hook(self.on_running_hooks, "on_running", fn)

    def with_options(self, **options: Unpack[FlowOptions]) -> Flow[P, R_co]:
        """Return a flow of the same function with some options changed; None takes one back."""
        changed: Flow[P, R_co] = Flow(self.declared, **self._options_with(options))
        changed.place = self.place
        return changed

    # --- deployments -----------------------------------------------------------------------------

    place: Source | None = None
    """Where deployments find it, of a flow that came from a repository or another folder."""

    @classmethod
    def from_source(cls, source: str | Path | GitRepository, entrypoint: str) -> Flow[..., Any]:
        """Return a flow that is kept elsewhere, to deploy it from there.

        Args:
            source: URL of a git repository, a `GitRepository`, or a folder.
            entrypoint: File and function in it: `flows/etl.py:nightly`.

        Raises:
            NotFoundError: It is not there.
        """
        from peninsula.sdk.deployments.sources import flow_from  # noqa: PLC0415  weight: few call it

        found, place = flow_from(source, entrypoint, Flow)
        placed = found.with_options()
        placed.place = place
        return placed

    def to_deployment(self, name: str, **options: Unpack[DeploymentOptions]) -> RunnerDeployment:
        """Return a deployment of the flow, to serve or deploy it beside others.

        Args:
            name: Of the deployment; the flow's name stands before it: `etl/nightly`.
            options: As `serve` and `deploy` take them.
        """
        from peninsula.sdk.deployments.deployment import declared  # noqa: PLC0415  weight: few call it

        return declared(self, name, source=self.place, **options)

    def serve(
        self,
        name: str | None = None,
        *,
        pause_on_shutdown: bool = True,
        print_starting_message: bool = True,
        limit: int | None = None,
        global_limit: int | ConcurrencyLimitConfig | None = None,
        **options: Unpack[ServedOptions],
    ) -> None:
        """Deploy the flow and run its runs in processes that this one starts, until told to end.

        Args:
            name: Of the deployment; that of the flow's file by default.
            pause_on_shutdown: Whether its schedules make no runs while nobody serves it.
            print_starting_message: Whether to say what is served.
            limit: The most runs that this process has at once.
            global_limit: The most runs of the deployment, wherever they run.
            options: `cron`, `interval`, `rrule`, `schedule` or `schedules`; `parameters`,
                `description`, `tags`, `version`, `paused`, `enforce_parameter_schema`.
        """
        from peninsula.sdk.deployments.serving import serve, served_name  # noqa: PLC0415  weight: as above

        if global_limit is not None:
            options["concurrency_limit"] = global_limit
        serve(
            self.to_deployment(served_name(self, name), **options),
            pause_on_shutdown=pause_on_shutdown,
            print_starting_message=print_starting_message,
            limit=limit,
        )

    def deploy(
        self,
        name: str,
        work_pool_name: str | None = None,
        image: str | None = None,
        *,
        build: bool = False,
        push: bool = False,
        print_next_steps: bool = True,
        **options: Unpack[PlacedOptions],
    ) -> UUID:
        """Deploy the flow for the workers of a pool. Return the id of the deployment.

        Args:
            name: Of the deployment; the flow's name stands before it: `etl/nightly`.
            work_pool_name: Whose workers run it.
            image: That its runs are started in.
            build: Peninsula builds no images: only False can be said.
            push: As `build`.
            print_next_steps: Whether to say how it is run.
            options: As `serve` takes them, and `concurrency_limit`, `work_queue_name` and
                `job_variables`.

        Raises:
            NotFoundError: There is no such pool.
            InvalidError: It could not run: the message says why.
        """
        from peninsula.sdk.deployments.deploying import deploy_one  # noqa: PLC0415  weight: as above

        deployment = self.to_deployment(name, **options)
        return deploy_one(
            deployment, work_pool_name, image, build=build, push=push, say=print_next_steps
        )


def _checked_runner(owner: Definition, runner: Any) -> TaskRunner | None:
    made: TaskRunner | None = runner() if isinstance(runner, type) else runner
    if made is None or callable(getattr(made, "open", None)):
        return made
    msg = f"The {owner.titled} has task_runner={runner!r}. Give a ThreadPoolTaskRunner()."
    raise InvalidError(msg)


@overload
def flow(fn: Callable[P, R_co], /) -> Flow[P, R_co]: ...
@overload
def flow(
    fn: None = None, /, **options: Unpack[FlowOptions]
) -> Callable[[Callable[P, R_co]], Flow[P, R_co]]: ...
def flow(fn: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Make a function a flow: each of its calls is a run, and so are the calls of tasks inside it.

    Other Parameters:
        name: Of the flow; the function's, with dashes, by default.
        description: The function's docstring by default.
        version: Any text.
        flow_run_name: A template of the parameters, `load-{day:%F}`, or a function that returns
            the name; it may take `parameters`.
        retries: How often a failed run is tried again, from its beginning.
        retry_delay_seconds: Before each retry.
        task_runner: Runs what is submitted: `ThreadPoolTaskRunner(max_workers=…)`.
        timeout_seconds: Longest that one attempt may take.
        validate_parameters: Whether parameters are coerced to their annotations, by pydantic.
        log_prints: Whether `print` goes to the run's log; the setting's choice by default.
        persist_result: Whether its result is kept, and those of the tasks inside that do not say;
            the setting's choice by default.
        result_storage: Where: a path, or a URL that fsspec knows, `s3://bucket/results`.
        result_serializer: `pickle`, `json`, `msgspec`, `compressed/pickle`, or one of your own.
        cache_result_in_memory: Off: a kept result is read back when it is asked for.
        on_completion, on_failure, on_cancellation, on_crashed, on_running: Functions called with
            flow, run and state.

    """
    check_options("flow", options)
    return Flow(fn, **options) if fn is not None else lambda fn: Flow(fn, **options)


# Written after `@flow` by those who have no flow yet: `flow.from_source(…)`. Type checkers know it
# by `Flow.from_source`.
flow.from_source = Flow.from_source  # type: ignore[attr-defined]
