"""Bring a flow's code from where it is kept, to deploy it from there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from peninsula.core.errors import InvalidError, NotFoundError
from peninsula.core.pull_steps import GitClone, PullStep, SetWorkingDirectory, step_of
from peninsula.sdk import modules
from peninsula.sdk.deployments.deployment import Source
from peninsula.sdk.pulling import clone

if TYPE_CHECKING:
    from peninsula.sdk.definitions import Definition

__all__ = ["GitRepository", "flow_from", "within_code"]

D = TypeVar("D", bound="Definition")


class GitRepository(Struct, frozen=True):
    """A git repository that flows are in."""

    url: str
    branch: str | None = None
    commit_sha: str | None = None
    include_submodules: bool = False
    credentials: str | None = None
    """Name of a `git-credentials` block."""

    @property
    def step(self) -> GitClone:
        """The pull step that brings it. Raises InvalidError for a URL that is none."""
        step = step_of(
            "git_clone",
            {
                "repository": self.url,
                "branch": self.branch,
                "commit": self.commit_sha,
                "submodules": self.include_submodules,
                "credentials": self.credentials,
                "directory": "code",
            },
        )
        assert isinstance(step, GitClone)  # noqa: S101  it is called so
        return step


def flow_from(
    source: str | Path | GitRepository, entrypoint: str, kind: type[D]
) -> tuple[D, Source]:
    """Return the flow that is there, and where a deployment of it finds its code.

    Raises NotFoundError or InvalidError, and CodeError where its module fails.
    """
    if isinstance(source, GitRepository) or _is_remote(str(source)):
        repository = source if isinstance(source, GitRepository) else GitRepository(str(source))
        step = repository.step
        folder = Path(mkdtemp(prefix="peninsula-")) / "code"
        clone(step, folder)
        found = Source(entrypoint=entrypoint, pull_steps=(step,))
    else:
        folder = Path(source).expanduser().absolute()
        if not folder.is_dir():
            msg = f"There is no folder {folder}. Give a folder, or the URL of a git repository."
            raise NotFoundError(msg)
        found = Source(entrypoint=entrypoint, path=str(folder))
    place, colon, name = entrypoint.partition(":")
    if not colon or not place.endswith(modules.SUFFIX):
        msg = f"{entrypoint!r} is no entrypoint. Write it like flows/etl.py:nightly."
        raise InvalidError(msg)
    return modules.one_of(f"{folder / place}:{name}", kind, "flow"), found


@contextmanager
def within_code(entrypoint: str, steps: Sequence[PullStep]) -> Iterator[None]:
    """Be where an entrypoint is: here, or else in what the last `git_clone` of the steps brings.

    Nothing is installed. Raises NotFoundError, and what the block of a repository raises.
    """
    place = entrypoint.partition(":")[0]
    clones = [number for number, step in enumerate(steps) if isinstance(step, GitClone)]
    if not clones or not place.endswith(modules.SUFFIX) or Path(place).is_file():
        yield
        return
    with TemporaryDirectory(prefix="peninsula-") as made:
        folder = Path(made) / "code"
        for step in steps[clones[-1] :]:
            if isinstance(step, GitClone):
                clone(step, folder)
            elif isinstance(step, SetWorkingDirectory):
                folder /= Path(step.directory).expanduser()
        if not folder.is_dir():
            msg = f"There is no folder {folder}, which the pull steps name."
            raise NotFoundError(msg)
        with chdir(folder):
            yield


def _is_remote(source: str) -> bool:
    return "://" in source or source.startswith("git@") or source.endswith(".git")
