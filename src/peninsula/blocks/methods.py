"""Make the methods of blocks tell of their calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import lru_cache, partialmethod
from inspect import Parameter, signature
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakSet

from peninsula.blocks.secrecy import secrets_in
from peninsula.core.secret_names import is_secret_name, may_tell, password_of
from peninsula.sdk.masks import learn_passing
from peninsula.sdk.outside.call import Call
from peninsula.sdk.outside.observed import Begin, observed
from peninsula.sdk.settings import settings

if TYPE_CHECKING:
    from peninsula.blocks.base import Block

__all__ = ["observe_methods", "unobserved"]

_ENTRIES: Final = frozenset({"__enter__", "__aenter__"})
_MARK: Final = "__peninsula_unobserved__"

F = TypeVar("F", bound=Callable[..., Any])


def unobserved(method: F) -> F:
    """Have calls of this method tell nothing: it uses no system, or is called too often.

    Calls of other methods inside of it are told as ever.
    """
    setattr(method, _MARK, True)
    return method


def observe_methods(
    cls: type[Block], is_plain: Callable[[type], bool], but: frozenset[str]
) -> None:
    """Have the methods of a new class of blocks observed: its own, and those of plain mixins.

    `is_plain` tells a mixin of the user's from blocks and pydantic's own classes; `but` are names
    that every block has.
    """
    sources = [cls, *(base for base in cls.__mro__[1:] if is_plain(base))]
    for name in {name for source in sources for name in vars(source)} - but:
        owner = next(base for base in cls.__mro__ if name in vars(base))
        if owner in sources and (not name.startswith(("_", "model_")) or name in _ENTRIES):
            method = _observed(name, vars(owner)[name])
            if method is not None:
                setattr(cls, name, method)


def _observed(name: str, method: Any) -> Any:
    """Return what observes a method; None of what is none, or is observed, or is not to be."""
    if hasattr(method, _MARK):
        return None
    if isinstance(method, partialmethod):
        inner = _observed(name, method.func)
        return inner and partialmethod(inner, *method.args, **method.keywords)
    if hasattr(method, "cache_parameters"):
        # Of what is remembered no system is asked.
        inner = _observed(name, method.__wrapped__)
        return inner and lru_cache(**method.cache_parameters())(inner)
    if not isinstance(method, FunctionType) or method in _done:
        return None
    wrapped = observed(method, _begin(name.strip("_"), method))
    _done.add(wrapped)
    return wrapped


_done: Final[WeakSet[Callable[..., Any]]] = WeakSet()
"""What is observed already; a mark on it would be copied by `functools.wraps`."""


def _begin(name: str, method: Callable[..., Any]) -> Begin:
    positional = {Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD}
    parameters = signature(method).parameters.values()
    names = tuple(each.name for each in parameters if each.kind in positional)[1:]
    secret = tuple((at, each) for at, each in enumerate(names, 1) if _may_tell(each))
    defaults = tuple(each.default for each in parameters if _is_secret_name(each.name))

    def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if secret or kwargs:
            _learn_named(secret, args, kwargs)
        if not settings().observe_blocks:
            return None
        try:
            block: Block = args[0]
            call = Call(block.get_block_type_slug(), name, block)
        except (AttributeError, IndexError):
            return None  # it was called by its class, of no block: what is wrong, Python says
        call.given = given = (*args[1:], *kwargs.values())
        call.learn = lambda: _learn_within(block, given, defaults)
        return call, lambda: block._target(names, args[1:], kwargs)  # noqa: SLF001

    return begin


# --- secrets among arguments, and in the block ---------------------------------------------------

_is_secret_name = lru_cache(maxsize=4_096)(is_secret_name)
_may_tell = lru_cache(maxsize=4_096)(may_tell)


def _learn_named(
    secret: Iterable[tuple[int, str]], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """Have arguments masked whose names say that they are secret, while the method runs, too."""
    for at, name in secret:
        if at < len(args):
            _learn_called(name, args[at])
    for name, value in kwargs.items():
        if _may_tell(name):
            _learn_called(name, value)


def _learn_called(name: str, value: Any) -> None:
    with suppress(Exception):  # classes of users may raise whatever they are asked
        learn_passing(value if _is_secret_name(name) else password_of(name, value))


def _learn_within(block: Block, values: Iterable[Any], defaults: Iterable[Any]) -> None:
    """Have masked what is secret by its type, or by its name: in headers, say.

    Also in the block, which was changed in place, perhaps: that is looked for only where a call
    fails, as it takes longer than all that a call costs.
    """
    with suppress(Exception):  # as above, here and below
        learn_passing([*secrets_in(block)])
    for default in defaults:
        with suppress(Exception):
            learn_passing(default)
    for value in values:
        with suppress(Exception):
            _learn_given(value)


def _learn_given(value: Any) -> None:
    if hasattr(value, "get_secret_value"):
        learn_passing(value)
    elif isinstance(value, Mapping):
        learn_passing([*secrets_in(value, SHALLOW)])
    elif isinstance(value, list | tuple):
        # Headers are given as pairs, too.
        pairs = [each for each in value[:PAIRS] if isinstance(each, tuple) and len(each) == 2]  # noqa: PLR2004
        learn_passing([each for name, each in pairs if _is_secret_name(str(name))])


PAIRS: Final = 100
"""Of a list, so many are looked at."""

SHALLOW: Final = 3
"""How deep secrets are looked for in arguments."""
