"""Check the names of a decorator's options: a typo is answered with what was meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peninsula.core.errors import ParameterError

__all__ = ["check_options"]


def check_options(
    decorator: str,
    given: Mapping[str, Any],
    known: Mapping[str, Any] | None,
    of_tasks: Mapping[str, Any] | None = None,
) -> None:
    """Refuse options that are not known, as `__kwdefaults__` says (inspect is heavy).

    Raises ParameterError naming the nearest that are, or the nearest that tasks have.
    """
    names = list(known or ())
    for name in given.keys() - set(names):
        from difflib import get_close_matches  # noqa: PLC0415  weight: for mistakes only

        near = get_close_matches(name, names, n=2)
        elsewhere = get_close_matches(name, of_tasks or (), n=1)
        if near:
            fix = f"Did you mean {' or '.join(near)}?"
        elif elsewhere:
            fix = f"Did you mean {elsewhere[0]}? It is an option of @task."
        else:
            fix = f"It has {', '.join(names)}."
        msg = f"@{decorator} has no option {name!r}. {fix}"
        raise ParameterError(msg)
