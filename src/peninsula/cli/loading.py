"""Find the flow that `flow.py:nightly` or `package.module:nightly` names."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from peninsula.core.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from peninsula.sdk.flows import Flow

__all__ = ["CodeError", "load_flow"]

SUFFIX: Final = ".py"


class CodeError(Exception):
    """The user's module failed to import; its own error is the cause."""


def load_flow(target: str) -> Flow[..., Any]:
    """Return the flow named after the colon, or the only one there is.

    Raises NotFoundError or InvalidError naming what is there, and CodeError where the module fails.
    """
    place, _, name = target.partition(":")
    if place.endswith(SUFFIX) or "/" in place or Path(place).is_file():
        module = _import_file(Path(place))
    else:
        module = _import_module(place)
    return _pick(module, place, name)


def _import_file(path: Path) -> ModuleType:
    path = path.absolute()
    if not path.is_file():
        msg = f"There is no file {path}. Name one as FILE:FLOW, or a module as package.module:FLOW."
        raise NotFoundError(msg)
    sys.path.insert(0, str(path.parent))
    name = path.stem
    if name in sys.modules or name in sys.stdlib_module_names:
        # Named like something that is imported already: what is imported later must find that.
        name = f"__{name}_flow__"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        msg = f"{path} is no Python file. Give one that ends in {SUFFIX}."
        raise InvalidError(msg)
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as problem:
        raise CodeError(str(path)) from problem
    return module


def _import_module(name: str) -> ModuleType:
    sys.path.insert(0, str(Path.cwd()))
    try:
        return import_module(name)
    except ModuleNotFoundError as problem:
        if problem.name is None or not f"{name}.".startswith(f"{problem.name}."):
            raise CodeError(name) from problem
        msg = f"There is no module {name!r} here. A file is named with its end: {name}{SUFFIX}."
        raise NotFoundError(msg) from None
    except (ValueError, TypeError):
        msg = f"{name!r} is no module. Write FILE:FLOW or package.module:FLOW."
        raise InvalidError(msg) from None
    except Exception as problem:
        raise CodeError(name) from problem


def _pick(module: ModuleType, place: str, name: str) -> Flow[..., Any]:
    flows = _flows(module)
    if name:
        found = flows.get(name) or next((one for one in flows.values() if one.name == name), None)
        if found is None:
            msg = f"{place} has no flow {name!r}. {_what_there_is(flows, place)}"
            raise NotFoundError(msg)
        return found
    own = {key: one for key, one in flows.items() if one.fn.__module__ == module.__name__}
    chosen = own or flows
    if len(chosen) != 1:
        problem = "no flow" if not chosen else "several flows"
        msg = f"{place} has {problem}. {_what_there_is(chosen, place)}"
        raise (InvalidError if chosen else NotFoundError)(msg)
    return next(iter(chosen.values()))


def _flows(module: ModuleType) -> dict[str, Flow[..., Any]]:
    from peninsula.sdk.flows import Flow  # noqa: PLC0415  weight: not for --help

    return {key: value for key, value in vars(module).items() if isinstance(value, Flow)}


def _what_there_is(flows: dict[str, Flow[..., Any]], place: str) -> str:
    if not flows:
        return "Put @flow on a function of it."
    return "Name one: " + ", ".join(f"{place}:{name}" for name in flows) + "."
