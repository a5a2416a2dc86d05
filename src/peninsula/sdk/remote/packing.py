"""Turn tasks, arguments and results into bytes for another process, and back."""

from __future__ import annotations

import pickle
import sys
from importlib import import_module
from io import BytesIO
from operator import attrgetter
from types import FunctionType
from typing import Any

import cloudpickle

from peninsula.core.errors import SerializationError
from peninsula.core.life import describe
from peninsula.sdk.definitions import Definition

__all__ = ["dumps", "loads", "why_not"]


def dumps(value: Any) -> bytes:
    """Return the value as bytes. Raises SerializationError."""
    buffer = BytesIO()
    try:
        _Packer(buffer).dump(value)
    except RecursionError:
        msg = "it is nested too deep"
        raise SerializationError(msg) from None
    except Exception as problem:  # noqa: BLE001  classes of the user's decide how they are pickled
        raise SerializationError(describe(problem)) from None
    return buffer.getvalue()


def loads(packed: bytes) -> Any:
    """Return the value. Raises SerializationError, as for a module that is not here."""
    try:
        return pickle.loads(packed)  # noqa: S301  from our own processes only
    except Exception as problem:  # noqa: BLE001  as above
        raise SerializationError(describe(problem)) from None


def why_not(value: Any) -> str | None:
    """Return why a value cannot be packed, None if it can."""
    try:
        dumps(value)
    except SerializationError as problem:
        return problem.message
    return None


class _Packer(cloudpickle.Pickler):  # type: ignore[misc]  # it brings no types
    """cloudpickle, which sends by name what the other side can import, and all else whole.

    It would send every task whole, with all that its module's code refers to: the task stands
    where the module should have the function.
    """

    def reducer_override(self, obj: Any) -> Any:
        """Say how an object is sent."""
        if isinstance(obj, Definition | FunctionType):
            named = _named(obj)
            if named is obj and isinstance(obj, Definition):
                return _find, (obj.__module__, _name_of(obj))
            if isinstance(named, Definition) and named.fn is obj:
                return _function_of, (obj.__module__, _name_of(obj))
        return super().reducer_override(obj)


def _named(thing: Any) -> Any:
    """Return what is found under the name of a thing; nothing in what only this process has."""
    module = sys.modules.get(getattr(thing, "__module__", None) or "")
    whole = {"__main__", *cloudpickle.list_registry_pickle_by_value()}
    if module is None or module.__name__ in whole:
        return None
    try:
        return attrgetter(_name_of(thing))(module)
    except AttributeError:
        return None


def _name_of(thing: Any) -> str:
    return str(getattr(thing, "__qualname__", "<unnamed>"))


def _find(module: str, name: str) -> Any:
    return attrgetter(name)(import_module(module))


def _function_of(module: str, name: str) -> Any:
    return _find(module, name).fn
