"""Make several results one: all of them are kept, or none is and what was done is undone.

What is staged lies in memory until the outermost transaction commits. Then it is written in the
order in which it was staged; if one cannot be, everything is rolled back, the newest first.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar, Token
from datetime import datetime
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import UUID, uuid4

from peninsula.core.errors import InvalidError
from peninsula.sdk.results.locks import LockManager, MemoryLockManager
from peninsula.sdk.results.storage_paths import name_for
from peninsula.sdk.results.transaction_locks import Holding, elsewhere
from peninsula.sdk.results.transaction_modes import (
    CommitMode,
    IsolationLevel,
    TransactionState,
    member,
)

if TYPE_CHECKING:
    from peninsula.sdk.results.result_store import ResultRecord, ResultStore

__all__ = ["Transaction", "get_transaction", "holders", "leave", "within"]

TransactionHook = Callable[["Transaction"], Any]
"""Called with the transaction when it commits or is rolled back; may be a coroutine function."""

_log = logging.getLogger("peninsula.transactions")


_MISSING: Final = object()


class Transaction:
    """What happens between its beginning and its end is kept as a whole, or not at all."""

    def __init__(
        self,
        key: str | None = None,
        store: ResultStore | None = None,
        *,
        parent: Transaction | None = None,
        commit_mode: CommitMode | str | None = None,
        isolation_level: IsolationLevel | str | None = None,
        lock_manager: LockManager | None = None,
        overwrite: bool = False,
        write_on_commit: bool = True,
    ) -> None:
        """Take the key and the store of what is staged. Nothing happens before `begin`.

        Raises InvalidError for a mode or level that is none, and SERIALIZABLE without a key.
        """
        mode, level = member(CommitMode, commit_mode), member(IsolationLevel, isolation_level)
        if key is None and level is IsolationLevel.SERIALIZABLE:
            msg = "A transaction is SERIALIZABLE by its key. Give one: transaction(key=…)."
            raise InvalidError(msg)
        self.key = key or f"transaction-{uuid4()}"
        self.name = name_for(self.key)
        """Under which its result is in the store, and its lock is held."""
        self.store = store
        self.parent = parent
        self.children: list[Transaction] = []
        self.commit_mode = mode or (CommitMode.LAZY if parent else CommitMode.EAGER)
        self.isolation_level: IsolationLevel = level or (
            parent.isolation_level if parent else IsolationLevel.READ_COMMITTED
        )
        self.locks: LockManager = lock_manager or (parent.locks if parent else _LOCKS)
        self.overwrite = overwrite
        self.write_on_commit = write_on_commit
        self.state = TransactionState.PENDING
        self.on_commit_hooks: list[TransactionHook] = []
        self.on_rollback_hooks: list[TransactionHook] = []
        self.expiration: datetime | None = None
        self.run: UUID | None = None
        """The run whose result it is about."""
        self._values: dict[str, Any] = {}
        self._encoded: bytes | None = None
        """What is staged, as its store keeps it."""
        self._found = False
        """It is committed by an earlier one of its key: that is not this one's to undo."""
        self._written = False
        """Its own result is in the store."""
        self.holding: Holding = Holding(parent.holding if parent else None)
        """Its locks."""

    # --- what it holds ---------------------------------------------------------------------------

    def set(self, name: str, value: Any) -> None:
        """Remember a value for hooks and for the tasks inside."""
        self._values[name] = value

    def get(self, name: str, default: Any = _MISSING) -> Any:
        """Return a value, its own or that of a transaction around it.

        Raises InvalidError if none has it and no default is given.
        """
        around: Transaction | None = self
        while around is not None:
            values = around._values  # noqa: SLF001  of this class
            if name in values:
                return values[name]
            around = around.parent
        if default is _MISSING:
            msg = f'The transaction {self.key!r} has no value "{name}". Call .set({name!r}, …).'
            raise InvalidError(msg)
        return default

    def is_pending(self) -> bool:
        """Tell whether it has not begun."""
        return self.state is TransactionState.PENDING

    def is_active(self) -> bool:
        """Tell whether it has begun and not ended."""
        return self.state is TransactionState.ACTIVE

    def is_staged(self) -> bool:
        """Tell whether it has something to keep, and waits for the transaction around it."""
        return self.state is TransactionState.STAGED

    def is_committed(self) -> bool:
        """Tell whether what it is about is kept: by itself, or by an earlier one of its key."""
        return self.state is TransactionState.COMMITTED

    def is_rolled_back(self) -> bool:
        """Tell whether what it did is undone."""
        return self.state is TransactionState.ROLLED_BACK

    def read(self) -> ResultRecord | None:
        """Return what is kept under its key, None if nothing is."""
        return None if self.store is None else self.store.read(self.name)

    # --- its life --------------------------------------------------------------------------------

    def begin(self, sleep: Callable[[float], object] = time.sleep) -> ResultRecord | None:
        """Begin: wait for the lock if it takes one, and return what is kept under its key already.

        Where something is, it is committed from the start.
        """
        if self.isolation_level is IsolationLevel.SERIALIZABLE:
            self.holding.take(self.locks, self.name, sleep)
        self.state = TransactionState.ACTIVE
        try:
            found = None if self.overwrite else self.read()
        except BaseException:
            self.rollback()  # nobody ends what did not begin
            raise
        if found is not None:
            self._found = True
            self.state = TransactionState.COMMITTED
            self.release()
        return found

    def stage(
        self,
        value: Any,
        on_rollback_hooks: Sequence[TransactionHook] = (),
        on_commit_hooks: Sequence[TransactionHook] = (),
    ) -> None:
        """Say what is to be kept when it commits, and what is to be called then or when undone.

        Raises SerializationError for a value that its store cannot keep: at once, not at the end.
        """
        if self.state in _ENDED:
            return
        if self.store is not None and self.write_on_commit:
            self._encoded = self.store.encode(value, self.expiration, self.run)
        self.on_rollback_hooks += on_rollback_hooks
        self.on_commit_hooks += on_commit_hooks
        self.state = TransactionState.STAGED

    def end(self) -> None:
        """End without an error: commit, or leave that to the transaction around it."""
        if self.state in _ENDED:
            return
        around = self.parent if self.commit_mode is CommitMode.LAZY else None
        if self.commit_mode is CommitMode.OFF or (around and around.is_rolled_back()):
            self.rollback()
        elif around is not None and around.takes_more():
            around.children.append(self)
            self.holding.leave()
        else:
            self.commit()

    def takes_more(self) -> bool:
        """Tell whether transactions inside it may still leave their commit to it."""
        return self.state in {TransactionState.ACTIVE, TransactionState.STAGED}

    def commit(self) -> bool:
        """Keep what is staged, inside first; tell whether it is kept.

        What cannot be written undoes all of it, and its error is raised.
        """
        if self.state in _ENDED:
            return self.is_committed()
        try:
            for child in self.children:
                child.commit()
            if self._encoded is not None and self.store is not None:
                self.store.storage.write(self.name, self._encoded)
                self._written = True
        except BaseException:
            self.rollback()
            raise
        self.state = TransactionState.COMMITTED
        self._encoded = None
        self._call(self.on_commit_hooks, "on_commit")
        self.release()
        return True

    def rollback(self) -> bool:
        """Undo: call the hooks, the newest first, and forget what is staged."""
        if self._found or self.state is TransactionState.ROLLED_BACK:
            return False
        self.state = TransactionState.ROLLED_BACK
        self._call(reversed(self.on_rollback_hooks), "on_rollback")
        for child in reversed(self.children):
            child.rollback()
        if self._written and self.store is not None:
            self.store.storage.remove(self.name)
        self._encoded = None
        self.release()
        return True

    def release(self) -> None:
        """Let go of its locks. Safe twice."""
        self.holding.release()

    def _call(self, hooks: Any, option: str) -> None:
        for hook in hooks:
            try:
                answer = hook(self)
                if isawaitable(answer):
                    from peninsula.sdk.loops import run_here  # noqa: PLC0415  weight: asyncio

                    run_here(answer)
            except Exception:  # noqa: BLE001  the user's
                name = getattr(hook, "__qualname__", None) or type(hook).__qualname__
                _log.exception("The %s hook %s failed.", option, name)

    # --- as the one around -----------------------------------------------------------------------

    def __enter__(self) -> Self:
        if self.is_pending():
            self.begin()
        self._token: Token[Transaction | None] = _CURRENT.set(self)
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        _CURRENT.reset(self._token)
        try:
            if error is None:
                self.end()
            else:
                self.rollback()
        finally:
            if not self.is_staged():
                self.release()

    def __repr__(self) -> str:
        return f"Transaction({self.key!r}, {self.state.value})"


_ENDED: Final = frozenset({TransactionState.COMMITTED, TransactionState.ROLLED_BACK})
_LOCKS: Final = MemoryLockManager()
_CURRENT: ContextVar[Transaction | None] = ContextVar("peninsula_transaction", default=None)


def get_transaction() -> Transaction | None:
    """Return the innermost transaction, None outside of any."""
    # No bound method of the variable: scripts whose tasks go to other processes take it along.
    return _CURRENT.get()


within = _CURRENT.set
"""Make a transaction the innermost one; `leave` takes the token."""

leave = _CURRENT.reset
"""Have the one that was the innermost before be it again."""


def holders() -> tuple[str, ...]:
    """Return in whose names the transactions around hold their locks, the innermost first."""
    around = get_transaction()
    return elsewhere() if around is None else around.holding.names()
