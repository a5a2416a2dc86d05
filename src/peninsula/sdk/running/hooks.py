"""Ask the functions that the user attached to a run: hooks, and the condition of retries.

What asks is written once, as a coroutine, because the user's functions may be ones. It is given
the way to wait for them: `awaited` in an event loop, `waited` elsewhere, where `now` runs it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from inspect import isawaitable
from typing import Any, Final, TypeVar

from peninsula.core.life import Ending
from peninsula.core.states import StateType
from peninsula.sdk.runs import Run
from peninsula.sdk.states import State
from peninsula.sdk.telling.logs import RunLogger

__all__ = ["HOOKS", "awaited", "consult", "hooks_of", "notify", "now", "waited"]

T = TypeVar("T")

Wait = Callable[[Awaitable[Any]], Awaitable[Any]]

HOOKS: Final = {
    StateType.RUNNING: "on_running_hooks",
    StateType.COMPLETED: "on_completion_hooks",
    StateType.FAILED: "on_failure_hooks",
    StateType.CANCELLED: "on_cancellation_hooks",
    StateType.CRASHED: "on_crashed_hooks",
}
"""Where flows and tasks keep the hooks of a state type."""


def hooks_of(definition: object, type_: StateType) -> Sequence[Any]:
    """Return the hooks of a flow or task for a state type."""
    return getattr(definition, HOOKS.get(type_, ""), ())


async def notify(run: Run, type_: StateType, wait: Wait) -> None:
    """Call the hooks of a state type. What they raise goes to the log and changes nothing."""
    for hook in hooks_of(run.definition, type_):
        try:
            answer = hook(run.definition, run, run.state)
            if isawaitable(answer):
                await wait(answer)
        except Exception:  # noqa: BLE001  the user's
            RunLogger(run).exception("The hook %s failed; the run goes on.", _name(hook))


async def consult(run: Run, ending: Ending, wait: Wait) -> bool:
    """Ask the task's condition whether to retry. One that fails means no."""
    condition = run.definition.retry_condition_fn
    if condition is None:
        return True
    state = State(
        type=ending.type, name=ending.name, message=ending.message, data=run.error, run=run.id
    )
    try:
        answer = condition(run.definition, run, state)
        if isawaitable(answer):
            answer = await wait(answer)
    except Exception:  # noqa: BLE001  the user's
        RunLogger(run).exception("retry_condition_fn failed, so the run is not retried.")
        return False
    return bool(answer)


def now(asking: Coroutine[Any, Any, T] | Generator[Any, Any, T]) -> T:
    """Run what asks and waits by `waited`, which never suspends it."""
    try:
        asking.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    msg = "What asks a hook was suspended outside of an event loop."
    raise AssertionError(msg)


async def awaited(answer: Awaitable[Any]) -> Any:
    """Wait in the event loop that runs this."""
    return await answer


async def waited(answer: Awaitable[Any]) -> Any:
    """Wait in an event loop made for it, in another thread if this one has a loop."""
    from peninsula.sdk.loops import run_here  # noqa: PLC0415  weight: asyncio

    return run_here(answer)


def _name(hook: object) -> str:
    return str(getattr(hook, "__qualname__", None) or type(hook).__qualname__)
