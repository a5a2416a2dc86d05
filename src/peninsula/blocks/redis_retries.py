"""Try requests to Redis again that a broken connection may have lost, or once. Needs redis-py."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from redis.backoff import ExponentialBackoff
from redis.exceptions import AuthenticationError, ConnectionError, TimeoutError  # noqa: A004  redis-py's
from redis.retry import Retry

__all__ = ["once", "retries"]

TIMES: Final = 3


def retries() -> Retry:
    """Return what tries three times again, within some two seconds."""
    return _Retry(ExponentialBackoff(cap=1, base=0.1), TIMES)


def once(client: Any, command: str, arguments: Iterable[Any]) -> Any:
    """Do a command over a connection that there is, or that is made in some tries."""
    pool = client.connection_pool
    connection = pool.get_connection()
    try:
        connection.send_command(command, *arguments)
        return client.parse_response(connection, command)
    except (ConnectionError, TimeoutError) as problem:
        problem.add_note(f"{command} may have been done, so it was not tried again.")
        raise
    finally:
        pool.release(connection)


class _Retry(Retry):
    """As redis-py's, but for whom the server does not let in: that is no broken connection.

    In redis-py it is a ConnectionError, and would be tried again like any other.
    """

    __hash__ = Retry.__hash__

    def call_with_retry(self, do: Callable[[], Any], *more: Any, **named: Any) -> Any:
        """Do it, and again."""

        def tried() -> Any:
            try:
                return do()
            except AuthenticationError as problem:
                raise _NotLetInError(problem) from None

        try:
            return super().call_with_retry(tried, *more, **named)
        except _NotLetInError as found:
            raise found.problem from None


class _NotLetInError(Exception):
    """Carries an error past what would try again."""

    def __init__(self, problem: AuthenticationError) -> None:
        super().__init__()
        self.problem: Final = problem
