"""Import the file or module that `flow.py:nightly` names, and find in it what is meant."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final, TypeVar

from peninsula.core.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from peninsula.sdk.definitions import Definition

__all__ = ["CodeError", "all_of", "module_at", "one_of"]

D = TypeVar("D", bound="Definition")

SUFFIX: Final = ".py"


class CodeError(Exception):
    """The user's module failed to import; its own error is the cause."""


def one_of(target: str, kind: type[D], noun: str) -> D:
    """Return the definition named after the colon, or the only one there is.

    Raises NotFoundError or InvalidError naming what is there, and CodeError where the module fails.
    """
    found, place, name = _load(target, kind)
    if name:
        return _named(found, place, name, noun)
    if len(found) != 1:
        problem = f"no {noun}" if not found else f"several {noun}s"
        msg = f"{place} has {problem}. {_what_there_is(found, place, noun)}"
        raise (InvalidError if found else NotFoundError)(msg)
    return next(iter(found.values()))


def all_of(target: str, kind: type[D], noun: str) -> list[D]:
    """Return the definition named after the colon, or all there are, in classes too.

    Raises NotFoundError naming what is there, and CodeError where the module fails.
    """
    found, place, name = _load(target, kind, in_classes=True)
    if name:
        return [_named(found, place, name, noun)]
    if not found:
        raise NotFoundError(f"{place} has no {noun}. {_what_there_is(found, place, noun)}")
    return list(found.values())


def module_at(place: str) -> ModuleType:
    """Import a file or a module. Raises NotFoundError or InvalidError, and CodeError as above."""
    if place.endswith(SUFFIX) or "/" in place or Path(place).is_file():
        return _import_file(Path(place))
    return _import_module(place)


def _load(target: str, kind: type[D], *, in_classes: bool = False) -> tuple[dict[str, D], str, str]:
    """Return what the module defines by its names there, the place, and which is wanted.

    In classes are static methods; what needs an object is none that could be called by itself.
    """
    place, _, name = target.partition(":")
    module = module_at(place)
    found = {key: value for key, value in vars(module).items() if isinstance(value, kind)}
    if in_classes:
        found |= _static(module, kind)
    own = {key: one for key, one in found.items() if _home(one) == module.__name__}
    # What it imports is meant where it is named, or where there is nothing else.
    return (found if name else own or found), place, name


def _static(module: ModuleType, kind: type[D]) -> dict[str, D]:
    found = {}
    for class_ in vars(module).values():
        if isinstance(class_, type) and class_.__module__ == module.__name__:
            for key, value in vars(class_).items():
                # The decorators stand in either order.
                inner = value.__func__ if isinstance(value, staticmethod) else value
                is_static = inner is not value or isinstance(
                    getattr(value, "declared", None), staticmethod
                )
                if is_static and isinstance(inner, kind):
                    found[f"{class_.__name__}.{key}"] = inner
    return found


def _home(definition: Definition) -> str:
    return str(definition.fn.__module__)


def _import_file(path: Path) -> ModuleType:
    path = path.absolute()
    if not path.is_file():
        msg = f"There is no file {path}. Name a file that is there, or a module: package.module."
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
        if isinstance(problem, ImportError) and "attempted relative import" in str(problem):
            raise _of_package(path) from None
        raise CodeError(str(path)) from problem
    return module


def _of_package(path: Path) -> InvalidError:
    """Return the error for a file that imports by dots, which only modules of a package can."""
    file = path.resolve()
    above = next(each for each in file.parents if not (each / "__init__.py").is_file())
    named = ".".join(file.relative_to(above).with_suffix("").parts)
    if "." not in named:
        named = f"package.{named}"
    return InvalidError(
        f"{path} cannot be run as a file, as it imports from its package with a dot."
        f" Name the module, from the folder {above}: {named}:FLOW."
    )


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
        msg = f"{name!r} is no module. Name a file, {SUFFIX} at its end, or write package.module."
        raise InvalidError(msg) from None
    except Exception as problem:
        raise CodeError(name) from problem


def _named(found: Mapping[str, D], place: str, name: str, kind: str) -> D:
    chosen = found.get(name) or next((one for one in found.values() if one.name == name), None)
    if chosen is None:
        msg = f"{place} has no {kind} {name!r}. {_what_there_is(found, place, kind)}"
        raise NotFoundError(msg)
    return chosen


def _what_there_is(found: Mapping[str, object], place: str, kind: str) -> str:
    if not found:
        return f"Put @{kind} on a function of it."
    return "Name one: " + ", ".join(f"{place}:{name}" for name in found) + "."
