"""Have a flow run wait for people: in its process, or without one."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from peninsula.core.errors import ConflictError, InvalidError, NotFoundError, RunTimeoutError
from peninsula.core.runs import StateChange
from peninsula.core.states import StateType
from peninsula.core.work import PAUSE_INPUT, PAUSE_KEY, PAUSE_TIMEOUT
from peninsula.journal import emitter
from peninsula.sdk.asking import ask
from peninsula.sdk.loops import in_loop, run_here, told
from peninsula.sdk.runs import FlowRun, current_run

__all__ = ["pause_flow_run", "resume_flow_run", "suspend_flow_run"]

HOUR: Final = 3600.0


def pause_flow_run(
    wait_for_input: Any = None,
    timeout: float | None = HOUR,
    poll_interval: float = 10,
    key: str | None = None,
) -> Any:
    """Wait, in the flow run around, until someone resumes it; return what they gave.

    In a coroutine it is awaited. It needs a server, and waits for one as `wait_timeout` says.

    Args:
        wait_for_input: What to ask for: a `RunInput`, a pydantic model or a type. None: nothing.
        timeout: Seconds to wait; None is for ever.
        poll_interval: Seconds between questions to the server, which also tells by itself.
        key: Names the pause: asked again in a later start of the run, it has its answer already.

    Raises:
        InvalidError: There is no flow run around.
        RunTimeoutError: Nobody has resumed it in time.

    """
    return _here(_pause(_flow_run("pause_flow_run"), wait_for_input, timeout, poll_interval, key))


def suspend_flow_run(
    wait_for_input: Any = None,
    flow_run_id: UUID | str | None = None,
    timeout: float | None = HOUR,
    key: str | None = None,
) -> Any:
    """End the process of a flow run until someone resumes it: a worker starts it anew then.

    It begins from the start: tasks that completed and kept their results are not run again, and
    this returns what was given. In a coroutine it is awaited.

    Args:
        wait_for_input: What to ask for, as in `pause_flow_run`.
        flow_run_id: Another run to suspend; the one around by default.
        timeout: Seconds until it fails, if nobody resumes it; None is never.
        key: Names the suspension; its place in the flow by default.

    Raises:
        InvalidError: There is no flow run around.
        ConflictError: No worker could start it anew: it was begun by a program, or is over.

    """
    if flow_run_id is not None:
        other = UUID(str(flow_run_id))
        return _here(ask(lambda api: api.suspend_flow_run(other)))
    return _here(_suspend(_flow_run("suspend_flow_run"), wait_for_input, timeout, key))


def resume_flow_run(flow_run_id: UUID | str, run_input: Any = None) -> Any:
    """Let a paused or suspended flow run go on; in a coroutine it is awaited.

    Args:
        flow_run_id: Which one.
        run_input: What it asks for: a dict, a `RunInput`, or the value itself.

    Raises:
        ConflictError: It is not paused.
        InvalidError: The input is not what it asks for.

    """
    run, given = UUID(str(flow_run_id)), _given(run_input)
    return _here(ask(lambda api: api.resume_flow_run(run, given)))


def _given(run_input: Any) -> dict[str, Any]:
    if run_input is None:
        return {}
    if hasattr(run_input, "model_dump"):
        dumped: dict[str, Any] = run_input.model_dump(mode="json")
        return dumped
    return run_input if isinstance(run_input, dict) else {"value": run_input}


def _here(awaitable: Awaitable[Any]) -> Any:
    return awaitable if in_loop() else run_here(awaitable)


def _flow_run(function: str) -> FlowRun:
    run = current_run()
    flow_run = None if run is None else run.flow_run
    if flow_run is None or run is not flow_run:
        msg = f"{function}() was called outside of a flow, or in a task. Call it in a flow."
        raise InvalidError(msg)
    return flow_run


# --- pause ---------------------------------------------------------------------------------------


async def _pause(
    run: FlowRun, wait_for_input: Any, seconds: float | None, interval: float, key: str | None
) -> Any:
    from peninsula.sdk.running import holding  # noqa: PLC0415  weight: the engine
    from peninsula.sdk.telling import reports  # noqa: PLC0415  as above

    asked, key = _asked(wait_for_input), _key(run, key)
    attempt = max(0, run.run_count - 1)
    change = StateChange(
        type=StateType.PAUSED,
        name="Paused",
        details=_details(asked, seconds, key),
        attempt=attempt,
    )
    reports.report(run, change)
    holding.look(run)
    emitter.current().flush()
    given = await _answer(run, key, seconds, interval)
    reports.report(run, StateChange(type=StateType.RUNNING, name="Running", attempt=attempt))
    return None if asked is None else asked.value(given)


async def _answer(run: FlowRun, key: str, seconds: float | None, interval: float) -> dict[str, Any]:
    deadline = None if seconds is None else time.monotonic() + seconds
    try:
        while True:
            given = await _ask_for(run.id, key)
            if given is not None:
                return given
            left = interval if deadline is None else min(interval, deadline - time.monotonic())
            if left <= 0:
                msg = f"Nobody has resumed the flow run within {seconds:g} s."
                raise RunTimeoutError(msg)
            await told(partial(setattr, run, "on_resume"), left)
    finally:
        run.on_resume = None


async def _ask_for(run: UUID, key: str) -> dict[str, Any] | None:
    try:
        return await ask(lambda api: api.flow_run_input(run, key))
    except NotFoundError:
        return None


# --- suspend -------------------------------------------------------------------------------------


async def _suspend(
    run: FlowRun, wait_for_input: Any, seconds: float | None, key: str | None
) -> Any:
    if run.parent is not None:
        msg = "suspend_flow_run() was called in a subflow. Call it in the flow that a worker runs."
        raise InvalidError(msg)
    asked, key = _asked(wait_for_input), _key(run, key)
    emitter.current().flush()
    given = await _ask_for(run.id, key)
    if given is None:
        await _check_deployed(run)
    while given is None:
        await _give_up(run, _details(asked, seconds, key))
        given = await _ask_for(run.id, key)
    return None if asked is None else asked.value(given)


async def _check_deployed(run: FlowRun) -> None:
    known = await ask(lambda api: api.run(run.id))
    if known.deployment is None:
        msg = (
            f'The flow run "{run.name}" was begun by a program, and no worker could start it anew.'
            " Deploy its flow, or use pause_flow_run()."
        )
        raise ConflictError(msg)


async def _give_up(run: FlowRun, details: dict[str, Any]) -> None:
    """Wait for the tasks that are at work, and end the process; return if it is resumed before."""
    from peninsula.sdk.interrupting.gates import Interrupt  # noqa: PLC0415  weight: the engine
    from peninsula.sdk.interrupting.orders import order_over, suspension  # noqa: PLC0415  as above
    from peninsula.sdk.running import holding  # noqa: PLC0415  as above

    paused = StateChange(type=StateType.PAUSED, name="Paused", message=_GOING, details=details)
    holding.hold(run, paused)
    ending = suspension(run, "It waits for someone.", details)
    try:
        while holding.is_held(run) and order_over(run) is None:
            await told(partial(holding.give_up, run, ending), None)
    finally:
        holding.leave(run)
    if order_over(run) is not None:
        raise Interrupt


_GOING: Final = "It waits for someone. Its process ends when the task runs that are under way have."


# --- both ----------------------------------------------------------------------------------------


def _asked(type_: Any) -> Any:
    if type_ is None:
        return None
    from peninsula.sdk.run_input import Asked  # noqa: PLC0415  weight: pydantic

    return Asked(type_)


def _key(run: FlowRun, key: str | None) -> str:
    run.pauses += 1
    return key or str(run.pauses)


def _details(asked: Any, seconds: float | None, key: str) -> dict[str, Any]:
    details: dict[str, Any] = {PAUSE_KEY: key}
    if seconds is not None:
        until = emitter.current().now() + timedelta(seconds=seconds)
        details[PAUSE_TIMEOUT] = until.isoformat()
    if asked is not None:
        details[PAUSE_INPUT] = asked.told()
    return details
