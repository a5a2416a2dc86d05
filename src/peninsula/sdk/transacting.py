"""Open transactions around the tasks that are called inside of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

from peninsula.core.errors import InvalidError
from peninsula.sdk.interrupting.gates import Interrupt
from peninsula.sdk.results.transaction_modes import CommitMode, IsolationLevel
from peninsula.sdk.results.transactions import Transaction, get_transaction
from peninsula.sdk.running import memory

if TYPE_CHECKING:
    from peninsula.sdk.results.locks import LockManager
    from peninsula.sdk.results.result_store import ResultStore

__all__ = ["atransaction", "transaction"]


@contextmanager
def transaction(
    key: str | None = None,
    store: ResultStore | None = None,
    commit_mode: CommitMode | str | None = None,
    isolation_level: IsolationLevel | str | None = None,
    overwrite: bool = False,  # noqa: FBT001, FBT002  Prefect's name
    write_on_commit: bool = True,  # noqa: FBT001, FBT002  as above
    lock_manager: LockManager | None = None,
) -> Iterator[Transaction]:
    """Open a transaction: the tasks called inside commit with it, or are rolled back with it.

    Args:
        key: Names what is staged by `stage`; a transaction whose key is kept already is committed
            from the start. Without one, only the tasks inside are kept.
        store: Where; the run's own by default.
        commit_mode: EAGER at the end, LAZY with the transaction around, OFF only by `commit`.
        isolation_level: SERIALIZABLE lets one transaction of a key at a time go on.
        overwrite: Whether what is kept under the key is made anew.
        write_on_commit: Whether what is staged is kept at all; the hooks are called anyway.
        lock_manager: What locks the key for SERIALIZABLE.

    Raises:
        InvalidError: An argument cannot be, or SERIALIZABLE has no key.
        SerializationError, UnavailableError: What was staged cannot be kept; all is rolled back.
    """
    made = _made(key, store, commit_mode, isolation_level, overwrite, write_on_commit, lock_manager)
    with made:
        yield made


@asynccontextmanager
async def atransaction(
    key: str | None = None,
    store: ResultStore | None = None,
    commit_mode: CommitMode | str | None = None,
    isolation_level: IsolationLevel | str | None = None,
    overwrite: bool = False,  # noqa: FBT001, FBT002  as above
    write_on_commit: bool = True,  # noqa: FBT001, FBT002  as above
    lock_manager: LockManager | None = None,
) -> AsyncIterator[Transaction]:
    """Open a transaction as `transaction` does, in an `async with`."""
    made = _made(key, store, commit_mode, isolation_level, overwrite, write_on_commit, lock_manager)
    await _begin(made)
    with made:
        yield made


async def _begin(made: Transaction) -> None:
    """Begin in a thread, as it may wait for a lock; who is cancelled meanwhile leaves none."""
    import asyncio  # noqa: PLC0415  weight

    gone = Event()

    def begin() -> None:
        made.begin(lambda seconds: _wait(gone, seconds))
        if gone.is_set():
            made.rollback()

    try:
        await asyncio.to_thread(begin)
    except BaseException:
        # Whichever comes second, this or the lock, finds what the other did.
        gone.set()
        if made.is_active():
            made.rollback()
        raise


def _wait(gone: Event, seconds: float) -> None:
    if gone.wait(seconds):
        raise Interrupt


def _made(
    key: str | None,
    store: ResultStore | None,
    commit_mode: CommitMode | str | None,
    isolation_level: IsolationLevel | str | None,
    overwrite: bool,  # noqa: FBT001  handed on
    write_on_commit: bool,  # noqa: FBT001  as above
    lock_manager: LockManager | None,
) -> Transaction:
    """Return the transaction, with what those of a key use where nothing is given."""
    _check(key, store, lock_manager)
    if key is not None:
        store = store or memory.get_result_store()
        lock_manager = lock_manager or memory.locks()
    return Transaction(
        key,
        store,
        parent=get_transaction(),
        commit_mode=commit_mode,
        isolation_level=isolation_level,
        lock_manager=lock_manager,
        overwrite=overwrite,
        write_on_commit=write_on_commit,
    )


def _check(key: Any, store: Any, lock_manager: Any) -> None:
    """Refuse what would fail later, and far from here."""
    if key is not None and not isinstance(key, str):
        msg = f"A transaction was given key={key!r}. Give a text: key={str(key)!r}."
        raise InvalidError(msg)
    if key == "":
        msg = (
            'A transaction was given key="", which names nothing.'
            " Give a name, or no key if nothing is staged."
        )
        raise InvalidError(msg)
    if store is not None and not hasattr(store, "storage"):
        msg = (
            f"A transaction was given store={store!r}."
            " Give a ResultStore of peninsula.results, which takes a path or a URL."
        )
        raise InvalidError(msg)
    has = all(callable(getattr(lock_manager, name, None)) for name in ("try_lock", "release_lock"))
    if lock_manager is not None and not has:
        msg = (
            f"A transaction was given lock_manager={lock_manager!r}. Give what has try_lock and"
            " release_lock, such as a FileSystemLockManager of peninsula.locking.filesystem."
        )
        raise InvalidError(msg)
