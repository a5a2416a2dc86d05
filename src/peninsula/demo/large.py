"""Run flows with very many task runs, for whoever wants to see how pages bear them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Final

from peninsula.demo.scene import Scene, scene, work
from peninsula.demo.systems import LAKE
from peninsula.demo.timetable import Start
from peninsula.sdk.emit import emit_event
from peninsula.sdk.flows import flow
from peninsula.sdk.tasks import task

__all__ = ["SIZES", "large_runs"]

SIZES: Final = (10_000, 100_000)
"""Task runs of each flow run, and events beside those of states."""

AT_ONCE: Final = 50


BROKEN: Final = 0.0005
"""What part of the files nobody can read."""


@task
async def convert_file(number: int) -> None:
    """Convert one file, and say so."""
    await work(2)
    if scene().random.random() < BROKEN:
        msg = f"part-{number % 100} ends in the middle of an image"
        raise EOFError(msg)
    emit_event("s3.write.completed", f"{LAKE}/images/part-{number % 100}", payload={"n": number})


@flow(flow_run_name="convert-{files}")
async def convert_files(files: int) -> int:
    """Convert many files, some at a time; of those that are broken it says how many there are."""
    broken = 0
    for first in range(0, files, AT_ONCE):
        some = range(first, min(first + AT_ONCE, files))
        ends = await asyncio.gather(*(convert_file(number, return_state=True) for number in some))
        broken += sum(state.is_failed() for state in ends)
    if broken:
        msg = f"{broken} of {files} files were not converted"
        raise RuntimeError(msg)
    return files


def large_runs(until: datetime, seed: int) -> Iterator[Start]:
    """Give one run of each size, the last days before that moment."""
    for place, size in enumerate(SIZES, 1):
        yield Start(
            flow=convert_files,
            parameters={"files": size},
            begin=until - timedelta(days=place),
            scene=Scene(random=Random(f"{seed} {size}")),  # noqa: S311  as in the timetable
            team="web",
        )
