"""Background task runs: give them to the task workers that ask."""

from __future__ import annotations

from peninsula.core.answers import Scope
from peninsula.core.claims import Claims, Wanted
from peninsula.core.events import check_text
from peninsula.server.api.calls import call
from peninsula.server.api.queries import NoQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.api.waiting import while_there

__all__ = ["CALLS"]


@call("POST", "/task-runs/claim", scope=Scope.WORK, query=NoQuery, body=Wanted)
async def claim_task_runs(request: ApiRequest) -> Claims:
    """Claim background task runs by the names of their tasks, and wait for one if there is none."""
    request.asked(NoQuery)
    wanted = await request.told(Wanted)
    for name in wanted.tasks:
        check_text("task", name)
    # Runs that were claimed for who has left are given to it again.
    claimed = await while_there(request, request.services.claims.claim(wanted))
    return claimed or Claims(stamp=0)


CALLS = (claim_task_runs,)
