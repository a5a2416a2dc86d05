"""Open transactions around the tasks that are called inside of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from peninsula.core.errors import InvalidError
from peninsula.sdk import memory
from peninsula.sdk.transactions import (
    CommitMode,
    IsolationLevel,
    Transaction,
    get_transaction,
)

if TYPE_CHECKING:
    from peninsula.sdk.locks import LockManager
    from peninsula.sdk.results import ResultStore

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
        InvalidError: SERIALIZABLE without a key.
        SerializationError, UnavailableError: What was staged cannot be kept; all is rolled back.
    """
    with _made(
        key, store, commit_mode, isolation_level, overwrite, write_on_commit, lock_manager
    ) as made:
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
    import asyncio  # noqa: PLC0415  weight

    made = _made(key, store, commit_mode, isolation_level, overwrite, write_on_commit, lock_manager)
    await asyncio.to_thread(made.begin)  # it may wait for a lock
    with made:
        yield made


def _made(
    key: str | None,
    store: ResultStore | None,
    commit_mode: CommitMode | str | None,
    isolation_level: IsolationLevel | str | None,
    overwrite: bool,  # noqa: FBT001  handed on
    write_on_commit: bool,  # noqa: FBT001  handed on
    lock_manager: LockManager | None,
) -> Transaction:
    if key is None and isolation_level == IsolationLevel.SERIALIZABLE:
        msg = "A transaction is SERIALIZABLE by its key. Give one: transaction(key=…)."
        raise InvalidError(msg)
    if store is None and key is not None:
        store = memory.get_result_store()
    if lock_manager is None and key is not None:
        lock_manager = memory.locks()
    return Transaction(
        key,
        store,
        parent=get_transaction(),
        commit_mode=_member(CommitMode, commit_mode),
        isolation_level=_member(IsolationLevel, isolation_level),
        lock_manager=lock_manager,
        overwrite=overwrite,
        write_on_commit=write_on_commit,
    )


def _member(kind: type[Any], given: Any) -> Any:
    if given is None:
        return None
    try:
        return kind(given)
    except ValueError:
        names = ", ".join(each.value for each in kind)
        msg = f"{kind.__name__} has no {given!r}. There are {names}."
        raise InvalidError(msg) from None
