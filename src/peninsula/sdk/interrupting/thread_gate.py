"""Interrupt a thread that is not the main one, by an exception set from outside."""

from __future__ import annotations

from threading import Event, Lock

from peninsula.sdk.interrupting.gates import Gate, Interrupt, place_of

__all__ = ["ThreadGate"]


class ThreadGate(Gate):
    """Another thread's. Exceptions are set from outside and arrive there some bytecodes later."""

    __slots__ = ("_bell", "_fired", "_lock", "ident")

    def __init__(self, ident: int) -> None:
        super().__init__()
        self.ident = ident
        self._lock = Lock()
        self._bell = Event()
        self._fired = False
        """An Interrupt is set and has not arrived."""

    def open(self) -> None:
        """Enter the user's code. Raises what has waited."""
        with self._lock:
            self._open = True
        if self._waiting is not None:
            self._deliver()

    def shut(self) -> bool:
        """Leave the user's code; tell whether it was open."""
        with self._lock:
            was, self._open = self._open, False
            if self._fired:
                self._withdraw()
                self._waiting = Interrupt
        return was

    def land(self, error: BaseException) -> BaseException:
        """Take note that the user's code was left with an exception; return the one that counts."""
        try:
            self._settle(error)
        except Interrupt as late:
            # It arrived in the middle of this. There is one at most.
            self._fired = self._open = False
            return late
        return error

    def _settle(self, error: BaseException) -> None:
        with self._lock:
            self._open = False
            if self._fired and not isinstance(error, Interrupt):
                self._withdraw()
                self._waiting = Interrupt
            self._fired = False

    def sleep(self, seconds: float) -> None:
        """Wait, with the gate open, until the time is over or someone interrupts."""
        # No exception set from outside ends a sleep, but a bell does.
        self._bell.clear()
        self._bell.wait(seconds)

    def _withdraw(self) -> None:
        _set_exception(self.ident, None)
        self._fired = False

    @property
    def place(self) -> str:
        """Where the thread is."""
        return place_of(self.ident)

    def interrupt(self) -> None:
        """Set an Interrupt, or leave one at the gate."""
        self._bell.set()
        with self._lock:
            if self._open and not self._fired:
                self._fired = True
                _set_exception(self.ident, Interrupt)
            elif not self._fired:
                self._waiting = Interrupt


def _set_exception(ident: int, error: type[BaseException] | None) -> None:
    import ctypes  # noqa: PLC0415  weight: few threads are ever interrupted

    # docs.python.org/3/c-api/init.html#c.PyThreadState_SetAsyncExc; None takes it back.
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(ident), None if error is None else ctypes.py_object(error)
    )
