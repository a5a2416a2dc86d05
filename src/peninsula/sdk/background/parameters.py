"""Know where the parameters of background task runs are kept, from `delay` to the run's end."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from peninsula.client.configuration import home_of
from peninsula.core.errors import PeninsulaError
from peninsula.sdk.definitions import Definition
from peninsula.sdk.results.storage import Storage, open_storage
from peninsula.sdk.settings import settings

__all__ = ["drop_parameters", "parameters_key", "parameters_storage"]


def parameters_storage(task: Definition) -> Storage:
    """Return where the parameters of a task's background runs are, for its workers as well."""
    known = settings()
    return open_storage(
        task.result_storage or known.results_storage or home_of(known).results,
    )


def drop_parameters(task: Definition, run: UUID) -> None:
    """Remove the parameters of a run that is over. Where that cannot be, they harm nobody."""
    with suppress(PeninsulaError):
        parameters_storage(task).remove(parameters_key(run))


def parameters_key(run: UUID) -> str:
    """Return the key of a run's parameters there."""
    return f"parameters/{run}"
