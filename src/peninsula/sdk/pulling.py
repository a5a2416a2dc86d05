"""Bring the code of a deployment to where it runs, step by step."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from shutil import which
from typing import Any, Final, assert_never

from peninsula.core.addresses import hide_in_addresses, parted
from peninsula.core.errors import InvalidError, NotFoundError, PeninsulaError
from peninsula.core.life import describe
from peninsula.core.pull_steps import (
    Environment,
    GitClone,
    PipInstall,
    PullStep,
    SetWorkingDirectory,
    UvInstall,
    shown,
)
from peninsula.sdk import masks

__all__ = ["clone", "pull"]

TAIL: Final = 2_000
"""Characters of what a failed program has printed that its error says."""


def pull(steps: Sequence[PullStep], say: Callable[[str], None]) -> None:
    """Do the steps in their order, each in the folder that the one before has left.

    Raises InvalidError naming the step that failed.
    """
    for number, step in enumerate(steps, 1):
        _learn(step)
        say(f"Pull step {number} of {len(steps)}: {_said(step)}")
        try:
            _do(step)
        except PeninsulaError as problem:
            msg = f"Pull step {number}, {_said(step)}, failed. {problem.message}"
            raise InvalidError(msg) from problem
        except Exception as problem:
            msg = f"Pull step {number}, {_said(step)}, failed. {describe(problem)}"
            raise InvalidError(msg) from problem


def _learn(step: PullStep) -> None:
    """Mask from now on the tokens in what is installed."""
    if isinstance(step, PipInstall | UvInstall):
        masks.learn([parted(each)[1] for each in step.packages])


def _said(step: PullStep) -> str:
    [step] = shown([step])
    match step:
        case GitClone():
            at = step.branch or step.commit
            return f"git_clone {step.repository}{f' at {at}' if at else ''}"
        case SetWorkingDirectory():
            return f"set_working_directory {step.directory}"
        case PipInstall() | UvInstall():
            what = [*([f"-r {step.requirements}"] if step.requirements else []), *step.packages]
            name = "pip_install" if isinstance(step, PipInstall) else "uv_install"
            return f"{name} {' '.join(what)}"
        case Environment():
            return f"environment {', '.join(sorted(step.variables))}"
    assert_never(step)


def _do(step: PullStep) -> None:
    match step:
        case GitClone():
            directory = step.directory or _folder(step.repository)
            clone(step, directory)
            os.chdir(directory)
        case SetWorkingDirectory():
            _enter(step.directory)
        case PipInstall():
            _install([sys.executable, "-m", "pip", "install", "--quiet"], step)
        case UvInstall():
            if which("uv") is None:
                raise NotFoundError("There is no program uv here. Install it, or use pip_install.")
            _install(["uv", "pip", "install", "--quiet", "--python", sys.executable], step)
        case Environment():
            os.environ.update(step.variables)
        case _:
            assert_never(step)


def clone(step: GitClone, directory: str | Path) -> None:
    """Clone the repository of a step into a folder. Raises what its block raises."""
    given: dict[str, Any] = {"url": step.repository, "include_submodules": step.submodules}
    if step.branch or step.commit:
        given["reference"] = step.branch or step.commit
    if step.credentials is not None:
        given["credentials"] = _block("git-credentials").load(step.credentials)
    _block("git-repository")(**given).clone(str(directory))


def _block(type_: str) -> Any:
    # Blocks are a layer above: those that are installed are found by name.
    for point in entry_points(group="peninsula.blocks", name=type_):
        return point.load()
    raise NotFoundError(f"This installation has no block {type_!r}. Install peninsula again.")


def _folder(repository: str) -> str:
    """Return how git would call it."""
    return repository.rstrip("/").rpartition("/")[2].rpartition(":")[2].removesuffix(".git")


def _enter(directory: str) -> None:
    path = Path(directory).expanduser()
    if not path.is_dir():
        raise NotFoundError(f"There is no folder {path.absolute()} on {os.uname().nodename}.")
    os.chdir(path)


def _install(command: list[str], step: PipInstall | UvInstall) -> None:
    if step.requirements is not None:
        if not Path(step.requirements).is_file():
            raise NotFoundError(f"There is no file {Path(step.requirements).absolute()}.")
        command = [*command, "-r", step.requirements]
    done = subprocess.run(  # noqa: S603  no shell, and no package name begins with a dash
        [*command, *step.packages], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = hide_in_addresses(done.stderr or done.stdout)[-TAIL:].strip()
        raise InvalidError(f"It ended with exit code {done.returncode}: {said}")
