"""Make runs that are due, as deployments do."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from msgspec import Raw
from sqlalchemy import create_engine

from peninsula.core import codec
from peninsula.core.deployments import Submission
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import moment
from peninsula.server.storage.referee import submissions
from peninsula.server.storage.referee.moves import Now

__all__ = ["submit"]


def submit(
    database_url: str, flow: str, pool: UUID | None, *, after: float = 0.0, **more: Any
) -> UUID:
    """Make a run that is due so many seconds from now, beside the server of that database."""
    now = Now(time.time_ns() // 1000, time.time_ns() // 1000)
    if "parameters" in more:
        more["parameters"] = more["summary"] = Raw(codec.encode(more["parameters"]))
    if "job_variables" in more:
        more["job_variables"] = Raw(codec.encode(more["job_variables"]))
    if "pull_steps" in more:
        more["pull_steps"] = Raw(codec.encode(more["pull_steps"]))
    due = moment(now.at) + timedelta(seconds=after)
    wanted = Submission(run=uuid4(), flow=flow, name="brisk-otter", due=due, pool=pool, **more)
    engine = create_engine(database_url, connect_args={"timeout": 30})
    try:
        with engine.begin() as tx:
            return submissions.submit(tx, Dictionary(), wanted, now)
    finally:
        engine.dispose()
