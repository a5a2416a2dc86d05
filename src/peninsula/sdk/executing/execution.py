"""Run the one flow run that a worker has started this process for, from its code to its end."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from peninsula.core import codec
from peninsula.core.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    PeninsulaError,
    UnavailableError,
)
from peninsula.core.life import ending_of_error, fit_message
from peninsula.core.pull_steps import decode_steps
from peninsula.core.work import UNHEARD, UNREACHED, Job
from peninsula.journal import emitter
from peninsula.sdk import loading
from peninsula.sdk.executing.beginning import assignment, begin
from peninsula.sdk.executing.masked import mask_output
from peninsula.sdk.executing.outlasting import is_delivered
from peninsula.sdk.flows import Flow
from peninsula.sdk.interrupting import signals
from peninsula.sdk.interrupting.interrupts import Shielded
from peninsula.sdk.runs import Deployed, FlowRun, leave, within
from peninsula.sdk.telling import logs, reports

if TYPE_CHECKING:
    from peninsula.sdk.runs import Run
    from peninsula.sdk.states import State

__all__ = ["execute"]

NOT_TO_RUN: Final = 0
"""Exit code of a process that is not to run anything: another does, or the run is cancelled."""


def execute() -> int:
    """Run it; return the exit code of the process: 0 if the run ended as it was to."""
    assigned = assignment()
    if assigned.process is not None:
        emitter.be(assigned.process)
        mask_output()
    try:
        job = begin(assigned)
    except (ConflictError, NotFoundError) as problem:
        print(problem.message, file=sys.stderr)  # noqa: T201  for the worker
        return NOT_TO_RUN
    except UnavailableError as problem:
        print(problem.message, file=sys.stderr)  # noqa: T201  for the worker
        return UNREACHED
    logs.install()
    run = _stand_in(job)
    # A signal may end the process before it comes to its end here.
    signals.farewells.append(partial(is_delivered, run, ends=True))
    code = _executed(job, run)
    return code if is_delivered(run) else UNHEARD


def _executed(job: Job, run: FlowRun) -> int:
    try:
        flow = _flow(job, run)
        started = _run_of(flow, job)
    except BaseException as problem:  # noqa: BLE001  the user's module may do anything here
        _give_up(run, problem)
        return 1
    _drive(started)
    return 0 if (state := started.state) is not None and _is_as_asked(state) else 1


def _is_as_asked(state: State) -> bool:
    """Tell whether it completed, or ended because somebody wanted it to."""
    return state.is_completed() or state.is_cancelled() or state.name == "Suspended"


def _stand_in(job: Job) -> FlowRun:
    """Return the run as it can be told of before its flow is there."""
    flow = Flow(_nothing, name=job.flow or "unknown")
    return _as_told(FlowRun(flow, job.run, None, frozenset()), job)


def _nothing() -> None:
    """Stand for a flow that is not there yet."""


def _as_told(run: FlowRun, job: Job) -> FlowRun:
    """Have the run be the one that the server knows."""
    run.rename(job.run, job.name, job.start)
    run.tags |= frozenset(job.tags)
    run.expected = job.expected
    run.deployed = Deployed(
        id=job.deployment,
        name=job.deployment_name,
        version=job.version,
        parameters=codec.decode(dict[str, Any], job.parameters),
        code=job.entrypoint,
        parent=job.parent,
        created=job.created,
    )
    # What a template makes of the parameters is told anew; a later start has that name already.
    run.told = run.definition.run_name is None or job.retry
    return run


# --- its code ------------------------------------------------------------------------------------


def _flow(job: Job, run: FlowRun) -> Flow[..., Any]:
    """Bring the code, and find the flow in it."""
    say = partial(logs.RunLogger(run).info, "%s")
    if job.retry and job.start > 1:
        say(
            f"Start {job.start}. Tasks that completed before are not run again where their results"
            " were kept."
        )
    if steps := decode_steps(job.pull_steps):
        from peninsula.sdk.pulling import pull  # noqa: PLC0415  weight: few have steps

        token = within(run)
        try:
            pull(steps, say)
        finally:
            leave(token)
    if job.path is not None:
        _enter(Path(job.path).expanduser())
    if job.entrypoint is None:
        msg = (
            "The run has no entrypoint, so nobody knows which code it is. Deploy its flow again:"
            ' "peninsula deploy FILE:FLOW".'
        )
        raise InvalidError(msg)
    say(f"Loading {job.entrypoint} from {Path.cwd()}.")
    return loading.load_flow(job.entrypoint)


def _enter(path: Path) -> None:
    if not path.is_dir():
        msg = (
            f"There is no folder {path} on {os.uname().nodename}, where the deployment says its"
            " code is. Deploy it with pull steps, or where the worker is."
        )
        raise NotFoundError(msg)
    os.chdir(path)


def _run_of(flow: Flow[..., Any], job: Job) -> Run:
    from peninsula.sdk.running.invocation import Invocation, new_run  # noqa: PLC0415  the engine

    given = codec.decode(dict[str, Any], job.parameters)
    parameters = flow.signature.bind_given((), given)
    args, kwargs = flow.signature.arguments(parameters)
    run = new_run(Invocation.of(flow, args, kwargs, None))
    assert isinstance(run, FlowRun)  # noqa: S101  it is of a flow
    return _as_told(run, job)


# --- its end -------------------------------------------------------------------------------------


def _give_up(run: FlowRun, problem: BaseException) -> None:
    """Tell how a run ends whose flow could not be had, or was not given what it takes."""
    cause: BaseException = problem
    said = ""
    if isinstance(problem, loading.CodeError) and problem.__cause__ is not None:
        cause = problem.__cause__
        said = f"{problem} could not be imported. "
    run.error = cause
    ending = ending_of_error(cause)
    message = cause.message if isinstance(cause, PeninsulaError) else ending.message
    told = structs.replace(ending, message=fit_message(f"{said}{message}"))
    reports.report(run, told.change(0))


def _drive(run: Run) -> None:
    definition = run.definition
    if definition.isgenerator:
        _consume(run)
        return
    from peninsula.sdk.running.drivers import drive  # noqa: PLC0415  weight: the engine

    with Shielded():
        drive(run)


def _consume(run: Run) -> None:
    """Take all that a generator yields: nobody else does."""
    from peninsula.sdk.running.iterators import aiterate, iterate  # noqa: PLC0415  few yield

    async def consumed() -> None:
        async for _ in aiterate(lambda: run):
            pass

    with suppress(BaseException):  # the run has told it, a SystemExit as well
        if not run.definition.isasync:
            for _ in iterate(lambda: run):
                pass
            return
        import asyncio  # noqa: PLC0415  weight

        asyncio.run(consumed())
