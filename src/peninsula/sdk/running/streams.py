"""Hold a generator of the user's from one value that it yields to the next.

Between two values its run rests: it is Running, and nothing of it is in the thread or the asyncio
task of the consumer, who may go on elsewhere. The generator has a context of its own, so that
neither sees the runs, tags and variables that the other enters.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextvars import Context, copy_context
from functools import partial
from inspect import isasyncgen
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from msgspec import structs

from peninsula.core.life import Ending, Life
from peninsula.core.states import StateType
from peninsula.sdk.runs import Run, within
from peninsula.sdk.telling.logs import RunLogger

if TYPE_CHECKING:
    from peninsula.sdk.interrupting.orders import Order

__all__ = ["Stream", "drawn", "drawn_out", "rest"]

T = TypeVar("T")
Word = Literal["send", "throw", "close"]


class Limit(Protocol):
    """The moment until which an attempt may take, watched by someone."""

    def passed(self) -> Order | None:
        """Stop watching. Return the order that was given if the time was up."""

    def rest(self) -> None:
        """Interrupt nobody until the run goes on."""


class Stream:
    """The generator of one run, what it yielded last, and what its consumer says to that.

    As a block (`with stream:`) it hears what a consumer throws, and that it closes.
    """

    def __init__(self, drive: Callable[[], Any]) -> None:
        self.drive = drive
        """Takes the run to its next rest or its end; of a coroutine's, returns an awaitable."""
        self.life: Life | None = None
        """What the run does next; None before its start and after its end."""
        self.resting = True
        """Whether it waits for its consumer."""
        self.value: Any = None
        """What was yielded, in the end what was returned."""
        self.count = 0
        """How many values this attempt has yielded."""
        self.word: Word = "send"
        self.limit: Limit | None = None
        self._said: tuple[Any, ...] = (None,)
        self._make: Callable[[], Any] | None = None
        self._generator: Generator[Any, Any, Any] | AsyncGenerator[Any, Any] | None = None
        self._context: Context = copy_context()

    def begin(self, run: Run, limit: Limit | None) -> None:
        """Forget the attempt before. The generator is made when its first value is drawn."""
        self._make = partial(run.definition.fn, *run.args, **run.kwargs)
        self.limit = limit
        self._generator = None
        self._context = copy_context()
        self._context.run(within, run)
        self.value, self.count = None, 0
        self.say("send", None)

    def say(self, word: Word, *said: Any) -> None:
        """Take note of what the generator is to be told next."""
        self.word, self._said = word, said

    def __enter__(self) -> None:
        """Hear what comes in the place of an answer."""

    def __exit__(self, _: object, error: BaseException | None, __: TracebackType | None) -> bool:
        if isinstance(error, GeneratorExit):
            self.say("close")
        elif error is not None:
            self.say("throw", error)
        return True

    def advance(self, call: Callable[..., Any] | None = None) -> _Carried[bool]:
        """Have the generator go on, in its context; the outcome tells whether it yielded.

        `call` calls what it is given, within what is to be around it.
        """
        return _Carried(self._context, self._go_on() if call is None else call(self._go_on))

    def close(self, run: Run) -> _Carried[None]:
        """Have the generator of a run that ends leave what it holds; its failure to is logged."""
        return _Carried(self._context, self._close(run))

    async def _close(self, run: Run) -> None:
        try:
            answer = self._tell("close", ())
            if isasyncgen(self._generator):
                await answer
        except StopIteration:
            return
        except Exception:  # noqa: BLE001  the user's
            RunLogger(run).exception("Closing its generator failed; the run ends all the same.")

    async def _go_on(self) -> bool:
        word, said = self.word, self._said
        try:
            answer = self._tell(word, said)
            if isasyncgen(self._generator):
                answer = await answer
        except StopIteration as end:
            self.value = end.value
            return False
        except StopAsyncIteration:
            self.value = None
            return False
        if word == "close":
            return False
        self.value, self.count = answer, self.count + 1
        return True

    def _tell(self, word: Word, said: tuple[Any, ...]) -> Any:
        generator = self._generator
        if generator is None:
            if self._make is None or word == "close":
                raise StopIteration
            generator = self._generator = self._make()
        if not isasyncgen(generator):
            return getattr(generator, word)(*said)
        # Its run closes it. An event loop that did so too would come in between.
        before = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(None, None)
        try:
            return getattr(generator, f"a{word}")(*said)
        finally:
            sys.set_asyncgen_hooks(*before)


class _Carried(Generator[Any, Any, T]):
    """A coroutine that goes on in a context of its own, whoever awaits it."""

    def __init__(self, context: Context, coroutine: Coroutine[Any, Any, T]) -> None:
        self._context = context
        self._coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, T]:
        return self

    def send(self, value: Any) -> Any:
        return self._context.run(self._coroutine.send, value)

    def throw(self, *error: Any) -> Any:
        return self._context.run(self._coroutine.throw, *error)

    def close(self) -> None:
        self._context.run(self._coroutine.close)


# --- what its run makes of it ---------------------------------------------------------------------


def drawn(run: Run, stream: Stream) -> None:
    """Know what the generator yielded as a result of the run."""
    if run.parent is not None:
        run.root.results.remember(stream.value, run.id)


def rest(run: Run, life: Life) -> None:
    """Let the consumer have the value; its thread or asyncio task is none of the run's now."""
    stream = run.stream
    assert stream is not None  # noqa: S101  only its life hands values
    stream.life = life
    stream.resting = True
    if stream.limit is not None:
        stream.limit.rest()
    run.gate = None


def drawn_out(stream: Stream, ending: Ending | None) -> Ending | None:
    """Say how a generator ends that yields no more; None if it returned by itself.

    Whoever closed it or threw something into it wants no other attempt.
    """
    if stream.word == "send":
        return ending
    if ending is not None:
        return structs.replace(ending, retriable=False)
    if stream.word == "throw":
        return None
    values = "1 value" if stream.count == 1 else f"{stream.count:,} values"
    return Ending(
        type=StateType.COMPLETED,
        name="Completed",
        message=f"Its consumer closed it after {values}.",
    )
