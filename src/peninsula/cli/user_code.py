"""Load the user's code, and show what is wrong with it without what is ours around it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import typer

from peninsula.cli import output
from peninsula.core.errors import InvalidError
from peninsula.sdk import loading, modules

__all__ = ["loaded"]

T = TypeVar("T")


def loaded(load: Callable[[str], T], target: str) -> T:
    """Return what the target names. Of a module that fails, show where, and exit."""
    try:
        return load(target)
    except loading.CodeError as problem:
        cause = problem.__cause__ or problem
        if isinstance(cause, InvalidError):
            output.note(_place(cause))
            raise cause from None
        _show_traceback(cause)
        raise typer.Exit(1) from None


def _place(problem: BaseException) -> str:
    """Return the user's line that we refuse: how we came to it says nothing."""
    ours = str(Path(loading.__file__).parents[1])
    frames = traceback.extract_tb(problem.__traceback__)
    *_, at = (frame for frame in frames if not frame.filename.startswith((ours, "<frozen")))
    return f"{at.filename}, line {at.lineno}: {at.line}"


def _show_traceback(problem: BaseException) -> None:
    """Print the traceback from the user's code on: how it was imported says nothing."""
    ours = str(Path(modules.__file__))
    frames = problem.__traceback__
    while frames is not None and (
        frames.tb_frame.f_code.co_filename == ours
        or frames.tb_frame.f_code.co_filename.startswith("<frozen importlib")
    ):
        frames = frames.tb_next
    traceback.print_exception(type(problem), problem, frames)
