"""Make the key of a result from the template that its task was declared with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Self

from peninsula.core.errors import InvalidError
from peninsula.sdk import functions

__all__ = ["check_template", "filled", "unfilled"]

_STARRED: Final = 0x04
_OPEN: Final = 0x08
"""Flags of a code object with `*args` and `**kwargs`, as in `inspect`."""


def filled(template: str, known: Mapping[str, Any], parameters: Mapping[str, Any]) -> str:
    """Return the key: what is known of the run, and its parameters, each and as `parameters`."""
    return template.format(**{**parameters, **known, "parameters": parameters})


def unfilled(titled: str, template: str, parameters: Iterable[str]) -> str:
    """Return what to say of a template that cannot be filled in."""
    has = ", ".join(parameters) or "none"
    return (
        f"The result_storage_key {template!r} of the {titled} cannot be filled in."
        f" It may name runtime, flow_run, task_run, and parameters, which are: {has}."
    )


def check_template(titled: str, template: Any, fn: Callable[..., Any]) -> None:
    """Refuse a template that no run can fill in, as far as the function tells what it takes."""
    if not isinstance(template, str) or not template:
        msg = f"The {titled} has result_storage_key={template!r}. Give a text."
        raise InvalidError(msg)
    names = _names(fn)
    if names is None:
        return
    parameters = dict.fromkeys(names, _Anything())
    known = dict.fromkeys(("runtime", "flow_run", "task_run"), _Anything())
    try:
        filled(template, known, parameters)
    except (LookupError, AttributeError, ValueError) as problem:
        msg = f"{unfilled(titled, template, names)} {type(problem).__name__}: {problem}."
        raise InvalidError(msg) from None


def _names(fn: Callable[..., Any]) -> tuple[str, ...] | None:
    """Return the names of its parameters, None where it takes any or Python does not say."""
    code = getattr(functions.inner(fn), "__code__", None)
    if code is None or code.co_flags & _OPEN:
        return None
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & _STARRED)
    names: tuple[str, ...] = code.co_varnames[:count]
    return names


class _Anything:
    """Stands for a value of which nothing is known yet: it has every attribute and every item."""

    def __getattr__(self, name: str) -> Self:
        return self

    def __getitem__(self, key: object) -> Self:
        return self

    def __format__(self, spec: str) -> str:
        return ""
