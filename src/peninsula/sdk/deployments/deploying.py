"""Make deployments whose runs the workers of a pool take."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from peninsula.core.errors import InvalidError
from peninsula.sdk.deployments.deployment import RunnerDeployment, is_started
from peninsula.sdk.loops import in_loop, run_here

__all__ = ["adeploy", "deploy", "deploy_one"]


def deploy(
    *deployments: RunnerDeployment,
    work_pool_name: str | None = None,
    image: str | None = None,
    build: bool = False,
    push: bool = False,
    work_queue_name: str | None = None,
) -> Any:
    """Make these deployments, for the workers of a pool. Return their ids.

    Called where an event loop runs it returns a coroutine.

    Args:
        deployments: What `flow.to_deployment` returns.
        work_pool_name: Of those that name none.
        image: That their runs are started in; it is the job variable `image`.
        build: Peninsula builds no images: only False can be said.
        push: As `build`.
        work_queue_name: A queue of the pool.

    Raises:
        NotFoundError: There is no such pool, or queue.
        InvalidError: What is given could not run.
    """
    waiting = adeploy(
        *deployments,
        work_pool_name=work_pool_name,
        image=image,
        build=build,
        push=push,
        work_queue_name=work_queue_name,
    )
    return waiting if in_loop() else run_here(waiting)


async def adeploy(
    *deployments: RunnerDeployment,
    work_pool_name: str | None = None,
    image: str | None = None,
    build: bool = False,
    push: bool = False,
    work_queue_name: str | None = None,
) -> list[UUID]:
    """Make deployments as `deploy` does."""
    if is_started():
        return []  # its module is imported for one run; deploying is for the program
    if build or push:
        msg = (
            "Peninsula builds and pushes no images. Build one with your own tools, and name it:"
            " image=…, build=False, push=False."
        )
        raise InvalidError(msg)
    if not deployments:
        msg = "deploy() got no deployment. Give it some: deploy(flow.to_deployment('nightly'), …)."
        raise InvalidError(msg)
    placed = [
        each.in_pool(_pool(each, work_pool_name), image, work_queue_name) for each in deployments
    ]
    return [(await each.save()).id for each in placed]


def deploy_one(
    deployment: RunnerDeployment,
    work_pool_name: str | None,
    image: str | None,
    *,
    build: bool,
    push: bool,
    say: bool,
) -> UUID:
    """Make one deployment, and say how it is run. Return its id.

    In a process that a worker has started, that of no deployment: it deploys nothing.
    """
    made: list[UUID] = run_here(
        adeploy(deployment, work_pool_name=work_pool_name, image=image, build=build, push=push)
    )
    if not made:
        return UUID(int=0)
    if say:
        named = deployment.full_name
        print(f'Deployed {named}. Have it run: "peninsula deployment run {named}".')  # noqa: T201  asked for
    return made[0]


def _pool(deployment: RunnerDeployment, name: str | None) -> str:
    found = name or deployment.wanted.work_pool
    if found is None:
        msg = (
            f'Deployment "{deployment.full_name}" names no work pool. Give work_pool_name="…", or'
            " have this program run it: serve()."
        )
        raise InvalidError(msg)
    return found
