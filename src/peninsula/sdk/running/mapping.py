"""Submit a task once for each item of what it is given."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from peninsula.core.errors import ParameterError
from peninsula.core.runs import Upstream
from peninsula.core.texts import one_line
from peninsula.sdk.arguments.annotations import Annotation, unmapped
from peninsula.sdk.definitions import Definition
from peninsula.sdk.running.futures import Future, FutureList
from peninsula.sdk.running.inputs import source_of
from peninsula.sdk.running.invocation import Invocation, take_options
from peninsula.sdk.running.launch import flow_run_around, submit_one
from peninsula.sdk.running.resolution import resolve_top
from peninsula.sdk.runs import FlowRun

__all__ = ["map_task"]


def map_task(task: Definition, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Submit a task run for each item; return the futures, or the states when all are over."""
    return_state, wait_for = take_options(kwargs)
    flow_run = flow_run_around(task, "map")
    signature = task.signature
    given = signature.spread(signature.bind_given(args, kwargs))
    sources = _sources(given, flow_run)
    same, each = _split(task, given)
    futures: FutureList[Any] = FutureList()
    for items in zip(*each.values(), strict=True):
        parameters = signature.gather({**same, **dict(zip(each, items, strict=True))})
        one = signature.arguments(parameters)
        futures.append(submit_one(Invocation.of(task, *one, wait_for), flow_run, sources))
    if not return_state:
        return futures
    futures.wait()
    return [future.state for future in futures]


def _sources(given: Mapping[str, Any], flow_run: FlowRun) -> list[Upstream]:
    # Each item of a task's result depends on that task.
    found = {
        one_line(name, "…"): source_of(value, flow_run.root.results)
        for name, value in given.items()
    }
    return [Upstream(run=run, parameter=name) for name, run in found.items() if run is not None]


def _split(
    task: Definition, given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Return what all runs get alike, and what each gets one item of."""
    same: dict[str, Any] = {}
    each: dict[str, list[Any]] = {}
    for name, value in given.items():
        items = None if isinstance(value, unmapped) else _items(value)
        if items is None:
            same[name] = value.value if isinstance(value, unmapped) else value
        else:
            each[name] = items
    lengths = {name: len(items) for name, items in each.items()}
    if not lengths:
        msg = (
            f"The {task.titled} got .map() without anything to iterate: {_shown(given)}. "
            "Pass a list, or call it."
        )
        raise ParameterError(msg)
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        msg = (
            f"The {task.titled} got .map() over lengths that differ: {said}. "
            "Wrap what is to go to each run as it is in unmapped()."
        )
        raise ParameterError(msg)
    return same, each


def _shown(given: Mapping[str, Any]) -> str:
    # Types and no values: a parameter may be a secret.
    types = (f"{name} is one {type(value).__name__}" for name, value in given.items())
    return ", ".join(types) or "no arguments"


def _items(value: Any) -> list[Any] | None:
    if isinstance(value, Annotation):
        inner = _items(value.value)
        return None if inner is None else [type(value)(item) for item in inner]
    if isinstance(value, Future):
        value.wait()
    value = resolve_top(value)
    if isinstance(value, str | bytes | bytearray | io.IOBase):
        return None
    try:
        return list(value)
    except TypeError:
        return None
